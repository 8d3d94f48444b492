"""Reliability: whether predictions mean what they say, as numbers with intervals. Figures of it are drawn elsewhere."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.goal import Goal, Task
from pipeline.learning import metrics
from pipeline.learning.scoring.resampling import Resampling, interval
from pipeline.learning.scoring.scorer import Weights
from pipeline.learning.scoring.scores import DEFINED, LEVEL, Estimates

BINS = 10
_STEPS = 30  # of Newton's method: a logistic regression of two numbers takes fewer than ten
_AGAIN = 3  # of a resample, from where the rows as they are ended
_EDGE = 1e-6  # probabilities are as near to 0 and 1 as this


def reliability(goal: Goal, target: ArrayLike, prediction: ArrayLike, *, resampling: Resampling) -> Estimates:
    """Measure how well a model is calibrated.

    Parameters
    ----------
    goal
        What is predicted.
    target
        Shape (rows,), encoded as the goal says.
    prediction
        Shape (rows,), or (rows, classes) of a multiclass goal.
    resampling
        How rows are drawn anew for the intervals.

    Returns
    -------
    dict
        `value`, `low` and `high` of what `metrics.calibrations` names. `slope`: of a logistic regression of what
        happened on the log odds of what was predicted (Cox 1958), of a regression goal of a straight line; 1 is right,
        below it predictions are too extreme. `ece`: by how much predicted and observed differ on average, in ten bins
        of equally many rows (of several classes: whether the predicted one is right). It is never below 0, so that with
        few rows even right predictions show some: about 0.04 of 1,000. NaN where there is none.
    """
    said, truth = np.asarray(prediction, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if goal.task is Task.MULTICLASS:
        said, truth = said.max(axis=1), (said.argmax(axis=1) == truth).astype(np.float64)
    measures = [_MEASURES[name, goal.task](truth, said) for name in metrics.calibrations(goal.task)]
    counts = resampling.weights(len(truth))
    values = [each.measure(counts) for each in measures]
    draws = np.array([[each.measure(weights) for each in measures] for weights in resampling.draws(len(truth))])
    units = resampling.size(len(truth))
    ends = [interval(column, level=LEVEL, defined=DEFINED, units=units) for column in draws.T]
    names = metrics.calibrations(goal.task)
    return {
        name: {"value": value, "low": low, "high": high}
        for name, value, (low, high) in zip(names, values, ends, strict=True)
    }


class _Measure(Protocol):
    def __init__(self, truth: NDArray[np.float64], said: NDArray[np.float64]) -> None: ...

    def measure(self, weights: Weights) -> float: ...


class _Logistic:
    """The slope of a logistic regression on log odds."""

    def __init__(self, truth: NDArray[np.float64], said: NDArray[np.float64]) -> None:
        clipped = np.clip(said, _EDGE, 1 - _EDGE)
        self._truth, self._odds = truth, np.log(clipped / (1 - clipped))
        self._from: tuple[float, float] | None = None

    def measure(self, weights: Weights) -> float:
        """Return the slope with rows weighted, NaN where there is none."""
        start, steps = ((0.0, 1.0), _STEPS) if self._from is None else (self._from, _AGAIN)
        found = self._fit(weights, start, steps)
        if self._from is None and np.isfinite(found[1]):
            self._from = found
        return found[1]

    def _fit(self, weights: Weights, start: tuple[float, float], steps: int) -> tuple[float, float]:
        base, slope = start
        for _ in range(steps):
            said = 1 / (1 + np.exp(-np.clip(base + slope * self._odds, -30, 30)))
            error, spread = weights * (self._truth - said), weights * said * (1 - said)
            gain = error.sum(), (error * self._odds).sum()
            a, b, c = spread.sum(), (spread * self._odds).sum(), (spread * self._odds**2).sum()
            whole = a * c - b * b
            if not whole > _EDGE * a * c:  # all predictions are alike
                return np.nan, np.nan
            base, slope = base + (c * gain[0] - b * gain[1]) / whole, slope + (a * gain[1] - b * gain[0]) / whole
        return float(base), float(slope)


class _Line:
    """The slope of a straight line through what was predicted and what happened."""

    def __init__(self, truth: NDArray[np.float64], said: NDArray[np.float64]) -> None:
        self._truth, self._said = truth, said

    def measure(self, weights: Weights) -> float:
        """Return the slope with rows weighted, NaN where all predictions are alike."""
        rows = weights.sum()
        centred = self._said - (weights * self._said).sum() / rows
        spread = (weights * centred**2).sum()
        return float((weights * centred * self._truth).sum() / spread) if spread > 0 else np.nan


class _Gap:
    """How far what was predicted and what happened are apart in bins of equally many rows, on average."""

    def __init__(self, truth: NDArray[np.float64], said: NDArray[np.float64]) -> None:
        order = np.argsort(said, kind="stable")
        self._bin = np.empty(len(said), dtype=np.int64)
        self._bin[order] = np.arange(len(said)) * BINS // len(said)
        self._apart = truth - said

    def measure(self, weights: Weights) -> float:
        """Return it with rows weighted."""
        sums = np.bincount(self._bin, weights=weights * self._apart, minlength=BINS)
        return float(np.abs(sums).sum() / weights.sum())


_MEASURES: dict[tuple[str, Task], type[_Measure]] = {
    ("slope", Task.BINARY): _Logistic,
    ("slope", Task.REGRESSION): _Line,
    ("ece", Task.BINARY): _Gap,
    ("ece", Task.MULTICLASS): _Gap,
}
