"""Rows as somebody sends them: what each column must be, checked without pandas, and the frame that they become."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.data.rules import Column, Rules, moment, parse
from pipeline.errors import near

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
"""Column to its value in JSON: a truth value, number or text (a date in ISO 8601), or None where it is missing."""

MOST_FAULTS = 20
_LEVELS_SHOWN = 10
_ON_THE_WALL = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$"
_JSON = {"boolean": "boolean", "integer": "integer", "number": "number", "text": "string", "datetime": "string"}


class Fault(NamedTuple):
    """Why a row cannot be taken.

    Attributes
    ----------
    row
        Its place among the rows that were sent, 0 and up.
    column
        Which of its columns.
    must
        What that column must be.
    """

    row: int
    column: str
    must: str


class Wrong(Exception):  # noqa: N818 - it never leaves this room
    """A value breaks a rule; says which."""


class Form:
    """What a row must be.

    Parameters
    ----------
    rules
        The columns that every row has, and no others, and what each of them must be.
    zones
        Time zone of each column of dates; None: dates are read off a clock on the wall.

    Attributes
    ----------
    readers
        What checks a value of each column: it returns the one that a frame takes, or raises `Wrong`.
    """

    def __init__(self, rules: Rules, zones: Mapping[str, str | None]) -> None:
        self.columns, self.zones = parse(rules), zones
        self.readers = {name: _reader(column, zones.get(name)) for name, column in self.columns.items()}

    def read(self, rows: Sequence[Row]) -> tuple[dict[str, list[Any]], list[Fault]]:
        """Check rows, and return their values by column as `frame` takes them, and what is wrong with the first rows.

        Returns
        -------
            Values by column, of use only where there is no fault; at most `MOST_FAULTS` faults and those of one row.
        """
        values: dict[str, list[Any]] = {name: [] for name in self.readers}
        faults: list[Fault] = []
        for number, row in enumerate(rows):
            if len(faults) >= MOST_FAULTS:
                break
            faults += self._surplus(number, row)
            for name, reader in self.readers.items():
                try:
                    values[name].append(reader(row[name]))
                except KeyError:
                    faults.append(Fault(number, name, "there: it is missing"))
                except Wrong as wrong:
                    faults.append(Fault(number, name, str(wrong)))
        return values, faults

    def _surplus(self, number: int, row: Row) -> list[Fault]:
        if row.keys() <= self.readers.keys():
            return []
        return [Fault(number, name, f"left out: {near(name, self.readers)}") for name in row.keys() - self.readers]

    def frame(self, values: Mapping[str, Sequence[Any]]) -> "pd.DataFrame":
        """Make the frame that a recipe is applied to.

        Parameters
        ----------
        values
            By column what `read` returned, of one request or of many put together.
        """
        import pandas as pd

        return pd.DataFrame({name: self._series(name, values[name]) for name in self.columns})

    def _series(self, name: str, values: Sequence[Any]) -> Any:  # noqa: ANN401 - whatever pandas makes a column of
        import pandas as pd

        if name in self.zones:
            zone = self.zones[name]
            moments = pd.Series(pd.to_datetime(values, utc=True))
            return moments.dt.tz_convert(zone) if zone else moments.dt.tz_localize(None)
        if self.columns[name].type == "text":
            return pd.array(values, dtype="str")
        return np.array(values, dtype=np.float64)

    def json_schema(self) -> dict[str, Any]:
        """Describe a row in JSON Schema."""
        return {
            "type": "object",
            "properties": {name: _described(column, self.zones.get(name)) for name, column in self.columns.items()},
            "required": list(self.columns),
            "additionalProperties": False,
        }


def plain(frame: "pd.DataFrame", rules: Rules) -> list[dict[str, Any]]:
    """Write rows as somebody would send them."""
    import pandas as pd

    makers = {name: _PLAIN[column.type] for name, column in parse(rules).items()}
    columns = {
        name: [None if pd.isna(value) else make(value) for value in frame[name]] for name, make in makers.items()
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "boolean": bool,
    "integer": int,
    "number": float,
    "text": str,
    "datetime": lambda moment: moment.isoformat(),
}


def _reader(rules: Column, zone: str | None) -> Callable[[Any], Any]:
    """Return what turns a value of one column into the one that a frame takes, or says what is wrong with it."""
    check = _CHECKS[rules.type](rules, zone)

    def read(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if value is None or value != value:  # noqa: PLR0124 - NaN alone is not itself
            if rules.missing:
                return None
            raise Wrong(f"of type {rules.type}, and not missing")
        return check(value)

    return read


def _numeric(rules: Column, _: str | None) -> Callable[[Any], float]:
    least = -math.inf if rules.least is None else float(rules.least)
    most = math.inf if rules.most is None else float(rules.most)
    whole, said = rules.type == "integer", _range(rules)

    def check(value: Any) -> float:  # noqa: ANN401 - any JSON
        number = _number(value, rules.type)
        if not least <= number <= most:
            raise Wrong(said)
        if whole and not number.is_integer():
            raise Wrong("of type integer, without a fraction")
        return number

    return check


def _number(value: Any, wanted: str) -> float:  # noqa: ANN401 - any JSON
    if type(value) not in {int, float}:
        raise Wrong(f"of type {wanted}, not {_called(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise Wrong(f"of type {wanted}, and finite")
    return number


def _boolean(_: Column, __: str | None) -> Callable[[Any], float]:
    def check(value: Any) -> float:  # noqa: ANN401 - any JSON
        if type(value) is not bool:
            raise Wrong(f"of type boolean, not {_called(value)}")
        return float(value)

    return check


def _text(rules: Column, _: str | None) -> Callable[[Any], str]:
    levels = None if rules.one_of is None else frozenset(map(str, rules.one_of))
    said = _levels(rules)

    def check(value: Any) -> str:  # noqa: ANN401 - any JSON
        if type(value) is not str:
            raise Wrong(f"of type text, not {_called(value)}")
        if levels is not None and value not in levels:
            raise Wrong(said)
        if not value.isascii() and not _is_unicode(value):
            raise Wrong("of type text, and valid Unicode")
        return value

    return check


def _is_unicode(text: str) -> bool:
    """Tell a text from one with half a surrogate pair in it, which JSON can write and nothing can keep."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _moment(rules: Column, zone: str | None) -> Callable[[Any], datetime]:
    least, most = (None if end is None else _end(str(end), zone) for end in (rules.least, rules.most))
    form = "a date in ISO 8601 with an offset, such as 2026-11-23T14:30:00+00:00"
    if zone is None:
        form = "a date in ISO 8601 without an offset, such as 2026-11-23T14:30:00"

    def check(value: Any) -> datetime:  # noqa: ANN401 - any JSON
        try:
            found = datetime.fromisoformat(value)
            if (found.tzinfo is None) != (zone is None):
                raise Wrong(form)
            found = found.replace(tzinfo=UTC) if zone is None else found.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise Wrong(form) from None
        if (least is not None and found < least) or (most is not None and found > most):
            raise Wrong(_range(rules))
        return found

    return check


