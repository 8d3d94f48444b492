"""Owns what the named columns must be: a time that orders rows, an id that names one, a target to learn."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.data import dates, doubts, labels
from pipeline.errors import DataError, near
from pipeline.goal import Goal, Label, Task

MOST_CLASSES = 100
LEAST_ROWS = 2
"""Rows of a class, one to learn from and one to test on."""

_YES = frozenset({"yes", "y", "true", "t", "1", "positive", "pos"})
_SHOWN = 3
_PAIR = 2


def moments(values: pd.Series, source: str) -> pd.Series:
    """Read a time column as datetimes: ISO 8601, or the one usual way of writing a date that fits every value.

    Raises
    ------
    DataError
        If a value is missing or no date, or day and month cannot be told apart.
    """
    where = f"{source}: column {values.name!r}, named as time,"
    _check_filled(values, where, "Fill or remove those rows.")
    if isinstance(values.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(values.dtype):
        return values
    text = values.astype("str")
    way = dates.way(text, where)
    return dates.iso(text) if way == "ISO8601" else pd.to_datetime(text, format=way)


def unique(values: pd.Series, source: str) -> None:
    """Check that an id column names each row once.

    Raises
    ------
    DataError
        If an id is missing, or stands in two rows.
    """
    where = f"{source}: column {values.name!r}, named as id,"
    _check_filled(values, where, "Fill them, or name no id.")
    repeated = values[values.duplicated(keep=False)]
    if len(repeated):
        shown = ", ".join(map(repr, repeated.unique()[:_SHOWN].tolist()))
        raise DataError(f"{where} names {len(repeated)} rows more than once, such as {shown}. Remove repeated rows.")


def _check_filled(values: pd.Series, where: str, cure: str) -> None:
    if count := int(values.isna().sum()):
        raise DataError(f"{where} is missing in {count} of {len(values)} rows. {cure}")


def grouped(values: pd.Series, source: str) -> None:
    """Check that a column of groups says of each row which it belongs to.

    Raises
    ------
    DataError
        If a group is missing.
    """
    where = f"{source}: column {values.name!r}, named as groups,"
    _check_filled(values, where, "Give each such row a group of its own, or name no groups.")


def weights(values: pd.Series, source: str) -> pd.Series:
    """Read a column that says how much each row counts as numbers, float64.

    Raises
    ------
    DataError
        If a weight is missing, no number, below zero or infinite, or all of them are zero.
    """
    where = f"{source}: column {values.name!r}, named as weight,"
    _check_filled(values, where, "A row that counts nothing has the weight 0.")
    found = labels.numbers(labels.read(values))
    if found is None or not np.isfinite(found).all() or (found < 0).any() or not found.any():
        raise DataError(f"{where} must hold numbers of zero or more, not all zero. Mend it, or name no weight.")
    return found


def goal(
    values: pd.Series,
    source: str,
    *,
    task: str | None = None,
    positive: Label | None = None,
) -> Goal:
    """Decide what is predicted: two classes, several, or a number. `reason` says why.

    Two values are two classes; several words are classes; numbers are a regression, unless they are codes of classes
    (see `labels.amounts`). Of two classes the positive is True, the larger number, the word that says yes, or else the
    rarer one. A class with one row is none: nobody can learn it and be tested on it; `set_aside` lists those rows.

    Parameters
    ----------
    values
        The target as it was loaded; labels may be missing.
    source
        What to call the table in an error.
    task
        What the settings say instead.
    positive
        The value that counts as 1 of two, as the settings say instead.

    Raises
    ------
    DataError
        If there is nothing to learn (no label, one value, a name for each row), or too much (over 100 classes); if the
        values are dates, or amounts with words among them; if they are not what `task` or `positive` say.
    """
    where = f"{source}: column {values.name!r}, named as target,"
    known = labels.read(values).dropna()
    counts = known.value_counts()
    doubts.nothing(known, counts, where)
    kind = _inferred(known)[0] if task is None else _asked(task)
    if kind is Task.REGRESSION:
        _check_numbers(known, positive, where)
        return Goal(task=kind)
    if task is None:
        doubts.amounts(known, where)
    classes = _classes(counts, where)
    if task is None:
        kind = Task.BINARY if len(classes) == _PAIR else Task.MULTICLASS
    _check_classes(kind, classes, positive, where)
    return Goal(task=kind, classes=_with_positive_last(classes, counts, positive) if kind is Task.BINARY else classes)


def reason(values: pd.Series, goal: Goal, *, task: str | None = None) -> str:
    """Say in a sentence's words what is predicted, and why that was taken.

    Parameters
    ----------
    values
        The target as it was loaded.
    goal
        What was decided.
    task
        What the settings say, if they do.
    """
    known = labels.read(values).dropna()
    why = "as the settings say" if task else f"since {_inferred(known)[1]}"
    if goal.task is Task.REGRESSION:
        return f"a regression, {why}"
    named = f"is {goal.positive!r} or {goal.classes[0]!r}" if goal.task is Task.BINARY else ""
    kind = (
        f"which of two classes, and how likely {goal.positive!r} is" if named else f"one of {len(goal.classes)} classes"
    )
    return f"{kind}, {why}"


def _asked(task: str) -> Task:
    if task not in list(Task):
        raise DataError(f"there is no task {task!r}: {near(task, map(str, Task))}")
    return Task(task)


def _inferred(known: pd.Series) -> tuple[Task, str]:
    """Tell numbers from classes; how many classes are kept decides between two and several."""
    column, several = str(known.name), known.nunique()
    if several == _PAIR:
        return Task.BINARY, f"{column} has two values"
    if (numbers := labels.numbers(known)) is None:
        return Task.MULTICLASS, f"{column} has {several} different words"
    if why := labels.amounts(numbers, column):
        return Task.REGRESSION, why
    return Task.MULTICLASS, f"the {several} whole numbers of {column} are codes"


def set_aside(values: pd.Series, goal: Goal) -> dict[str, int]:
    """Count the rows that cannot be used: by label that is none of the goal's classes, and `""` where there is none."""
    known = labels.read(values)
    missing = {"": int(known.isna().sum())}
    other = known[~labelled(values, goal)].value_counts()
    return {
        key: rows
        for key, rows in (missing | dict(zip(map(labels.name, other.index), other.tolist(), strict=True))).items()
        if rows
    }


