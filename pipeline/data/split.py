"""Owns the split into rows to learn from, rows to test on, and rows that came later."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

from pipeline.data import labels
from pipeline.errors import DataError
from pipeline.goal import Goal, Task

TRAIN_SHARE = 0.6
TEST_SHARE = 0.5  # of what is not to learn from
RANDOM_TEST_SHARE = 0.25
_CLASSES = 2  # that a model must tell apart
_STRATA = 10  # of a number
_ROWS_A_STRATUM = 20
_FOLDS = 4  # of groups, one of them to test on
_MOST_GROUPS = 5_000  # that are dealt out one by one


@dataclass(frozen=True, kw_only=True)
class Split:
    """Three tables without a row in common, how they were told apart and why so, and how many rows are in none."""

    train: pd.DataFrame
    test: pd.DataFrame
    later: pd.DataFrame
    how: str
    left_out: int = 0

    def parts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Give each table with its name, in the order of time."""
        yield from (("train", self.train), ("test", self.test), ("later", self.later))


def choose(  # noqa: PLR0913 - all that decides how rows are parted
    frame: pd.DataFrame,
    goal: Goal,
    *,
    target: str,
    time: str | None = None,
    groups: str | None = None,
    train_until: date | None = None,
    test_until: date | None = None,
    test_share: float | None = None,
    seed: int = 0,
) -> Split:
    """Split as the data asks: by time where rows have one, else at random; no group on both sides where there are some.

    Parameters
    ----------
    frame
        Labelled rows, the target encoded as `goal` says.
    target, time, groups
        Columns.
    train_until, test_until, test_share
        As in `by_time`.
    seed
        As in `at_random`.

    Raises
    ------
    DataError
        As in `by_time`, `at_random` and `without_known`; if a table has rows of one class only.
    """
    if time is None:
        parts = at_random(frame, target, goal, seed=seed, groups=groups)
    else:
        parts = by_time(frame, time, train_until=train_until, test_until=test_until, test_share=test_share)
        parts = parts if groups is None else without_known(parts, groups)
    if goal.task is not Task.REGRESSION:
        for name, rows in (("train", parts.train[target]), ("test", parts.test[target])):
            _check_classes(name, rows, goal)
    return parts