def _end(text: str, zone: str | None) -> datetime:
    """Read the end of a range of dates; clocks on the wall are all taken to be in one place."""
    found = moment(text)
    if zone is None or found.tzinfo is None:
        found = found.replace(tzinfo=UTC if zone is None else zoned(zone))
    return found.astimezone(UTC)


def zoned(name: str) -> tzinfo:
    """Return the time zone of a name as pandas writes it: `Europe/Oslo`, `UTC`, `UTC+01:00`.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name[:4] in {"UTC+", "UTC-"}:
        hours, minutes = name[4:].split(":")[:2]
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(offset if name[3] == "+" else -offset)
    return ZoneInfo(name)


_CHECKS: dict[str, Callable[[Column, str | None], Callable[[Any], Any]]] = {
    "boolean": _boolean,
    "integer": _numeric,
    "number": _numeric,
    "text": _text,
    "datetime": _moment,
}


def _range(rules: Column) -> str:
    if rules.least is None or rules.most is None:
        return f"{rules.most} or less" if rules.least is None else f"{rules.least} or more"
    return f"between {rules.least} and {rules.most}"


def _levels(rules: Column) -> str:
    levels = [str(level) for level in rules.one_of or ()]
    more = f" and {len(levels) - _LEVELS_SHOWN} more" if len(levels) > _LEVELS_SHOWN else ""
    return f"one of {', '.join(map(repr, levels[:_LEVELS_SHOWN]))}{more}"


def _called(value: Any) -> str:  # noqa: ANN401 - any JSON
    names = {bool: "boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return names[type(value)]


def _described(column: Column, zone: str | None) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": [_JSON[column.type], "null"] if column.missing else _JSON[column.type]}
    if column.type == "datetime":
        return kind | ({"format": "date-time"} if zone else {"pattern": _ON_THE_WALL})
    if column.one_of is not None:
        return kind | {"enum": [*map(str, column.one_of), *([None] if column.missing else [])]}
    ends = {"minimum": column.least, "maximum": column.most}
    return kind | {name: end for name, end in ends.items() if end is not None}
