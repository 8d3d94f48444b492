"""What every task's scorer is: a model's predictions, looked at once, so that weighing the rows anew costs one pass."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import DataError

Weights = NDArray[np.int64] | NDArray[np.float64]
"""Shape (rows,), 0 and up: how many times each row counts."""


class Scorer(Protocol):
    """One model's predictions for some rows."""

    def measure(self, weights: Weights) -> NDArray[np.float64]:
        """Return every metric of the task, in the order of `metrics.of`, with rows weighted; NaN where undefined.

        Whole weights are summed exactly, so that a result does not depend on the order of summation.
        """


def require_rows(target: ArrayLike) -> NDArray[np.generic]:
    """Return the target as an array.

    Raises
    ------
    DataError
        If there are no rows.
    """
    values = np.asarray(target)
    if not len(values):
        raise DataError("there are no rows to score: the test table is empty. Look at the windows of the split.")
    return values


def require_shape(name: str, values: NDArray[np.float64], shape: tuple[int, ...]) -> None:
    """Check that there is a prediction for every row.

    Raises
    ------
    DataError
        If the shape is another.
    """
    if values.shape != shape:
        raise DataError(f"{name!r} predicts values of shape {values.shape}: {shape} is needed for these rows.")
