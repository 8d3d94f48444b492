"""Scores of several models on the same rows: metrics with bootstrap intervals, and paired differences."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import f1_score, roc_auc_score, root_mean_squared_error

from pipeline.goal import Goal, Task
from pipeline.learning import metrics
from pipeline.learning.metrics import METRICS, Metric
from pipeline.learning.scoring.binary import BinaryScorer
from pipeline.learning.scoring.multiclass import MulticlassScorer
from pipeline.learning.scoring.regression import RegressionScorer
from pipeline.learning.scoring.resampling import Resampling, interval
from pipeline.learning.scoring.scorer import Scorer, Weights

LEVEL = 0.95  # of every interval
DEFINED = 0.95  # share of resamples in which a metric must be defined for it to have an interval

Estimates = dict[str, dict[str, float]]
"""By metric `value`, `low` and `high`; NaN where undefined."""

Choice = float | None
"""What goes with a model's predictions: a binary one's threshold, the half width of a regression's intervals."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Metrics of several models on the same rows.

    Attributes
    ----------
    names
        Of the metrics.
    values
        By model, on the rows as they are; shape (metrics,), in the order of `names`.
    draws
        By model, on each resample; shape (resamples, metrics). Draw i of every model is of the same resample.
    rows, units
        How many were scored, and how many units of them were drawn together.
    """

    names: tuple[str, ...]
    values: dict[str, NDArray[np.float64]]
    draws: dict[str, NDArray[np.float64]]
    rows: int
    units: int

    def estimates(self, model: str) -> Estimates:
        """Return a model's metrics with their intervals, as `resampling.interval` makes them."""
        return self._estimates(self.values[model], self.draws[model])

    def difference(self, model: str, other: str) -> Estimates:
        """Return by how much a model's metrics exceed another's, with intervals of the paired bootstrap."""
        return self._estimates(self.values[model] - self.values[other], self.draws[model] - self.draws[other])

    def difference_to_best(self, model: str, others: Iterable[str]) -> Estimates:
        """Return for each metric the difference to the one of others that is best in it."""
        found = [self.difference(model, other) for other in others]
        return {name: min((each[name] for each in found), key=_ahead(METRICS[name])) for name in self.names}

    def table(self, model: str) -> pd.DataFrame:
        """Return every model's metrics, a row each, and by how much `model` differs from it.

        Columns: `model`, `metric`, `value`, `low`, `high`, `difference`, `difference_low`, `difference_high`.
        """
        rows = [
            {"model": each, "metric": metric, **found, **_prefixed(self.difference(model, each)[metric])}
            for each in self.values
            for metric, found in self.estimates(each).items()
        ]
        return pd.DataFrame(rows)

    def _estimates(self, values: NDArray[np.float64], draws: NDArray[np.float64]) -> Estimates:
        ends = [interval(column, level=LEVEL, defined=DEFINED, units=self.units) for column in draws.T]
        return {
            name: {"value": float(value), "low": low, "high": high}
            for name, value, (low, high) in zip(self.names, values, ends, strict=True)
        }


def scorer(goal: Goal, name: str, target: ArrayLike, prediction: ArrayLike, choice: Choice = None) -> Scorer:
    """Look at a model's predictions as its task asks.

    Parameters
    ----------
    goal
        What is predicted.
    name
        Of the model, for errors.
    target
        Shape (rows,), encoded as the goal says.
    prediction
        Shape (rows,), or (rows, classes) of a multiclass goal.
    choice
        The threshold of a binary model, or the half width of the prediction intervals of a regression, where there are.

    Raises
    ------
    DataError
        If the rows cannot be scored.
    """
    if goal.task is Task.BINARY:
        return BinaryScorer(name, target, prediction, choice)
    if goal.task is Task.MULTICLASS:
        return MulticlassScorer(name, target, prediction, len(goal.classes))
    return RegressionScorer(name, target, prediction, choice)


def bootstrap(
    goal: Goal,
    target: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    *,
    resampling: Resampling,
    choices: Mapping[str, Choice] | None = None,
) -> Scores:
    """Score models on the same rows and the same resamples of them.

    Parameters
    ----------
    goal
        What is predicted.
    target
        Shape (rows,), encoded as the goal says.
    predictions
        By model, shape (rows,), or (rows, classes) of a multiclass goal.
    resampling
        How the resamples are drawn.
    choices
        By model its threshold (binary) or the half width of its intervals (regression); what needs one that is not
        there is NaN.

    Raises
    ------
    DataError
        If there are no rows, shapes differ, or a target or prediction is none of the goal's.
    """
    chosen: Mapping[str, Choice] = choices or {}
    scorers = {name: scorer(goal, name, target, each, chosen.get(name)) for name, each in predictions.items()}
    rows, names = len(np.asarray(target)), tuple(metrics.of(goal.task))
    draws: dict[str, list[NDArray[np.float64]]] = {name: [] for name in scorers}
    for weights in resampling.draws(rows):
        for name, each in scorers.items():
            draws[name].append(each.measure(weights))
    counts = resampling.weights(rows)
    return Scores(
        names=names,
        values={name: each.measure(counts) for name, each in scorers.items()},
        draws={name: np.array(found).reshape(-1, len(names)) for name, found in draws.items()},
        rows=rows,
        units=resampling.size(rows),
    )


def choices(thresholds: Mapping[str, float], interval: Mapping[str, float] | None) -> dict[str, Choice]:
    """Put together what goes with predictions.

    Parameters
    ----------
    thresholds
        By model; empty where nothing is decided by one.
    interval
        `half_width` of the intervals of the model called `model`; None where it promises none.
    """
    return dict(thresholds) if interval is None else {"model": interval["half_width"]}


def by_sklearn(goal: Goal, target: ArrayLike, prediction: NDArray[np.float64], weights: Weights) -> float:
    """Return the headline metric as scikit-learn counts it, to compare with."""
    if goal.task is Task.BINARY:
        return float(roc_auc_score(target, prediction, sample_weight=weights))
    if goal.task is Task.MULTICLASS:
        called = prediction.argmax(axis=1)
        return float(f1_score(target, called, average="macro", zero_division=0.0, sample_weight=weights))
    return float(root_mean_squared_error(target, prediction, sample_weight=weights))


def clearly_better(table: pd.DataFrame) -> dict[str, list[str]]:
    """Name for each other model the metrics in which it is beaten beyond doubt: the difference's interval excludes 0.

    Parameters
    ----------
    table
        As from `Scores.table`.
    """
    better = table["metric"].map({name: metric.better for name, metric in METRICS.items()})
    sure = ((better > 0) & (table["difference_low"] > 0)) | ((better < 0) & (table["difference_high"] < 0))
    return {str(model): list(rows["metric"][sure]) for model, rows in table.groupby("model", sort=False)}


def _ahead(metric: Metric) -> Callable[[Mapping[str, float]], float]:
    """Say by how much a model is ahead, as a key to order differences by; an undefined one is the last."""
    return lambda found: np.inf if np.isnan(found["value"]) else metric.better * found["value"]


def _prefixed(found: Mapping[str, float]) -> dict[str, float]:
    return {"difference": found["value"], "difference_low": found["low"], "difference_high": found["high"]}
