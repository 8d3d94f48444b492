"""Histogram gradient boosting on numbers as they are and words as ordered codes."""

from collections.abc import Mapping

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from pipeline.goal import Goal, Task
from pipeline.learning.preparing import codes
from pipeline.learning.spans import Span, Value, between


def make(features: pd.DataFrame, goal: Goal, *, seed: int = 0, **params: Value) -> Pipeline:
    """Make a learner of trees; `seed` is for the columns that each split may use.

    Missing values, and words never seen in training, go where the trees send what is missing. Codes rather than the
    trees' own categorical splits: on drifting data they ranked better, and ONNX has no such splits.
    """
    kind = HistGradientBoostingRegressor if goal.task is Task.REGRESSION else HistGradientBoostingClassifier
    # Early stopping would hold out rows at random, whatever their time: the number of trees is searched instead.
    fixed = {"random_state": seed, "early_stopping": False, "categorical_features": None}
    trees = kind(**{**fixed, **defaults(len(features), goal), **params})
    return Pipeline([("prepare", codes(features, goal, seed)), ("learn", trees)])


def defaults(rows: int, goal: Goal) -> dict[str, Value]:  # noqa: ARG001 - the same for all goals
    """Return what it takes for so many rows where nothing else is said, and what a search tries first."""
    return {
        "learning_rate": 0.1,
        "max_iter": 80,
        "max_leaf_nodes": 24,
        "min_samples_leaf": between(5, rows // 100, 60),
        "l2_regularization": 1.0,
        "max_features": 0.4,
    }


def space(rows: int, goal: Goal) -> Mapping[str, Span]:  # noqa: ARG001 - the same for all goals
    """Return where a search over so many rows looks for better ones."""
    return {
        "learning_rate": Span(low=0.05, high=0.25, scale="log"),
        "max_iter": Span(low=40, high=120),
        "max_leaf_nodes": Span(low=8, high=64, scale="log"),
        "min_samples_leaf": Span(low=between(3, rows // 1000, 20), high=between(10, rows // 20, 400), scale="log"),
        "l2_regularization": Span(low=0.01, high=30.0, scale="log"),
        "max_features": Span(low=0.2, high=0.8),
    }
