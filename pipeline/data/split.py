"""Owns the split into rows to learn from, rows to test on, and rows that came later."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from pipeline.errors import DataError

TRAIN_SHARE = 0.6
TEST_SHARE = 0.5  # of what is not to learn from
RANDOM_TEST_SHARE = 0.25
_CLASSES = 2


@dataclass(frozen=True, kw_only=True)
class Split:
    """Three tables without a row in common, and how they were told apart."""

    train: pd.DataFrame
    test: pd.DataFrame
    later: pd.DataFrame
    how: str

    def parts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Give each table with its name, in the order of time."""
        yield from (("train", self.train), ("test", self.test), ("later", self.later))


def by_time(
    frame: pd.DataFrame, time: str, *, train_until: date | None = None, test_until: date | None = None
) -> Split:
    """Split at two moments, so that what is tested lies after what was learnt from.

    Rows of the same moment are never parted. A day means its first moment, in the zone of the time column.

    Parameters
    ----------
    frame
        Rows with a time each, in any order.
    time
        The column of datetimes.
    train_until
        Rows before this day are to learn from. None: the first 60 % of the rows.
    test_until
        Rows from `train_until` to before this day are to test on. None: half of the rest. All others came later.

    Raises
    ------
    DataError
        If the days are in the wrong order, or a table to learn from or to test on would be empty.
    """
    ordered = frame.sort_values(time, kind="stable", ignore_index=True)
    moments = ordered[time]
    first = _quantile(moments, TRAIN_SHARE) if train_until is None else _moment(train_until, moments)
    rest = moments[moments >= first]
    second = _quantile(rest, TEST_SHARE) if test_until is None else _moment(test_until, moments)
    _check_order(first, second, moments)
    return Split(
        train=ordered[moments < first].reset_index(drop=True),
        test=ordered[(moments >= first) & (moments < second)].reset_index(drop=True),
        later=ordered[moments >= second].reset_index(drop=True),
        how=f"by {time}: train before {first}, test before {second}, later from then on",
    )


def at_random(frame: pd.DataFrame, target: str, *, seed: int) -> Split:
    """Split a table without time: a quarter of the rows of each class is to test on, none came later.

    Raises
    ------
    DataError
        If a class has too few rows to be in both tables.
    """
    drawn = frame.groupby(target, observed=True).sample(frac=RANDOM_TEST_SHARE, random_state=seed).index
    held = frame.index.isin(drawn)
    train, test = frame[~held].reset_index(drop=True), frame[held].reset_index(drop=True)
    if test[target].nunique() < _CLASSES or train[target].nunique() < _CLASSES:
        counts = ", ".join(f"{value!r} {count}" for value, count in frame[target].value_counts().items())
        raise DataError(f"column {target!r} has too few rows of one value to test on some ({counts}). Add rows.")
    how = f"at random within each value of {target}, seed {seed}: there is no time column, so no row came later"
    return Split(train=train, test=test, later=test.iloc[:0], how=how)


def windows(split: Split, target: str, time: str | None) -> dict[str, dict[str, Any]]:
    """Say of each table what it covers: rows, base rate of a 0/1 target, first and last moment (or None)."""
    return {name: _window(part, target, time) for name, part in split.parts()}


def _window(part: pd.DataFrame, target: str, time: str | None) -> dict[str, Any]:
    timed = part[time] if time is not None and len(part) else None
    return {
        "rows": len(part),
        "base_rate": float(part[target].mean()) if len(part) else None,
        "start": None if timed is None else timed.min(),
        "end": None if timed is None else timed.max(),
    }


def _quantile(moments: pd.Series, share: float) -> pd.Timestamp:
    """Return the moment that has `share` of the (ordered) rows before it, or as near as equal moments allow."""
    if moments.empty:
        raise DataError("no rows are left to test on: train_until lies after the last row. Name an earlier day.")
    found: pd.Timestamp = moments.iloc[int(len(moments) * share)]
    return found


def _moment(day: date, moments: pd.Series) -> pd.Timestamp:
    moment = pd.Timestamp(day)
    zone = moments.dt.tz
    return moment.tz_localize(zone) if zone is not None and moment.tzinfo is None else moment


def _check_order(first: pd.Timestamp, second: pd.Timestamp, moments: pd.Series) -> None:
    there = f"the rows run from {moments.min()} to {moments.max()}"
    if second <= first:
        raise DataError(f"test_until ({second}) is not after train_until ({first}); {there}. Name a later day.")
    if not (moments < first).any():
        raise DataError(f"no rows lie before train_until ({first}): {there}. Name a later day.")
    if not ((moments >= first) & (moments < second)).any():
        raise DataError(f"no rows lie between train_until ({first}) and test_until ({second}): {there}.")
