"""Estimates: how good predictions probably are before labels are in, by what they themselves say. Pure functions.

Confidence-based performance estimation (Guidotti et al., NannyML; Kull & Flach 2015): a calibrated probability says how
often it is right, so every metric has an expected value. It sees what a change of the inputs does to a model, as far as
its probabilities stay calibrated, and is blind to a change of what the inputs mean. When labels come, the error shows.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.goal import Goal, Task
from pipeline.learning import metrics, predictions
from pipeline.learning.scoring.resampling import Resampling, interval, resampling
from pipeline.learning.scoring.scorer import Weights
from pipeline.learning.scoring.scores import DEFINED, LEVEL, Choice, Estimates, scorer
from pipeline.monitoring.performance import Watched

_MODEL = "model"
_COLUMNS = ["window", "rows", "metric", "value", "low", "high", "labelled", "realised", "error", "surprising"]


def obstacle(goal: Goal) -> str:
    """Say why nothing can be estimated before labels are in; empty where it can."""
    if goal.task is not Task.REGRESSION:
        return ""
    return "a number is predicted without a word on how sure each one is, so only labels can tell how far off they are"


def by_window(windows: Mapping[str, pd.DataFrame], watched: Watched, *, resamples: int, seed: int) -> pd.DataFrame:
    """Estimate the metrics of each window, and show how far that was off where labels are in.

    Parameters
    ----------
    windows
        Rows by name, with predictions beside them.
    watched
        Which columns they have.
    resamples, seed
        Of the intervals.

    Returns
    -------
    DataFrame
        One row a window and metric: `window`, `rows`, `metric`, `value` (estimated, of all rows), `low` and `high`
        (where it lies in 95 of 100 cases once all labels are in, if the probabilities are calibrated), `labelled`
        (rows), `realised` (of those), `error` (realised less what is estimated of those rows) and `surprising` (whether
        realised lies outside of such an interval of those rows). None of a regression: see `obstacle`.
    """
    rows: list[dict[str, object]] = []
    for window, table in windows.items() if not obstacle(watched.goal) else ():
        labelled = table[table[watched.target].notna()]
        found = estimate(table, watched, resamples=resamples, seed=seed)
        there = (
            found if len(labelled) in (0, len(table)) else estimate(labelled, watched, resamples=resamples, seed=seed)
        )
        realised = _realised(labelled, watched)
        known = {"window": window, "rows": len(table), "labelled": len(labelled)}
        rows += [{**known, "metric": name, **_beside(found[name], there[name], realised[name])} for name in found]
    return pd.DataFrame(rows, columns=_COLUMNS)


def estimate(table: pd.DataFrame, watched: Watched, *, resamples: int, seed: int) -> Estimates:
    """Estimate the metrics of rows of a goal with classes, whatever their labels."""
    roles = {"time": watched.time, "groups": watched.groups, "weight": watched.weight}
    _, drawn = resampling(table, count=resamples, seed=seed, **roles)
    return expected(watched.goal, predictions.of(table, watched.goal), resampling=drawn, choice=watched.choice)


def expected(goal: Goal, predicted: NDArray[np.float64], *, resampling: Resampling, choice: Choice = None) -> Estimates:
    """Return what each metric is expected to be if every row is of each class as often as predictions say.

    Each row is scored once as of each class, and counts as much as its probability. For the intervals rows are drawn
    anew, and a class for each.

    Parameters
    ----------
    goal
        Of two classes or more.
    predicted
        Shape (rows,), or (rows, classes) of several classes.
    resampling
        How the resamples are drawn.
    choice
        The threshold of a binary model.

    Raises
    ------
    DataError
        If there are no rows, or predictions are no probabilities.
    """
    shares = np.stack([1 - predicted, predicted], axis=1) if predicted.ndim == 1 else predicted
    rows, classes = shares.shape
    truth = np.tile(np.arange(classes), rows)
    scored = scorer(goal, _MODEL, truth, np.repeat(predicted, classes, axis=0), choice)
    counts = resampling.weights(rows)
    value = scored.measure((counts[:, None] * shares).ravel())
    draws = np.array([scored.measure(weights) for weights in _labelled(shares, resampling)])
    ends = [interval(each, level=LEVEL, defined=DEFINED, units=resampling.size(rows)) for each in draws.T]
    return {
        name: {"value": float(middle), "low": low, "high": high}
        for name, middle, (low, high) in zip(metrics.of(goal.task), value, ends, strict=True)
    }


def _labelled(shares: NDArray[np.float64], resampling: Resampling) -> Iterator[Weights]:
    """Draw rows anew and a class for each; yield how much each row counts as of each class."""
    generator = np.random.default_rng([resampling.seed, 1])
    up_to = np.cumsum(shares, axis=1)
    places = np.arange(len(shares))
    for counts in resampling.draws(len(shares)):
        drawn = (generator.random((len(shares), 1)) * up_to[:, -1:] >= up_to[:, :-1]).sum(axis=1)
        weights = np.zeros_like(shares)
        weights[places, drawn] = counts
        yield weights.ravel()


def _realised(labelled: pd.DataFrame, watched: Watched) -> dict[str, float]:
    names = metrics.of(watched.goal.task)
    if labelled.empty:
        return dict.fromkeys(names, np.nan)
    truth, said = labelled[watched.target].astype("float64"), predictions.of(labelled, watched.goal)
    counts = np.ones(len(labelled)) if watched.weight is None else labelled[watched.weight].to_numpy(np.float64)
    found = scorer(watched.goal, _MODEL, truth, said, watched.choice).measure(counts)
    return dict(zip(names, map(float, found), strict=True))


def _beside(found: Mapping[str, float], there: Mapping[str, float], realised: float) -> dict[str, float | bool]:
    surprising = realised < there["low"] or realised > there["high"]
    error = realised - there["value"]
    told = {"value": found["value"], "low": found["low"], "high": found["high"]}
    return {**told, "realised": realised, "error": error, "surprising": surprising}
