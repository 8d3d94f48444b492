"""Comparison: whether a model and the champion answer the same question, and on which rows that neither has learnt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.goal import Goal, Task
from pipeline.learning.unseen import unseen
from pipeline.models.evidence import NO_OTHER, NoDifference, Said
from pipeline.store import codecs
from pipeline.store.objects import project_store

if TYPE_CHECKING:
    from pipeline.models.promotion import Promotion

FEWEST = 200  # rows on which two models are compared; on fewer chance decides
_SHOWN = 3  # columns that a sentence names
_CURE = "Give a model that answers another question a name of its own: [tool.pipeline.models] name."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a model is asked.

    Attributes
    ----------
    goal
        What it predicts.
    target
        The column that it predicts, encoded as the goal says.
    name, time, groups, weight
        Columns of the table that nothing is predicted from; None where there is none.
    """

    goal: Goal
    target: str
    name: str | None = None
    time: str | None = None
    groups: str | None = None
    weight: str | None = None

    def features(self, table: pd.DataFrame) -> list[str]:
        """Name the columns of a prepared table that a model predicts from."""
        others = {self.target, self.name, self.time, self.groups, self.weight}
        return [str(name) for name in table.columns if name not in others]


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """Where a model meets the champion.

    Attributes
    ----------
    rows
        Positions of the test rows that the champion has not learnt from.
    features
        The columns that the champion predicts from.
    obstacle
        Why they are not compared there; None: nothing stands against it.
    unsent
        Columns that the other model predicts from and the champion does not, or as another kind of value: who asks the
        champion does not send them.
    """

    rows: NDArray[np.intp]
    features: tuple[str, ...]
    obstacle: NoDifference | None
    unsent: tuple[str, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether the two are compared."""
        return self.obstacle is None


def meeting(champion: "Promotion | None", test: pd.DataFrame, asked: Asked) -> Meeting:
    """Find the rows that are fair to a model and to the champion, as the champion's own training table says.

    Parameters
    ----------
    champion
        The model to compare with; None where there is none.
    test
        Rows that the other model was tested on.
    asked
        What the other model is asked.

    Raises
    ------
    StoreError
        If the champion's training table is no longer in the project's object store.
    """
    if champion is None:
        return Meeting(rows=np.arange(0), features=(), obstacle=NO_OTHER)
    learnt = codecs.load(project_store(), champion.data_digest, "table")
    features, unsent = tuple(asked.features(learnt)), _not_in(learnt, test, asked.features(test))
    if reason := other_question(learnt, test, asked):
        told = NoDifference(said=Said.REFUSED, message=f"cannot compare: {reason} {_CURE}")
        return Meeting(rows=np.arange(0), features=features, obstacle=told, unsent=unsent)
    rows = np.flatnonzero(unseen(test, learnt, name=asked.name, time=asked.time))
    obstacle = _too_few(len(rows), len(test)) if len(rows) < FEWEST else None
    return Meeting(rows=rows, features=features, obstacle=obstacle, unsent=unsent)


def other_question(learnt: pd.DataFrame, test: pd.DataFrame, asked: Asked) -> str:
    """Say in what the champion's question differs from what is asked now; empty where it does not.

    Parameters
    ----------
    learnt
        Rows that the champion was trained on.
    test
        Rows as they are now.
    asked
        What is asked of them.
    """
    if asked.target not in learnt.columns:
        return f"the champion predicts another column than {asked.target!r}."
    theirs, classes = _task(learnt[asked.target]), len(asked.goal.classes)
    if theirs is not asked.goal.task:
        return f"the champion answers a {theirs} goal, the question is now a {asked.goal.task} one."
    if theirs is Task.MULTICLASS and int(learnt[asked.target].max()) + 1 != classes:
        return f"the champion knows {int(learnt[asked.target].max()) + 1} classes, there are now {classes}."
    needed = asked.features(learnt)
    if lost := _not_in(test, learnt, needed):
        named = ", ".join(map(repr, lost[:_SHOWN]))
        return f"{len(lost)} features that the champion needs are gone or of another kind, such as {named}."
    return ""


def _not_in(table: pd.DataFrame, other: pd.DataFrame, names: list[str]) -> tuple[str, ...]:
    """Name those columns of the other table that a table does not have, or as another kind of value."""
    return tuple(name for name in names if name not in table.columns or _kind(table[name]) != _kind(other[name]))


def _too_few(found: int, rows: int) -> NoDifference:
    learnt = f"the champion has learnt from {rows - found:,} of {rows:,} test rows"
    return NoDifference(said=Said.INCONCLUSIVE, message=f"cannot compare: {learnt}; use a later test window.")


def _task(target: "pd.Series[Any]") -> Task:
    """Read the task off how its target is encoded."""
    if pd.api.types.is_float_dtype(target):
        return Task.REGRESSION
    return Task.BINARY if target.dtype == np.int8 else Task.MULTICLASS


def _kind(column: "pd.Series[Any]") -> str:
    return "number" if pd.api.types.is_numeric_dtype(column) else "other"
