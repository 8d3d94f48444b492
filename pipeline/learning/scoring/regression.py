"""Scores of a number: by weighted sums of errors, and whether the promised intervals held what happened."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import DataError
from pipeline.learning.scoring.scorer import Weights, require_rows, require_shape


class RegressionScorer:
    """A model's predicted numbers.

    Parameters
    ----------
    name
        Of the model.
    target
        Shape (rows,), in the unit of the target.
    prediction
        Shape (rows,), in the same.
    half_width
        Of its prediction intervals, from the prediction to either end, ends included; None: it promises none, and has
        no coverage.

    Notes
    -----
    MAPE is the mean of |error| / |target| over the rows whose target is not 0, since 0 has no percentage; with no such
    row it is NaN. scikit-learn divides by a tiny number there instead, and one row decides the whole mean.

    Raises
    ------
    DataError
        If there are no rows, lengths differ, or a value is missing or infinite.
    """

    def __init__(self, name: str, target: ArrayLike, prediction: ArrayLike, half_width: float | None) -> None:
        truth = _finite("the target", require_rows(target))
        values = np.asarray(prediction, dtype=np.float64)
        require_shape(name, values, truth.shape)
        self._error = np.abs(truth - _finite(f"{name!r}", values))
        self._order = np.argsort(self._error, kind="stable")
        self._sorted = self._error[self._order]
        self._centred = truth - truth.mean()  # so that squares of large numbers do not cancel each other
        self._is_nonzero = truth != 0
        self._percent = np.divide(self._error, np.abs(truth), out=np.zeros_like(truth), where=self._is_nonzero)
        self._held = None if half_width is None else self._error <= half_width

    def measure(self, weights: Weights) -> NDArray[np.float64]:
        """Return every metric, with rows weighted."""
        rows = weights.sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = (weights * self._error**2).sum()
            spread = (weights * self._centred**2).sum() - (weights * self._centred).sum() ** 2 / rows
            return np.array(
                [
                    np.sqrt(squares / rows),
                    (weights * self._error).sum() / rows,
                    1 - squares / spread if spread > 0 else np.nan,
                    self._median(weights),
                    (weights * self._percent).sum() / (weights * self._is_nonzero).sum(),
                    np.nan if self._held is None else (weights * self._held).sum() / rows,
                ]
            )

    def _median(self, weights: Weights) -> float:
        """Return the weighted median of the errors: the mean of the two in the middle where it lies between them."""
        until = np.cumsum(weights[self._order])
        half = until[-1] / 2
        if not half > 0:
            return np.nan
        # The first error with half of the weight up to it, and the first with more than half.
        first, last = np.searchsorted(until, half, side="left"), np.searchsorted(until, half, side="right")
        return float((self._sorted[first] + self._sorted[min(last, len(until) - 1)]) / 2)


def _finite(what: str, values: NDArray[np.generic]) -> NDArray[np.float64]:
    found = values.astype(np.float64)
    if not np.isfinite(found).all():
        raise DataError(f"{what} holds values that are missing or infinite: every row that is scored needs a number.")
    return found
