"""Owns what is suggested of a table that nobody has described yet: which columns have a role, and which say nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.data import labels
from pipeline.data.columns import is_reserved
from pipeline.data.roles import goal, moments, reason
from pipeline.errors import DataError
from pipeline.goal import Task

_KEY = re.compile(
    r"(?i)(?:^|[_\W])(?:id|key|uuid|guid|index|idx|instant|row)$|^unnamed: \d+$|(?-i:[a-z](?:ID|Id|Key))$"
)
_OF_THINGS = re.compile(r"(?i)(?:^|[_\W])(?:id|key|uuid|guid)$|(?-i:[a-z](?:ID|Id|Key))$")
_MOMENT = re.compile(r"(?i)(?:^|[_\W])(?:dt|ts|at|on|when|period)(?:$|[_\W])|time|date|day$")
_BIRTH = re.compile(r"(?i)birth|dob|born|expir|valid")
_DAYS = (19000101, 21001231)  # dates written as one number
_HEAD = 1000
_ORDERED = 0.99  # of the steps from one row to the next
_SAMPLE = 10_000
_LEAST = 20  # rows, or groups, from which equality is no chance
_SAME = 0.9999  # correlation
_ROWS_A_GROUP = (1.5, 100)
_TAKEN = "called as predictions are here; rename it to keep it"
_CONSTANT = "the same in every row"

Codes = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """What looks as if it should stand in the settings; nothing is taken for sure.

    Attributes
    ----------
    time, id, groups
        Columns, or None.
    drop
        Columns from which nothing can be learnt, or that know the target.
    task
        What the target looks like; None where it cannot be predicted.
    reasons
        By each column that is named here, and the target, why.
    """

    time: str | None = None
    id: str | None = None
    groups: str | None = None
    drop: tuple[str, ...] = ()
    task: Task | None = None
    reasons: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def roles(frame: pd.DataFrame, target: str) -> Suggestions:
    """Look at a table for columns with a role.

    A time is a column of dates that follow one another from row to row, or whose name says so. An id is unique, and a
    word without blanks, a count of the rows, or called so. Groups are called like ids and name several rows each; they
    are looked for only where there is no time, for a split by time says more about later rows.

    Parameters
    ----------
    frame
        A table as it was loaded, whose columns have no role yet.
    target
        The column to predict, which is in it.
    """
    task, asked = _task(frame[target])
    given = frame.drop(columns=target)
    dropped = {name: _TAKEN for name in given.columns if is_reserved(str(name))}
    dropped |= {name: _CONSTANT for name in given.columns if _is_constant(given[name])}
    dropped |= _copies(given.drop(columns=list(dropped)), frame[target])
    left = given.drop(columns=list(dropped))
    times = _times(left)
    keys = _keys(left.drop(columns=list(times)))
    found = None if times else _groups(left.drop(columns=list(keys)))
    time, id_ = next(iter(times), None), next(iter(keys), None)
    dropped |= {name: f"{why}, as {id_} does" for name, why in keys.items() if name != id_}
    named = {name: times.get(name) or keys[name] for name in (time, id_) if name is not None}
    return Suggestions(
        time=time,
        id=id_,
        groups=None if found is None else found[0],
        drop=tuple(dropped),
        task=task,
        reasons=MappingProxyType({target: asked, **named, **({} if found is None else dict([found])), **dropped}),
    )


def _task(values: pd.Series) -> tuple[Task | None, str]:
    try:
        found = goal(values, "the table")
    except DataError as error:
        return None, str(error)
    return found.task, reason(values, found)


def _is_constant(values: pd.Series) -> bool:
    return len(_codes(values.iloc[:_HEAD])[1]) <= 1 and len(_codes(values)[1]) <= 1


def _codes(values: pd.Series) -> tuple[Codes, pd.Index]:
    """Give numbers to the different values, in the order in which they come; a missing one is one of them."""
    try:
        codes, different = pd.factorize(values, use_na_sentinel=False)
    except TypeError:  # lists and other values that nobody can look up
        codes, different = pd.factorize(values.astype("str"), use_na_sentinel=False)
    return codes, pd.Index(different)


def _copies(given: pd.DataFrame, target: pd.Series) -> dict[str, str]:
    """Find columns that are the target in other words: each value of one goes with one of the other."""
    known = labels.read(target).dropna()
    if len(known) < _LEAST:
        return {}
    known = known.sample(min(len(known), _SAMPLE), random_state=0)
    rows, codes, numbers = given.loc[known.index], _codes(known)[0], labels.numbers(known)
    return {
        name: f"{target.name} in other words"
        for name in rows.columns
        if _pairs_off(rows[name], codes) or (numbers is not None and _in_step(rows[name], numbers))
    }


def _pairs_off(values: pd.Series, codes: Codes) -> bool:
    """Say whether each value goes with one code and each code with one value, and they come again."""
    own, different = _codes(values)
    if len(different) != codes.max() + 1 or len(different) > len(codes) / 2:
        return False
    return len(pd.unique(own * len(different) + codes)) == len(different)


def _in_step(values: pd.Series, numbers: pd.Series) -> bool:
    """Say whether numbers are others times a factor, but for rounding."""
    if not pd.api.types.is_numeric_dtype(values.dtype) or values.isna().any():
        return False
    own, other = (each.to_numpy("float64") for each in (values, numbers))
    spread = own.std() * other.std()
    return bool(
        spread and np.isfinite(spread) and abs(((own - own.mean()) * (other - other.mean())).mean()) > _SAME * spread
    )


def _times(given: pd.DataFrame) -> dict[str, str]:
    """Find columns that say when a row was, the likeliest first, each with the reason."""
    found = {}
    for name in given.columns:
        if (read := _moments(given[name])) is None:
            continue
        follow, called = _follows(read), bool(_MOMENT.search(name)) and not _BIRTH.search(name)
        if follow or called:
            why = "dates that follow one another from row to row" if follow else "dates, and such a name"
            found[name] = (-2 * follow - called, read.min().timestamp(), why)
    return {name: found[name][-1] for name in sorted(found, key=lambda name: found[name][:2])}


def _moments(values: pd.Series) -> pd.Series | None:
    """Read a column as dates, or return None: numbers are some only where they look like 20240131 and are called so."""
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind) or pd.api.types.is_float_dtype(kind):
        return None
    if pd.api.types.is_numeric_dtype(kind) and not (_MOMENT.search(str(values.name)) and values.between(*_DAYS).all()):
        return None
    if _is_text(values) and not values.iloc[:_HEAD].astype("str").str.contains(r"\d\D+\d", na=False).all():
        return None  # years and other digits: they may be codes
    try:
        moments(values.iloc[:_HEAD].dropna(), "")
        return moments(values, "")
    except DataError:
        return None


def _is_text(values: pd.Series) -> bool:
    kind = values.dtype
    return (
        isinstance(kind, pd.CategoricalDtype)
        or pd.api.types.is_object_dtype(kind)
        or pd.api.types.is_string_dtype(kind)
    )


def _follows(read: pd.Series) -> bool:
    steps = read.diff().dropna()
    forward, back = (steps >= pd.Timedelta(0)).mean(), (steps <= pd.Timedelta(0)).mean()
    return bool(read.min() < read.max() and max(forward, back) >= _ORDERED)


def _keys(given: pd.DataFrame) -> dict[str, str]:
    """Find columns that name each row, the likeliest first, each with the reason."""
    keys = {name: sure for name in given.columns if (sure := _names_rows(given[name]))}
    return dict.fromkeys(sorted(keys, key=lambda name: -keys[name]), "it names each row once")


def _names_rows(values: pd.Series) -> int:
    """Say how likely a column names each row: 0 not, 1 by what it holds, 2 by how it is called too."""
    kind = values.dtype
    if pd.api.types.is_float_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind) or not _is_unique(values):
        return 0
    called = bool(_KEY.search(str(values.name)))
    if _is_text(values):
        return 2 * called or int(not values.astype("str").str.contains(r"\s").any())
    counted = pd.api.types.is_integer_dtype(kind) and values.max() - values.min() == len(values) - 1
    return 2 * called or int(counted)


def _is_unique(values: pd.Series) -> bool:
    try:
        return bool(values.iloc[:_HEAD].is_unique and values.is_unique and values.notna().all())
    except TypeError:  # lists and other values that nobody can look up
        return False


def _groups(given: pd.DataFrame) -> tuple[str, str] | None:
    few, many = _ROWS_A_GROUP
    for name in given.columns:
        values = given[name]
        if not _OF_THINGS.search(name) or pd.api.types.is_float_dtype(values.dtype) or values.isna().any():
            continue
        things = len(_codes(values)[1])
        if things >= _LEAST and few <= len(values) / things <= many:
            return name, f"it names {things:,} things, each in several of {len(values):,} rows"
    return None
