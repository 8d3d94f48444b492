"""Probing: what becomes of each feature before a model sees it, found out by trying, whatever does it.

Preparing works column by column. Each word is tried at all its levels, each number at two values and missing: what
comes out is the same table or the same straight line for whoever prepares rows otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.serving import coding

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.data.recipe import Recipe

_NEW = "\N{WHITE SQUARE} a word that no table holds"


class Unclear(ValueError):  # noqa: N818 - a reason, not an error
    """A part of a model cannot be said otherwise; says why."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A prepared column that is made of a number: `(x - zero) * slope + start`, or `missing`.

    Attributes
    ----------
    source, place
        Places of the feature and of the prepared column.
    """

    source: int
    place: int
    zero: float = 0.0
    slope: float = 1.0
    start: float = 0.0
    missing: float = np.nan


@dataclass(frozen=True, kw_only=True)
class Table:
    """Prepared columns that are made of a word.

    Attributes
    ----------
    source, places
        Place of the feature, and those of the prepared columns.
    values
        Shape (levels and two, columns): what stands there for each place of `coding`.
    """

    source: int
    places: list[int]
    values: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """All prepared columns."""

    width: int
    lines: list[Line]
    tables: list[Table]


def probe(prepare: Any, features: "pd.DataFrame", recipe: "Recipe") -> Prepared:  # noqa: ANN401 - a transformer
    """Find out what a fitted transformer of columns makes of each.

    Parameters
    ----------
    features
        Some rows of features, by which numbers are tried.

    Raises
    ------
    Unclear
        If a prepared column is made of several features.
    """
    known = coding.levels(recipe)
    tries = [_tries(features[name], known.get(name)) for name in recipe.features]
    starts = np.cumsum([0, *map(len, tries)])
    made = np.asarray(_dense(prepare.transform(_tried(features, recipe, tries, starts))), dtype=np.float64)
    lines, tables, taken = [], [], np.zeros(made.shape[1], dtype=bool)
    for source, name in enumerate(recipe.features):
        block = made[starts[source] : starts[source + 1]]
        varies = ~np.array([np.array_equal(each, np.full(len(each), each[0]), equal_nan=True) for each in block.T])
        if (varies & taken).any():
            raise Unclear(f"column {name!r} is prepared together with another")
        taken |= varies
        places = np.flatnonzero(varies).tolist()
        if name in known:
            tables += [Table(source=source, places=places, values=block[:, places])] if places else []
        else:
            lines += [_line(source, place, tries[source], block[:, place]) for place in places]
    flat = np.flatnonzero(~taken).tolist()
    lines += [Line(source=0, place=each, slope=0.0, start=made[0, each], missing=made[0, each]) for each in flat]
    return Prepared(width=made.shape[1], lines=lines, tables=tables)


def _tries(values: "pd.Series[Any]", levels: Sequence[str] | None) -> list[Any]:
    if levels is not None:
        return [*levels, None, _NEW]
    finite = values[np.isfinite(values)]
    low = float(finite.min()) if len(finite) else 0.0
    high = float(finite.max()) if len(finite) else 0.0
    return [low, high if high > low else low + 1.0, np.nan]


def _tried(
    features: "pd.DataFrame", recipe: "Recipe", tries: Sequence[Sequence[Any]], starts: NDArray[Any]
) -> "pd.DataFrame":
    """Make a row for each try; all else in it is as in the first row."""
    import pandas as pd

    columns = {}
    for place, name in enumerate(recipe.features):
        column: Any = features[name]
        values = [None if pd.isna(column.iloc[0]) else column.iloc[0]] * int(starts[-1])
        values[starts[place] : starts[place + 1]] = tries[place]
        levels = coding.levels(recipe).get(name)
        more = sorted({values[0], _NEW} - {*(levels or ()), None}, key=str)
        kind: Any = "float64" if levels is None else pd.CategoricalDtype([*levels, *more])
        columns[name] = pd.Series(values).astype(kind)
    return pd.DataFrame(columns)


def _dense(found: Any) -> Any:  # noqa: ANN401 - a matrix, sparse or not
    return found.toarray() if hasattr(found, "toarray") else found


def _line(source: int, place: int, tries: Sequence[float], made: NDArray[np.float64]) -> Line:
    low, high, missing = made.tolist()
    if (low, high) == (tries[0], tries[1]):
        return Line(source=source, place=place, missing=missing)
    slope = (high - low) / (tries[1] - tries[0])
    return Line(source=source, place=place, zero=tries[0], slope=slope, start=low, missing=missing)
