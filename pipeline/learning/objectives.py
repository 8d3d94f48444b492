"""Owns what a search makes best: for each task one score, of a fold's rows and what was predicted for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

from pipeline.goal import Goal, Task

_LEAST = 1e-6  # a class that a fold has never seen is not taken to be impossible, or its rows alone would decide


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A score.

    Attributes
    ----------
    metric
        As `metrics` calls it.
    title
        For people.
    better
        +1 where more is better, -1 where less is.
    """

    metric: str
    title: str
    better: int
    score: Callable[[NDArray[Any], NDArray[np.float64], ArrayLike | None], float]


def of(goal: Goal) -> Objective:
    """Return what a search for a goal makes best.

    Several classes are searched by log loss and not by F1, which moves in jumps and says nothing of probabilities.
    """
    classes = np.arange(len(goal.classes))

    def by_class(truth: NDArray[Any], predicted: NDArray[np.float64], weight: ArrayLike | None) -> float:
        raised = np.maximum(predicted, _LEAST)
        shares = raised / raised.sum(axis=1, keepdims=True)
        return float(log_loss(truth, shares, labels=classes, sample_weight=weight))

    return {
        Task.BINARY: Objective(metric="roc_auc", title="ROC AUC", better=1, score=_ranking),
        Task.MULTICLASS: Objective(metric="log_loss", title="log loss", better=-1, score=by_class),
        Task.REGRESSION: Objective(metric="rmse", title="RMSE", better=-1, score=_distance),
    }[goal.task]


def _ranking(truth: NDArray[Any], predicted: NDArray[np.float64], weight: ArrayLike | None) -> float:
    return float(roc_auc_score(truth, predicted, sample_weight=weight))


def _distance(truth: NDArray[Any], predicted: NDArray[np.float64], weight: ArrayLike | None) -> float:
    return float(root_mean_squared_error(truth, predicted, sample_weight=weight))
