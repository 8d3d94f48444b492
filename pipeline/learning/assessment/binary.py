"""Looks at the predictions of a binary goal: curves of ranking, reliability, and decisions at a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.goal import Goal
from pipeline.learning import decisions
from pipeline.learning.scoring.resampling import Resampling, interval
from pipeline.learning.scoring.scores import LEVEL, Choice

THOUSAND = 1000
STEPS = 101  # thresholds of a curve of costs


@dataclass(frozen=True)
class BinaryLook:
    """Tables of a model's probabilities."""

    goal: Goal

    def detail(self, target: ArrayLike, prediction: ArrayLike) -> dict[str, pd.DataFrame]:
        """Return the curves `roc` and `precision`, each with columns `x` and `y`."""
        return decisions.curves(target, prediction)

    def calibration(self, target: ArrayLike, prediction: ArrayLike) -> pd.DataFrame:
        """Compare predicted probabilities with the share of positives."""
        return decisions.reliability(target, prediction)

    def errors(self, target: ArrayLike, prediction: ArrayLike, choice: Choice) -> pd.DataFrame:
        """Count rows by what they are (index) and what they are predicted to be (columns) at the threshold."""
        counts = decisions.confusion(target, prediction, choice)  # type: ignore[arg-type] # a binary model has a threshold
        labels = [str(label) for label in self.goal.classes]
        return counts.set_axis(pd.Index(labels, name="actual")).set_axis(pd.Index(labels, name="predicted"), axis=1)


def cost_curve(
    target: ArrayLike, probability: ArrayLike, costs: Mapping[str, float], *, threshold: float, resampling: Resampling
) -> pd.DataFrame:
    """Return what wrong decisions cost on average, for the thresholds that one could choose and the one that was.

    Parameters
    ----------
    target, probability
        Shape (rows,), 0 or 1, and 0 to 1.
    costs
        `false_positive` and `false_negative`: what one of each costs.
    threshold
        The one that was chosen.
    resampling
        How the resamples behind the intervals are drawn.

    Returns
    -------
    pandas.DataFrame
        `threshold`, and `cost` of a thousand rows with `low` and `high`; 0 calls all rows positive, and the last (just
        above 1) none. The row of the chosen threshold says so in `chosen`.
    """
    truth, values = np.asarray(target), np.asarray(probability, dtype=np.float64)
    steps = np.unique(np.r_[0.0, np.quantile(values, np.linspace(0, 1, STEPS)), threshold, np.nextafter(1, 2)])
    place = np.searchsorted(steps, values, side="right")  # a row is called positive by the thresholds before it
    draws = np.array([_costs(truth, place, each, costs, len(steps)) for each in resampling.draws(len(truth))])
    ends = np.array([interval(column, level=LEVEL, defined=1.0) for column in draws.T])
    found = _costs(truth, place, resampling.weights(len(truth)), costs, len(steps))
    table = pd.DataFrame({"threshold": steps, "cost": found, "low": ends[:, 0], "high": ends[:, 1]})
    return table.assign(chosen=table["threshold"] == threshold)


def _costs(
    truth: NDArray[np.generic],
    place: NDArray[np.intp],
    weights: NDArray[np.generic],
    costs: Mapping[str, float],
    steps: int,
) -> NDArray[np.float64]:
    positive, negative = (
        np.bincount(place, weights=weights * (truth == label), minlength=steps + 1) for label in (1, 0)
    )
    missed = np.cumsum(positive)[:-1]  # of threshold i: the positives whose place is at most i
    alarms = negative.sum() - np.cumsum(negative)[:-1]
    total = costs["false_negative"] * missed + costs["false_positive"] * alarms
    return np.asarray(THOUSAND * total / weights.sum(), dtype=np.float64)
