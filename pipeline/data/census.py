"""Owns what is said of all rows where only some are held: a line a column, rules that are broken, values that repeat.

Rows come by in batches, and memory does not grow with them.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.data import columnar, counting, dates, profile, schema
from pipeline.data.kinds import kind
from pipeline.data.rules import Rules
from pipeline.data.schema import Break
from pipeline.errors import DataError

_LIKELY = 20  # values of a column that are counted: the most frequent of the rows that are held
_SHOWN = 3
_ROLES = ("id", "time")  # whose columns have a value in each row
_OF_ROLES = ("unique", "not missing")

Tables = Callable[[], Iterator[pa.Table]]
"""Yields all rows of a source, whenever it is called."""


@dataclass(frozen=True, kw_only=True)
class Census:
    """What is known of all rows.

    Attributes
    ----------
    rows
        How many there are.
    profile
        As `profile.columns` gives it; more than `counting.EXACT` different values are estimated.
    broken
        Each rule that rows break, with its column.
    """

    rows: int
    profile: pd.DataFrame
    broken: list[tuple[str, Break]]

    def told(self) -> str:
        """Say what is odd in rows, each behind a semicolon; empty where nothing is."""
        return "".join(f"; {schema.sentence(name, found, self.rows).strip()}" for name, found in self.broken)

    def check(self, source: str, named: Mapping[str, str | None], path: str | None) -> None:
        """Hold all rows to what a table must be.

        Parameters
        ----------
        source, path
            What to call the table, and the file of its rules; None: what is odd in its columns is told only.
        named
            Column by role.

        Raises
        ------
        DataError
            If a row breaks a rule, or is not what a role asks for.
        """
        for name, found in self.broken:
            for role in (role for role in _ROLES if named.get(role) == name and found.rule in _OF_ROLES):
                said = schema.sentence(name, found, self.rows).strip()
                raise DataError(f"{source}: {said}; it is named as {role}. Mend the rows, or name another.")
        if path is not None:
            schema.refuse(self.broken, self.rows, f"{source} (rules: {path})")


def take(
    raw: pd.DataFrame, held: pd.DataFrame, tables: Tables, *, named: Mapping[str, str | None], rules: Rules | None
) -> Census:
    """Go through all rows of a source once; once more only to name values that repeat.

    Parameters
    ----------
    raw, held
        The rows that were taken, as they came and with their dates read.
    named
        Column by role.
    rules
        What rows must be, in their JSON form; None: each column is of the type that it has among the rows taken.
    """
    columns = (rules or schema.types(held))["columns"]
    unique = [name for name in held.columns if columns.get(name, {}).get("unique") or name == named["id"]]
    filled = {named.get(role): {"missing": False} for role in _ROLES}
    rules = {"columns": {name: {**column, "unique": False, **filled.get(name, {})} for name, column in columns.items()}}
    ways = _ways(raw, held)
    of_each = {name: _Column(held[name]) for name in held.columns}
    rows, broken = 0, dict[tuple[str, str], Break]()
    with tempfile.TemporaryDirectory(prefix="census-") as scratch:
        repeats = {name: counting.Repeats(_folder(scratch, place)) for place, name in enumerate(unique)}
        for frame in _frames(tables, held, ways):
            rows += len(frame)
            for name, each in of_each.items():
                each.add(frame[name])
            for name, found in repeats.items():
                found.add(counting.hashes(_alike(frame[name].dropna(), held[name])))
            for name, one in schema.broken(frame, rules):
                broken[name, one.rule] = _both(broken.get((name, one.rule)), one)
        twice = {name: found.found() for name, found in repeats.items()}
    for name, (count, hashed) in twice.items():
        of_each[name].once = not count
        if count:
            shown = _named(_frames(tables, held, ways), held[name], hashed)
            broken[name, "unique"] = Break("unique", count, shown)
    described = pd.DataFrame([each.described() for each in of_each.values()])
    return Census(rows=rows, profile=described, broken=[(name, found) for (name, _), found in broken.items()])


def _folder(scratch: str, place: int) -> Path:
    folder = Path(scratch) / str(place)
    folder.mkdir()
    return folder


def _frames(tables: Tables, held: pd.DataFrame, ways: dict[str, str]) -> Iterator[pd.DataFrame]:
    for table in tables():
        frame = columnar.frame(columnar.parted(table))
        for name, way in ways.items():
            frame[name] = _moments(frame[name], way, held[name].dt.tz)
        yield frame


def _ways(raw: pd.DataFrame, held: pd.DataFrame) -> dict[str, str]:
    """Name how dates are written in the columns that came as texts."""
    texts = [name for name in held.columns if kind(held[name]) == "datetime" != kind(raw[name])]
    return {name: dates.way(raw[name].dropna().astype("str"), str(name)) for name in texts}


def _moments(values: pd.Series, way: str, zone: tzinfo | None) -> pd.Series:
    """Read texts as dates; where one is none all stay texts, and break the rule of their type."""
    try:
        found = pd.to_datetime(values.astype("str"), format=way, utc=zone is not None)
    except ValueError:
        return values
    return found if zone is None else found.dt.tz_convert(zone)


def _alike(known: pd.Series, held: pd.Series) -> pd.Series:
    """Give values the type that they have among the rows that are held, for a batch may lack gaps or fractions.

    What cannot have it is left out.
    """
    wanted = kind(held)
    if wanted in {"integer", "number"}:
        numbers = pd.to_numeric(known.astype("str"), errors="coerce") if kind(known) == "text" else known
        whole = wanted == "integer" and (kind(numbers) == "integer" or bool((numbers % 1 == 0).all()))
        return numbers.dropna().astype("int64" if whole else "float64")
    if wanted == "datetime" and kind(known) == "text":
        return pd.to_datetime(known.astype("str"), errors="coerce", format="ISO8601").dropna()
    return known


def _both(old: Break | None, new: Break) -> Break:
    return new if old is None else Break(old.rule, old.rows + new.rows, old.examples or new.examples)


def _named(frames: Iterator[pd.DataFrame], held: pd.Series, hashed: np.ndarray) -> str:
    """Name a few values by their hashes."""
    found: list[str] = []
    for frame in frames:
        if len(found) >= _SHOWN:
            break
        values = _alike(frame[held.name].dropna(), held)
        found += [repr(each) for each in counting.among(values, hashed)]
    return ", ".join(dict.fromkeys(found[:_SHOWN]))


class _Column:
    """What is known of one column so far."""

    def __init__(self, held: pd.Series) -> None:
        self.held = held
        self.likely = profile.counts(held).head(_LIKELY) * 0
        self.distinct = counting.Distinct()
        self.rows, self.known, self.finite, self.total = 0, 0, 0, 0.0
        self.low, self.high = np.nan, np.nan
        self.once = False  # whether it is known that no value comes twice
        self.first, self.last = held.min() if self.moments else None, held.max() if self.moments else None

    @property
    def moments(self) -> bool:
        return kind(self.held) == "datetime"

    def add(self, values: pd.Series) -> None:
        known = _alike(values.dropna(), self.held)
        self.rows, self.known = self.rows + len(values), self.known + len(known)
        self.distinct.add(counting.hashes(known))
        if self.moments and len(known):
            self.first, self.last = min(self.first, known.min()), max(self.last, known.max())
            return
        found = profile.counts(known[known.isin(self.likely.index)])
        self.likely = self.likely.add(found.reindex(self.likely.index, fill_value=0))
        if profile.is_number(known):
            self._measure(profile.finite(known).to_numpy())

    def _measure(self, numbers: np.ndarray) -> None:
        given = numbers[~np.isnan(numbers)]
        if len(given):
            self.low, self.high = np.fmin(self.low, given.min()), np.fmax(self.high, given.max())
            self.finite, self.total = self.finite + len(given), self.total + float(given.sum())

    def described(self) -> dict[str, str | float | int]:
        distinct = self.known if self.once else min(self.distinct.count, self.known)
        sure = distinct if self.once or self.distinct.exact else 0
        span = profile.span(self.first, self.last)
        return {
            "column": str(self.held.name),
            "type": str(self.held.dtype),
            "missing": 1 - self.known / self.rows,
            "distinct": distinct,
            "low": float(self.low),
            "mean": self.total / self.finite if self.finite else np.nan,
            "high": float(self.high),
            "values": span if self.moments else profile.frequent(self.likely, self.rows, sure),
        }
