"""Predicts the same for every row, from the target alone: what any model must beat."""

from collections.abc import Mapping

import pandas as pd
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.pipeline import Pipeline

from pipeline.goal import Goal, Task
from pipeline.learning.preparing import codes
from pipeline.learning.spans import Span, Value


def make(features: pd.DataFrame, goal: Goal, *, seed: int = 0, **params: Value) -> Pipeline:
    """Make a learner that predicts the share of each class, or the mean."""
    last = (
        DummyRegressor(**params) if goal.task is Task.REGRESSION else DummyClassifier(**{"strategy": "prior", **params})
    )
    return Pipeline([("prepare", codes(features, goal, seed)), ("learn", last)])


def defaults(rows: int, goal: Goal) -> dict[str, Value]:  # noqa: ARG001 - the same for all
    """Return what it takes where nothing else is said."""
    return {}


def space(rows: int, goal: Goal) -> Mapping[str, Span]:  # noqa: ARG001 - the same for all
    """Return where a search looks: nowhere."""
    return {}
