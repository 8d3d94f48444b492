"""Logistic regression for classes, ridge regression for numbers: what a first honest attempt reaches."""

from collections.abc import Mapping

import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from pipeline.goal import Goal, Task
from pipeline.learning.preparing import scaled
from pipeline.learning.spans import Span, Value


def make(features: pd.DataFrame, goal: Goal, *, seed: int = 0, **params: Value) -> Pipeline:
    """Make a linear learner on scaled numbers and one-hot words.

    Classes weigh as much as they have rows, however rare one is: weighing them anew would make probabilities wrong,
    and what a rare class is worth is for the threshold to say. `class_weight = "balanced"` among the parameters does.
    """
    last = (
        Ridge(random_state=seed, **params)
        if goal.task is Task.REGRESSION
        else LogisticRegression(**{"max_iter": 1000, **params})
    )
    return Pipeline([("prepare", scaled(features, goal, seed)), ("learn", last)])


def defaults(rows: int, goal: Goal) -> dict[str, Value]:  # noqa: ARG001 - the same for all rows
    """Return what it takes where nothing else is said, and what a search tries first."""
    return {"alpha": 1.0} if goal.task is Task.REGRESSION else {"C": 1.0}


def space(rows: int, goal: Goal) -> Mapping[str, Span]:  # noqa: ARG001 - the same for all rows
    """Return where a search looks for a better strength of the penalty."""
    if goal.task is Task.REGRESSION:
        return {"alpha": Span(low=0.001, high=1000.0, scale="log")}
    return {"C": Span(low=0.001, high=100.0, scale="log")}
