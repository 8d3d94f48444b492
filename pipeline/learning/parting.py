"""Owns folds: which rows a candidate learns from, and on which others it is scored."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from pipeline.errors import DataError
from pipeline.goal import Goal, Task
from pipeline.learning.learners import silent


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Positions of the rows that a trial trains on and of those that it is scored on, each of shape (rows,)."""

    train: NDArray[np.intp]
    test: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What decides how rows may be parted.

    Attributes
    ----------
    target
        Shape (rows,), encoded as the goal says.
    goal
        What is predicted.
    timed
        Whether rows stand in the order of time.
    groups
        Shape (rows,): rows of one group err together, and never stand on both sides. None: each row by itself.
    """

    target: NDArray[Any]
    goal: Goal
    timed: bool = False
    groups: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.target)

    def only(self, places: NDArray[np.intp]) -> "Rows":
        """Return some of the rows, by their positions."""
        groups = None if self.groups is None else self.groups[places]
        return replace(self, target=self.target[places], groups=groups)

    @property
    def stratified(self) -> bool:
        """Say whether folds can have the same shares of classes."""
        return self.goal.task is not Task.REGRESSION


def forward(rows: Rows, count: int, seed: int = 0) -> list[Fold]:
    """Score on the rows that follow, as a model will be used; without time, draw folds as `parted` does.

    Raises
    ------
    DataError
        If there are too few rows, or groups, for so many folds.
    """
    if not rows.timed:
        return parted(rows, count, seed)
    return _folds(TimeSeriesSplit(n_splits=count).split(np.empty(len(rows))), rows, count)


def parted(rows: Rows, count: int, seed: int = 0) -> list[Fold]:
    """Score each row once, by what all other folds teach.

    Rows in the order of time are parted into blocks: no honest test, since the future is known; but what is trained so
    is most like what all rows will train. All others are drawn at random, with the same shares of classes in each
    fold where there are classes; groups are kept whole.

    Raises
    ------
    DataError
        If there are too few rows, or groups, for so many folds.
    """
    empty = np.empty(len(rows))
    if rows.timed:
        return _folds(KFold(count).split(empty), rows, count)
    if rows.groups is not None:
        codes = pd.factorize(rows.groups)[0]
        kind = StratifiedGroupKFold if rows.stratified else GroupKFold
        return _folds(kind(count, shuffle=True, random_state=seed).split(empty, rows.target, codes), rows, count)
    kind = StratifiedKFold if rows.stratified else KFold
    return _folds(kind(count, shuffle=True, random_state=seed).split(empty, rows.target), rows, count)


def how(rows: Rows) -> str:
    """Say in words how folds are made, and why so.

    >>> how(Rows(target=np.zeros(3), goal=Goal(task=Task.REGRESSION)))
    'drawn at random, because rows have neither time nor groups'
    """
    whole = "; rows of one group are never on both sides" if rows.groups is not None else ""
    if rows.timed:
        return f"forward in time, because rows have one{whole}"
    shares = ", with the same shares of classes in each" if rows.stratified else ""
    if rows.groups is not None:
        return f"drawn at random in whole groups{shares}"
    return f"drawn at random{shares}, because rows have neither time nor groups"


def scorable(folds: Iterable[Fold], rows: Rows) -> list[Fold]:
    """Return folds in which a learner can learn and be scored.

    Raises
    ------
    DataError
        If a fold trains on, or of a binary goal is scored on, rows of one class only.
    """
    found = list(folds)
    for number, fold in enumerate(found, start=1):
        sides = [("trains", fold.train)] if rows.stratified else []
        sides += [("is scored", fold.test)] if rows.goal.task is Task.BINARY else []
        for part, places in sides:
            if len(np.unique(rows.target[places])) < 2:  # noqa: PLR2004 - two classes
                raise DataError(f"fold {number} {part} on rows of one class only. Take fewer folds, or more rows.")
    return found


def _apart(fold: Fold, groups: NDArray[Any] | None) -> Fold:
    """Leave out of what is trained on the groups that it is scored on."""
    if groups is None:
        return fold
    alone = ~pd.Series(groups[fold.train]).isin(pd.unique(groups[fold.test])).to_numpy()
    return Fold(train=fold.train[alone], test=fold.test)


def _folds(split: Iterable[tuple[ArrayLike, ArrayLike]], rows: Rows, count: int) -> list[Fold]:
    try:
        with silent():
            found = [_apart(Fold(train=np.asarray(train), test=np.asarray(test)), rows.groups) for train, test in split]
    except ValueError as error:
        raise DataError(f"{len(rows)} rows make no {count} folds: {error}. Take fewer folds, or more rows.") from error
    if any(not len(fold.train) or not len(fold.test) for fold in found):
        raise DataError(f"{len(rows)} rows make no {count} folds: too few groups. Take fewer folds, or more rows.")
    return found
