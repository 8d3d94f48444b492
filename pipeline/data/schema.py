"""Owns what a table must be: rules inferred once from trusted rows, and enforced on every other table.

A column that no rule names breaks the rules too: it has been agreed with nobody. Checking looks at each column once and
needs pandas alone, so that a server can check a row in a few milliseconds. The form of the rules is in `rules`.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.data.kinds import kind
from pipeline.data.rules import Column, Rules, parse
from pipeline.errors import DataError
from pipeline.goal import Label

_EXAMPLES = 3
_EXAMPLE = 60  # letters
_LEVELS_SHOWN = 5
_MOST_LEVELS = 50
_ROWS_A_LEVEL = 5
_CONTENT = ("least", "most", "one_of")
_FINDINGS = {"column": "str", "rule": "str", "rows": "int64", "examples": "str"}


class Break(NamedTuple):
    """One rule of a column, how many rows break it (0 where it is not about rows), and examples."""

    rule: str
    rows: int
    examples: str


def infer(frame: pd.DataFrame, *, unique: str | None = None) -> Rules:
    """Infer what each column of `frame` must be, from rows that are trusted.

    A column's type is fixed. It may hold missing values where it holds some now. A number may leave the range seen by
    the width of that range, but does not change sign where all are zero or more; a datetime may come later than all,
    but earlier by that width only. Words that come again and again keep to those seen. A column whose values name rows
    has no range: new rows have new names.

    Parameters
    ----------
    frame
        The rows to learn from, at least one.
    unique
        A column that names each row once.
    """
    columns = {str(name): _inferred(frame[name], unique=name == unique) for name in frame.columns}
    return {"columns": {name: rules.model_dump(exclude_defaults=True) for name, rules in columns.items()}}


def types(frame: pd.DataFrame) -> Rules:
    """Infer of each column only its type."""
    return {"columns": {str(name): {"type": kind(frame[name]), "missing": True} for name in frame.columns}}


def structure(rules: Rules) -> Rules:
    """Keep of some rules only the columns, their types and uniqueness: what may not differ in any later rows."""
    return {"columns": {name: _without_content(column) for name, column in rules["columns"].items()}}


def _without_content(column: Rules) -> Rules:
    return {rule: value for rule, value in column.items() if rule not in _CONTENT} | {"missing": True}


def _inferred(values: pd.Series, *, unique: bool) -> Column:
    holds = kind(values)
    content = {"unique": True} if unique else _content(values, holds)
    return Column.model_validate({"type": holds, "missing": bool(values.isna().any()), **content})


def _content(values: pd.Series, holds: str) -> Rules:
    if holds in {"integer", "number"}:
        return _ends(values.to_numpy(dtype="float64", na_value=np.nan), whole=holds == "integer")
    if holds == "datetime":
        return _first(values)
    return {"one_of": _seen(values)} if holds == "text" else {}


def _ends(numbers: np.ndarray, *, whole: bool) -> dict[str, float | int]:
    """Widen the range of numbers by its width; an end at which they are endless is left open."""
    if not np.isfinite(numbers).any():
        return {}
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    finite = numbers[np.isfinite(numbers)]
    width = float(finite.max() - finite.min()) or abs(float(finite.max())) or 1.0
    least = max(0.0, low - width) if low >= 0 else low - width
    ends = {"least": least, "most": high + width}
    return {name: int(end) if whole else float(end) for name, end in ends.items() if np.isfinite(end)}


def _first(moments: pd.Series) -> dict[str, str]:
    known = pd.to_datetime(moments.dropna())
    if known.empty:
        return {}
    earliest = known.min() - (known.max() - known.min())
    return {"least": str(earliest.floor("D") if earliest.tz is None else earliest)}


def _seen(values: pd.Series) -> list[str] | None:
    """List the words of a column where they come again and again."""
    counts = values.value_counts()
    if isinstance(values.dtype, pd.CategoricalDtype):
        return sorted(map(str, values.cat.categories)) or None
    few = 0 < len(counts) <= _MOST_LEVELS and counts.sum() >= _ROWS_A_LEVEL * len(counts)
    return sorted(counts.index.tolist()) if few and all(isinstance(each, str) for each in counts.index) else None


def check(frame: pd.DataFrame, rules: Rules, *, name: str = "the table") -> None:
    """Enforce rules on a table.

    Raises
    ------
    DataError
        If any rule is broken; all broken rules are named, each with its column, the count of rows and examples.
    """
    refuse(broken(frame, rules), len(frame), name)


def refuse(found: Iterable[tuple[str, Break]], rows: int, name: str) -> None:
    """Refuse a table of so many rows where any rule was found broken; see `check`."""
    if lines := [sentence(column, each, rows) for column, each in found]:
        said = "\n".join(lines)
        raise DataError(f"{name} breaks its schema:\n{said}\nMend the rows, or change the schema and say why.")


def findings(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """List the rules that a table breaks.

    Returns
    -------
        One row a column and rule: `column`, `rule`, `rows` (how many break it; 0 where it is not about rows) and
        `examples` (text). No rows where all is well.
    """
    rows = [(column, *found) for column, found in broken(frame, rules)]
    return pd.DataFrame(rows, columns=list(_FINDINGS)).astype(_FINDINGS)


def broken(frame: pd.DataFrame, rules: Rules) -> Iterator[tuple[str, Break]]:
    """Yield each rule that a table breaks, with its column."""
    columns = parse(rules)
    for name, column in columns.items():
        if name not in frame.columns:
            yield name, Break("present", 0, "")
        else:
            yield from ((name, found) for found in _breaks(frame[name], column))
    yield from ((str(name), Break("in the schema", 0, "")) for name in frame.columns if str(name) not in columns)


def _breaks(values: pd.Series, rules: Column) -> Iterator[Break]:
    gaps = values.isna().to_numpy()
    if not rules.missing and gaps.any():
        yield Break("not missing", int(gaps.sum()), "")
    if (mistyped := _mistyped(values, gaps, rules.type)) is not None:
        yield mistyped
        return
    if rules.unique and not values.is_unique:
        yield from _of_rows("unique", values, values.duplicated(keep=False).to_numpy() & ~gaps)
    if rules.one_of is not None:
        yield from _of_rows(_levels(rules.one_of), values, ~gaps & ~values.isin(rules.one_of).to_numpy())
    if rules.least is not None or rules.most is not None:
        yield from _of_rows(_range(rules), values, ~gaps & ~_within(values, rules))


def _mistyped(values: pd.Series, gaps: np.ndarray, wanted: str) -> Break | None:
    """Say which values are of another type; where each alone could be of it, what all are."""
    found = kind(values)
    if found == wanted or (found, wanted) == ("integer", "number") or gaps.all():
        return None
    odd = ~gaps & ~_readable(values, found, wanted)
    if (found, wanted) == ("number", "integer") and not odd.any():
        return None
    rows = 0 if odd.sum() in {0, (~gaps).sum()} else int(odd.sum())
    examples = _examples(values[odd]) if rows else f"it is {found}{_such_as(values[~gaps])}"
    return Break(f"of type {wanted}", rows, examples)


def _readable(values: pd.Series, found: str, wanted: str) -> np.ndarray:
    """Tell which values could be of the wanted type."""
    if found == "number" and wanted == "integer":
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        whole: np.ndarray = np.isfinite(numbers) & (numbers == np.round(numbers))
        return whole
    if wanted in {"integer", "number"} and found == "text":
        return pd.to_numeric(values.astype("str"), errors="coerce").notna().to_numpy()
    if wanted == "datetime" and found == "text":
        return pd.to_datetime(values.astype("str"), errors="coerce", format="ISO8601", utc=True).notna().to_numpy()
    return np.zeros(len(values), dtype=bool)


def _within(values: pd.Series, rules: Column) -> np.ndarray:
    """Tell which values stand in the range; what is missing compares with nothing."""
    inside = np.ones(len(values), dtype=bool)
    if rules.type == "datetime":
        zone = getattr(values.dtype, "tz", None)
        for end, compare in ((rules.least, pd.Series.ge), (rules.most, pd.Series.le)):
            if end is not None:
                inside &= compare(values, _moment(str(end), zone)).to_numpy(dtype=bool, na_value=False)
        return inside
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    if rules.least is not None:
        inside &= numbers >= float(rules.least)
    if rules.most is not None:
        inside &= numbers <= float(rules.most)
    return inside


def _moment(text: str, zone: Any) -> pd.Timestamp:  # noqa: ANN401 - any of Python's many kinds of time zones
    moment = pd.Timestamp(text)
    if zone is None:
        return moment.tz_localize(None)
    return moment.tz_localize(zone) if moment.tz is None else moment.tz_convert(zone)


def _of_rows(rule: str, values: pd.Series, odd: np.ndarray) -> Iterator[Break]:
    if odd.any():
        yield Break(rule, int(odd.sum()), _examples(values[odd]))


def _examples(values: pd.Series) -> str:
    return ", ".join(_example(value) for value in values.drop_duplicates().head(_EXAMPLES).tolist())


def _such_as(values: pd.Series) -> str:
    return f", such as {_examples(values)}" if len(values) else ""


def _example(value: object) -> str:
    text = str(value) if isinstance(value, pd.Timestamp) else repr(value)
    return text if len(text) <= _EXAMPLE else f"{text[: _EXAMPLE - 1]}…"


def _levels(levels: list[Label]) -> str:
    more = f" and {len(levels) - _LEVELS_SHOWN} more" if len(levels) > _LEVELS_SHOWN else ""
    return f"one of {', '.join(map(_example, levels[:_LEVELS_SHOWN]))}{more}"


def _range(rules: Column) -> str:
    least, most = (f"{end:g}" if isinstance(end, float) else str(end) for end in (rules.least, rules.most))
    if rules.least is None or rules.most is None:
        return f"{most} or less" if rules.least is None else f"{least} or more"
    return f"between {least} and {most}"


def sentence(column: str, found: Break, rows: int) -> str:
    """Say in a line which rule a column of so many rows breaks."""
    count = f", and is not in {found.rows} of {rows} rows" if found.rows else ""
    seen = f": {found.examples}" if found.examples else ""
    return f"  {_example(column)} must be {found.rule}{count}{seen}"
