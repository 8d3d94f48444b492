"""Golden rows: a few rows with a model's predictions, by which a copy of it is known."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.goal import Goal, Task

PREDICTION = "prediction"


def golden(features: pd.DataFrame, prediction: ArrayLike, rows: int = 20) -> pd.DataFrame:
    """Pick rows whose predictions spread evenly from the lowest to the highest; of several classes, class by class.

    Parameters
    ----------
    features
        Shape (rows, columns).
    prediction
        Shape (rows,), or (rows, classes).
    rows
        How many are picked at most.
    """
    values = np.asarray(prediction)
    keys = (values,) if values.ndim == 1 else (values.max(axis=1), values.argmax(axis=1))
    order = np.lexsort(keys)
    picked = np.unique(np.linspace(0, len(order) - 1, num=min(rows, len(order))).round().astype(int))
    return features.iloc[np.sort(order[picked])].reset_index(drop=True)


def columns(goal: Goal) -> list[str]:
    """Name the columns that hold the predictions of golden rows: one, or one for each of several classes.

    >>> columns(Goal(task=Task.MULTICLASS, classes=("a", "b", "c")))
    ['prediction_0', 'prediction_1', 'prediction_2']
    """
    several = goal.task is Task.MULTICLASS
    return [f"{PREDICTION}_{place}" for place in range(len(goal.classes))] if several else [PREDICTION]


def told(features: pd.DataFrame, prediction: NDArray[np.float64], goal: Goal) -> pd.DataFrame:
    """Put predictions beside the rows that they are for."""
    names = columns(goal)
    found = pd.DataFrame(prediction.reshape(len(features), len(names)), columns=names, index=features.index)
    return pd.concat([features, found], axis=1)
