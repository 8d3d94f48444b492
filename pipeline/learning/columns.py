"""Owns the kinds of feature columns: what can be learned from each of them."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.api import types

from pipeline.errors import DataError

MANY = 255  # different words: a tree that sorts values into so many bins cannot tell more apart
_FEW = 50  # different values, however long, are words
_SENTENCE = 3  # words that most values of a free text have
_LOOKED_AT = 1_000  # values


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a feature frame, by what can be learned from them.

    Attributes
    ----------
    numbers
        Numbers and booleans (nullable ones too), and categories that are numbers.
    words
        Categories that are strings, and strings, of at most 255 different values.
    many
        The same of more values, such as postcodes.
    texts
        Free text: strings of more than 50 different values, most of which have three words or more.
    """

    numbers: list[str]
    words: list[str]
    many: list[str]
    texts: list[str]


def columns(features: pd.DataFrame) -> Columns:
    """Sort columns by what can be learned from them; one without a single value is left out.

    Raises
    ------
    DataError
        If a column is neither number nor text (dates, lists, mixtures), or no column has a value.
    """
    kinds = {str(name): _kind(features[name]) for name in features.columns if features[name].notna().any()}
    if strange := [name for name, kind in kinds.items() if kind == "other"]:
        raise DataError(
            f"no learner here reads {named(features, strange)}: a feature is a number, a boolean or a text. "
            "Turn it into one (a date into its month, weekday or age) or leave it out of the features."
        )
    if not kinds:
        raise DataError("there is nothing to learn from: no feature column has a value. Check what was loaded.")
    sorted_by = {kind: [name for name, its in kinds.items() if its == kind] for kind in Columns.__annotations__}
    return Columns(**sorted_by)


def named(features: pd.DataFrame, names: list[str]) -> str:
    """Name the first columns of some, with their types."""
    shown = [f"{name!r} ({features[name].dtype})" for name in names[:5]]
    more = ["..."] if len(names) > len(shown) else []
    return f"{'column' if len(names) == 1 else 'columns'} {', '.join(shown + more)}"


def _kind(column: "pd.Series[Any]") -> str:
    dtype: Any = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _words(column) if _plain(dtype.categories) == "words" else _plain(dtype.categories)
    plain = _plain(column)
    if plain == "words":
        return "texts" if isinstance(dtype, pd.StringDtype) and _is_free(column) else _words(column)
    return plain


def _plain(values: Any) -> str:  # noqa: ANN401 - a column, or the index of its categories
    dtype = values.dtype
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "numbers"
    if not types.is_object_dtype(dtype):
        return "words" if types.is_string_dtype(dtype) else "other"
    numbers = dict.fromkeys(("boolean", "floating", "integer"), "numbers")
    return {"string": "words", **numbers}.get(types.infer_dtype(values, skipna=True), "other")


def _words(column: "pd.Series[Any]") -> str:
    return "many" if column.nunique() > MANY else "words"


def _is_free(column: "pd.Series[Any]") -> bool:
    some = column.dropna().head(_LOOKED_AT)
    return some.nunique() > _FEW and bool(some.str.count(r"\S+").median() >= _SENTENCE)