def labelled(values: pd.Series, goal: Goal) -> pd.Series:
    """Say of each row whether it has a label that the goal knows, shape (rows,)."""
    known = labels.read(values)
    if goal.task is Task.REGRESSION:
        return known.notna()
    return pd.Series(_codes(known, goal) >= 0, index=values.index)


def encode(values: pd.Series, goal: Goal) -> pd.Series:
    """Write labels as a model learns them.

    Returns
    -------
        Same index and name: of a binary goal 1 for the positive and 0 (int8), of a multiclass goal the place in its
        classes (int16), of a regression the number (float64).

    Raises
    ------
    DataError
        If a row has no label, or one that the goal does not know.
    """
    known = labels.read(values)
    if goal.task is Task.REGRESSION:
        numbers = labels.numbers(known)
        if numbers is None or numbers.isna().any():
            raise DataError(f"column {values.name!r} must be a number in every row to be a target, and is not.")
        return numbers
    codes = _codes(known, goal)
    if (strange := known[codes < 0]).size:
        shown = ", ".join(map(repr, strange.unique()[:_SHOWN].tolist()))
        raise DataError(
            f"column {values.name!r} holds {shown} in {len(strange)} rows, which is no class of the goal "
            f"({_shown(goal.classes)}). Take only rows that `labelled` allows."
        )
    return pd.Series(codes, index=values.index, name=values.name).astype(
        "int8" if goal.task is Task.BINARY else "int16"
    )


def _codes(known: pd.Series, goal: Goal) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    places = {labels.name(label): place for place, label in enumerate(goal.classes)}
    found, different = pd.factorize(known)
    table = np.array([*(places.get(labels.name(label), -1) for label in different), -1])  # the last: what is missing
    return table[found]


def _classes(counts: pd.Series, where: str) -> tuple[Label, ...]:
    kept = counts[counts >= LEAST_ROWS]
    if len(kept) < _PAIR:
        alone = (
            "a name for each row, no class" if kept.empty else f"{labels.name(kept.index[0])!r} in all rows but a few"
        )
        raise DataError(
            f"{where} has {len(counts)} different values in {counts.sum()} rows, and {len(kept)} of them in more than "
            f"one: it is {alone}. A class must have {LEAST_ROWS} rows: one to learn from, one to test on."
        )
    doubts.rare(counts, LEAST_ROWS, where)
    found = [labels.plain(label) for label in kept.index]
    if (numbers := labels.numbers(pd.Series(found))) is not None:
        return tuple(label for _, label in sorted(zip(numbers, found, strict=True), key=lambda pair: pair[0]))
    return tuple(sorted(found))


def _with_positive_last(classes: tuple[Label, ...], counts: pd.Series, positive: Label | None) -> tuple[Label, ...]:
    if positive is not None:
        last = next(label for label in classes if labels.name(label) == labels.name(positive))
    elif all(isinstance(label, str) for label in classes):
        saying_yes = [label for label in classes if str(label).casefold() in _YES]
        rarer = min(reversed(classes), key=lambda label: int(counts[label]))
        last = saying_yes[0] if len(saying_yes) == 1 else rarer
    else:
        last = classes[-1]
    return (*(label for label in classes if label != last), last)


def _check_numbers(known: pd.Series, positive: Label | None, where: str) -> None:
    numbers = labels.numbers(known)
    if numbers is None:
        strange = known[pd.to_numeric(known.astype("str"), errors="coerce").isna()].unique()[:_SHOWN].tolist()
        raise DataError(
            f"{where} is to be a regression and holds values that are no numbers, such as {_shown(strange)}. "
            'Make them numbers or missing, or set data.task to "multiclass".'
        )
    if infinite := int(np.isinf(numbers).sum()):
        raise DataError(f"{where} is infinite in {infinite} of {len(numbers)} rows. Make those numbers or missing.")
    if positive is not None:
        raise DataError(
            f"{where} is a number to predict, and {positive!r} is named as positive. Leave data.positive out."
        )


def _check_classes(kind: Task, classes: tuple[Label, ...], positive: Label | None, where: str) -> None:
    there = f"{where} has {len(classes)} classes ({_shown(classes)})"
    if len(classes) > MOST_CLASSES:
        raise DataError(
            f"{there}, and a model here learns {MOST_CLASSES} at most. Join the rare ones under one name, name another "
            'column, or, if they are amounts, make all of them numbers and set data.task to "regression".'
        )
    if (kind is Task.BINARY) != (len(classes) == _PAIR):
        right = Task.BINARY if len(classes) == _PAIR else Task.MULTICLASS
        raise DataError(f'{there}, and is said to be {kind}. Set data.task to "{right}", or leave it out.')
    if positive is not None and kind is Task.MULTICLASS:
        raise DataError(f"{there}, and {positive!r} is named as positive, which is for two. Leave data.positive out.")
    if positive is not None and labels.name(positive) not in map(labels.name, classes):
        raise DataError(f"{there}, and {positive!r}, named as positive, is none of them. Set data.positive to one.")


def _shown(values: Sequence[Label]) -> str:
    return ", ".join(map(repr, values[:_SHOWN])) + (", ..." if len(values) > _SHOWN else "")
