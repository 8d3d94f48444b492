"""Predictions as columns of a table, one for each of several classes, and what they say on average."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.goal import Goal, Task

PREDICTION = "prediction"
_NEAR = 1e-6


def columns(goal: Goal) -> list[str]:
    """Name the columns that hold predictions.

    >>> columns(Goal(task=Task.MULTICLASS, classes=("a", "b", "c")))
    ['prediction_0', 'prediction_1', 'prediction_2']
    >>> columns(Goal(task=Task.REGRESSION))
    ['prediction']
    """
    several = goal.task is Task.MULTICLASS
    return [f"{PREDICTION}_{place}" for place in range(len(goal.classes))] if several else [PREDICTION]


def beside(rows: pd.DataFrame, predicted: NDArray[np.float64], goal: Goal) -> pd.DataFrame:
    """Put predictions, shape (rows,) or (rows, classes), beside the rows that they are for."""
    names = columns(goal)
    found = pd.DataFrame(predicted.reshape(len(rows), len(names)), columns=names, index=rows.index)
    return pd.concat([rows, found], axis=1)


def of(rows: pd.DataFrame, goal: Goal) -> NDArray[np.float64]:
    """Return the predictions that stand beside rows, in the shape that a model gives them in."""
    found = rows[columns(goal)].to_numpy(dtype=np.float64)
    return found if goal.task is Task.MULTICLASS else found[:, 0]


def agree(predicted: NDArray[np.float64], rows: pd.DataFrame, goal: Goal) -> bool:
    """Say whether predictions are those that stand beside rows, up to the last digits: processors add differently."""
    return bool(np.allclose(predicted, of(rows, goal), rtol=_NEAR, atol=_NEAR))


def outcomes(goal: Goal, target: ArrayLike, predicted: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return what happened in each row, and what was said of it; the means of both agree where a model is calibrated.

    Of two classes whether it is positive, and its probability; of several whether the predicted class is right, and its
    probability; else two numbers.
    """
    truth = np.asarray(target)
    if goal.task is Task.MULTICLASS:
        return (truth == predicted.argmax(axis=1)).astype(np.float64), predicted.max(axis=1)
    return truth.astype(np.float64), predicted


def golden(features: pd.DataFrame, predicted: NDArray[np.float64], rows: int = 20) -> pd.DataFrame:
    """Pick rows whose predictions spread evenly from the lowest to the highest: by them a copy of a model is known.

    Of several classes they spread over the predicted ones, and within each by its probability.

    Parameters
    ----------
    features
        Shape (rows, columns).
    predicted
        Shape (rows,), or (rows, classes).
    rows
        How many are picked at most.
    """
    keys = (predicted,) if predicted.ndim == 1 else (predicted.max(axis=1), predicted.argmax(axis=1))
    order = np.lexsort(keys)
    picked = np.unique(np.linspace(0, len(order) - 1, num=min(rows, len(order))).round().astype(int))
    return features.iloc[np.sort(order[picked])].reset_index(drop=True)
