"""A random forest on numbers as they are and words as ordered codes."""

from collections.abc import Mapping

import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import Pipeline

from pipeline.goal import Goal, Task
from pipeline.learning.preparing import codes
from pipeline.learning.spans import Span, Value, between


def make(features: pd.DataFrame, goal: Goal, *, seed: int = 0, **params: Value) -> Pipeline:
    """Make a forest; `seed` is for the rows and columns that each tree sees."""
    kind = RandomForestRegressor if goal.task is Task.REGRESSION else RandomForestClassifier
    trees = kind(**{"n_estimators": 200, "random_state": seed, **defaults(len(features), goal), **params})
    return Pipeline([("prepare", codes(features, goal, seed)), ("learn", trees)])


def defaults(rows: int, goal: Goal) -> dict[str, Value]:  # noqa: ARG001 - the same for all goals
    """Return what it takes for so many rows where nothing else is said, and what a search tries first."""
    return {"min_samples_leaf": between(1, rows // 2000, 20), "max_features": 0.4}


def space(rows: int, goal: Goal) -> Mapping[str, Span]:  # noqa: ARG001 - the same for all goals
    """Return where a search over so many rows looks for better ones."""
    return {
        "min_samples_leaf": Span(low=1, high=between(4, rows // 200, 100), scale="log"),
        "max_features": Span(low=0.1, high=1.0),
    }
