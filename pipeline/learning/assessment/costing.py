"""Costing: what wrong decisions cost, by the threshold that one could choose."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import SettingsError
from pipeline.goal import Goal, Task
from pipeline.learning import decisions
from pipeline.learning.scoring.resampling import Resampling, interval
from pipeline.learning.scoring.scorer import Weights
from pipeline.learning.scoring.scores import LEVEL, Choice

THOUSAND = 1000
STEPS = 101  # thresholds of a curve


def curve(  # noqa: PLR0913 - what is decided, and what it costs
    goal: Goal,
    target: ArrayLike,
    prediction: ArrayLike,
    costs: Mapping[str, float],
    *,
    threshold: Choice,
    resampling: Resampling,
) -> pd.DataFrame | None:
    """Return what wrong decisions cost on average, for the thresholds that one could choose and the one that was.

    Parameters
    ----------
    goal, target, prediction
        What is predicted, 0 or 1, and 0 to 1, shape (rows,); only of a binary goal costs are known.
    costs
        `false_positive` and `false_negative`: what one of each costs; empty where nobody has said.
    threshold
        The one that was chosen.
    resampling
        How the resamples behind the intervals are drawn.

    Returns
    -------
    pandas.DataFrame
        `threshold` (0 calls all rows positive, the last none), `cost` of a thousand rows with `low` and `high`, and
        `chosen`. None where no costs are stated.

    Raises
    ------
    SettingsError
        If costs are stated that are not these two, above 0, or the goal is not binary.
    """
    if not costs:
        return None
    decisions.check_costs(costs)
    if goal.task is not Task.BINARY or threshold is None:
        raise SettingsError(
            f"`costs` in [tool.pipeline.evaluation] are those of a wrong yes and a wrong no, and this is a {goal.task} "
            "goal. Leave them out."
        )
    truth, values = np.asarray(target), np.asarray(prediction, dtype=np.float64)
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
    weights: Weights,
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