def by_time(
    frame: pd.DataFrame,
    time: str,
    *,
    train_until: date | None = None,
    test_until: date | None = None,
    test_share: float | None = None,
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
    test_share
        Share of the rows, 0 to 1: the newest of them are to test on, whatever the days say, and none came later.

    Raises
    ------
    DataError
        If the days are in the wrong order, or a table to learn from or to test on would be empty.
    """
    ordered = frame.sort_values(time, kind="stable", ignore_index=True)
    moments = ordered[time]
    if test_share is not None:
        return _newest(ordered, time, test_share)
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


def _newest(ordered: pd.DataFrame, time: str, share: float) -> Split:
    moments = ordered[time]
    first = _quantile(moments, 1 - share)
    if not (moments < first).any():
        raise DataError(f"no rows lie before {first}, where the newest {share:.0%} begin. Test on a smaller share.")
    train, test = ordered[moments < first], ordered[moments >= first]
    how = (
        f"by {time}: train before {first}, test from then on, on the newest {len(test) / len(ordered):.0%} of the rows"
    )
    return Split(train=train.reset_index(drop=True), test=test.reset_index(drop=True), later=ordered.iloc[:0], how=how)


def at_random(frame: pd.DataFrame, target: str, goal: Goal, *, seed: int, groups: str | None = None) -> Split:
    """Split a table without time: a quarter of the rows is to test on, none came later.

    Each class is parted alike; of a number each tenth, from the lowest to the highest. Where there are groups, a whole
    group is on one side, and the classes are as alike as groups allow.

    Parameters
    ----------
    target
        Encoded as `goal` says.
    groups
        Column whose rows of one value are not independent of one another.

    Raises
    ------
    DataError
        If there are fewer than four groups.
    """
    strata = _strata(frame[target]) if goal.task is Task.REGRESSION else frame[target]
    held = _drawn(strata, seed) if groups is None else _dealt(strata, frame[groups], seed)
    train, test = frame[~held].reset_index(drop=True), frame[held].reset_index(drop=True)
    alike = f"evenly over {target}" if goal.task is Task.REGRESSION else f"within each class of {target}"
    why = "there is no time column, so no row came later"
    how = f"at random {alike}, seed {seed}: {why}"
    if groups is not None:
        how = f"at random by whole {groups}, seed {seed}: no {groups} is on both sides, for its rows are alike; {why}"
    return Split(train=train, test=test, later=test.iloc[:0], how=how)


def without_known(split: Split, groups: str) -> Split:
    """Leave those test rows out whose group was learnt from, so that what is tested are others that come after.

    Raises
    ------
    DataError
        If no test row is left.
    """
    known = split.test[groups].isin(split.train[groups])
    if known.all():
        raise DataError(
            f"each {groups} of the test rows stands in the training rows too, so none is left to test on. Leave out "
            "data.groups, if rows of one that come later are what is to be predicted; or leave out data.time."
        )
    out = int(known.sum())
    how = f"{split.how}; {out:,} test rows whose {groups} was learnt from are left out"
    return replace(split, test=split.test[~known].reset_index(drop=True), how=how, left_out=out)


def _strata(numbers: pd.Series) -> pd.Series:
    """Give numbers to the tenths of some numbers; equal ones are dealt out in their order."""
    several = int(np.clip(len(numbers) // _ROWS_A_STRATUM, 1, _STRATA))
    return (numbers.rank(method="first") - 1) * several // len(numbers)


def _drawn(strata: pd.Series, seed: int) -> pd.Series:
    """Draw a quarter of each stratum, and at least one of its rows."""
    shuffled = strata.sample(frac=1, random_state=seed).groupby(strata)
    drawn = shuffled.cumcount() < (shuffled.transform("size") * RANDOM_TEST_SHARE).round().clip(lower=1)
    return drawn.reindex(strata.index)


def _dealt(strata: pd.Series, groups: pd.Series, seed: int) -> pd.Series:
    several = groups.nunique()
    if several < _FOLDS:
        raise DataError(
            f"column {groups.name!r}, named as groups, has {several} values, and must have {_FOLDS} at least."
        )
    if several > _MOST_GROUPS or strata.value_counts().min() < _FOLDS:  # by chance alone they are alike, or are not
        parting = GroupShuffleSplit(1, test_size=RANDOM_TEST_SHARE, random_state=seed)
    else:
        parting = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    _, places = next(parting.split(strata, strata, groups))
    held = np.zeros(len(strata), dtype=bool)
    held[places] = True
    return pd.Series(held, index=strata.index)


def _check_classes(name: str, rows: pd.Series, goal: Goal) -> None:
    if rows.nunique() < _CLASSES:
        only = labels.name(goal.classes[int(rows.iloc[0])])
        raise DataError(
            f"the table {name} would hold rows of one class only: {rows.name!r} is {only!r} in all {len(rows)}. Name "
            "other days in data.train_until and data.test_until, or add rows of the other classes."
        )


def windows(split: Split, target: str, goal: Goal, time: str | None) -> dict[str, dict[str, Any]]:
    """Say of each table what it covers.

    Parameters
    ----------
    target
        Encoded as `goal` says.

    Returns
    -------
        By name of a table its `rows`, first and last moment (`start`, `end`; None without time), and `base_rate` of the
        positive class, or `mean` and `std` of a number, None without rows, or `shares` of classes by their names.
    """
    return {name: _window(part, target, goal, time) for name, part in split.parts()}


def _window(part: pd.DataFrame, target: str, goal: Goal, time: str | None) -> dict[str, Any]:
    timed = part[time] if time is not None and len(part) else None
    return {
        "rows": len(part),
        **_typical(part[target], goal),
        "start": None if timed is None else timed.min(),
        "end": None if timed is None else timed.max(),
    }


def _typical(values: pd.Series, goal: Goal) -> dict[str, Any]:
    there = len(values) > 0
    match goal.task:
        case Task.BINARY:
            return {"base_rate": float(values.mean()) if there else None}
        case Task.REGRESSION:
            return {
                "mean": float(values.mean()) if there else None,
                "std": float(values.std(ddof=0)) if there else None,
            }
        case Task.MULTICLASS:
            share = values.value_counts(normalize=True)
            named = {labels.name(label): float(share.get(place, 0)) for place, label in enumerate(goal.classes)}
            return {"shares": named if there else {}}


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
