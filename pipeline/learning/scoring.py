"""Scoring: the metrics of binary classifiers with bootstrap intervals, and paired differences on the same rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import DataError
from pipeline.learning.metrics import METRICS, Metric

LEVEL = 0.95  # of every interval
DEFINED = 0.95  # share of resamples in which a metric must be defined for it to have an interval
UNITS = 30  # fewer than so many periods are too few to resample

Estimates = dict[str, dict[str, float]]
"""By metric `value`, `low` and `high`; NaN where undefined."""


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How rows are drawn anew.

    Attributes
    ----------
    count
        Resamples, 2 and up; with 300 the ends of an interval are uncertain by about a tenth of its width.
    seed
        Of the random draws.
    units
        Shape (rows,): rows of one unit (a day, a person) are drawn together, since they err together (the block
        bootstrap; Efron & Tibshirani 1993, section 8.6). None: each row by itself.
    """

    count: int = 300
    seed: int = 0
    units: NDArray[np.int64] | None = None

    def within(self, rows: NDArray[np.intp]) -> "Resampling":
        """Draw from some of the rows alone, given by their positions."""
        return self if self.units is None else replace(self, units=self.units[rows])

    def weights(self, rows: int) -> Iterator[NDArray[np.int64]]:
        """Draw as many units as there are, with replacement; yield how many times each of so many rows was drawn."""
        codes = np.arange(rows) if self.units is None else pd.factorize(self.units)[0]
        count = int(codes.max()) + 1
        generator = np.random.default_rng(self.seed)
        for _ in range(self.count):
            drawn = np.bincount(generator.integers(count, size=count), minlength=count)
            yield drawn if self.units is None else drawn[codes]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Metrics of several models on the same rows.

    Attributes
    ----------
    values
        By model, on the rows as they are; shape (metrics,), in the order of `METRICS`.
    draws
        By model, on each resample; shape (resamples, metrics). Draw i of every model is of the same resample.
    """

    values: dict[str, NDArray[np.float64]]
    draws: dict[str, NDArray[np.float64]]

    def estimates(self, model: str) -> Estimates:
        """Return a model's metrics with their percentile intervals (Efron & Tibshirani 1993, chapter 13)."""
        return _estimates(self.values[model], self.draws[model])

    def difference(self, model: str, other: str) -> Estimates:
        """Return by how much a model's metrics exceed another's, with intervals of the paired bootstrap."""
        return _estimates(self.values[model] - self.values[other], self.draws[model] - self.draws[other])

    def difference_to_best(self, model: str, others: Iterable[str]) -> Estimates:
        """Return for each metric the difference to the one of others that is best in it."""
        found = [self.difference(model, other) for other in others]
        return {name: min((each[name] for each in found), key=_ahead(metric)) for name, metric in METRICS.items()}

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


class Ranking:
    """A model's predictions, sorted once, so that metrics under any weights of the rows cost one pass.

    Parameters
    ----------
    target
        Shape (rows,), 0 and 1.
    probability
        Shape (rows,), 0 to 1.
    threshold
        A row is predicted positive from this probability up.
    """

    def __init__(self, target: NDArray[np.int8], probability: NDArray[np.float64], threshold: float) -> None:
        self._order = np.argsort(-probability, kind="stable")
        falling = probability[self._order]
        # Rows of one probability cannot be told apart: sums are looked at where such a group ends.
        self._ends = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
        self._positive = target[self._order].astype(np.int64)
        self._flagged = int(np.searchsorted(-falling[self._ends], -threshold, side="right"))
        eps = np.finfo(np.float64).eps  # as scikit-learn clips
        likelihood = np.clip(np.where(target == 1, probability, 1 - probability), eps, 1 - eps)
        self._loss = -np.log(likelihood)
        self._square = (target - probability) ** 2

    def measure(self, weights: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return every metric, in the order of `METRICS`, with rows weighted; NaN where one is undefined.

        Whole weights are summed exactly, so that a result does not depend on the order of summation.

        Parameters
        ----------
        weights
            Shape (rows,), 0 and up: how many times each row counts.
        """
        sorted_weights = weights[self._order]
        true = np.cumsum(sorted_weights * self._positive)[self._ends]
        both = np.cumsum(sorted_weights)[self._ends]
        with np.errstate(divide="ignore", invalid="ignore"):
            loss, square = (weights * self._loss).sum() / both[-1], (weights * self._square).sum() / both[-1]
            decisions = _decisions(true, both, self._flagged)
            return np.array([_roc_auc(true, both), _average_precision(true, both), loss, square, *decisions])


def bootstrap(
    target: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    *,
    threshold: float | Mapping[str, float],
    resampling: Resampling,
) -> Scores:
    """Score models on the same rows and the same resamples of them.

    Parameters
    ----------
    target
        Shape (rows,), 0 and 1.
    probabilities
        By model, shape (rows,), 0 to 1.
    threshold
        A row is predicted positive from this probability up: by model, or one for all.
    resampling
        How the resamples are drawn.

    Raises
    ------
    DataError
        If there are no rows, lengths differ, the target is not 0 and 1, or a probability is missing or not 0 to 1.
    """
    truth = _truth(target)
    cuts = threshold if isinstance(threshold, Mapping) else dict.fromkeys(probabilities, threshold)
    rankings = {name: Ranking(truth, _checked(name, each, truth), cuts[name]) for name, each in probabilities.items()}
    draws: dict[str, list[NDArray[np.float64]]] = {name: [] for name in rankings}
    for weights in resampling.weights(len(truth)):
        for name, ranking in rankings.items():
            draws[name].append(ranking.measure(weights))
    ones = np.ones(len(truth), dtype=np.int64)
    return Scores(
        values={name: ranking.measure(ones) for name, ranking in rankings.items()},
        draws={name: np.array(found).reshape(-1, len(METRICS)) for name, found in draws.items()},
    )


def clearly_better(table: pd.DataFrame) -> dict[str, list[str]]:
    """Name for each other model the metrics in which it is beaten beyond doubt: the difference's interval excludes 0.

    Parameters
    ----------
    table
        As from `Scores.table`.
    """
    more = table["metric"].map({name: metric.better > 0 for name, metric in METRICS.items()})
    sure = (more & (table["difference_low"] > 0)) | (~more & (table["difference_high"] < 0))
    return {str(model): list(rows["metric"][sure]) for model, rows in table.groupby("model", sort=False)}


def periods(times: "pd.Series[pd.Timestamp]") -> tuple[str, NDArray[np.int64]]:
    """Choose units to resample by: the longest of day and hour of which there are 30, else each row.

    Returns
    -------
    tuple
        What a unit is (`day`, `hour` or `row`), and the unit of each row, shape (rows,).
    """
    for name, frequency in (("day", "D"), ("hour", "h")):
        codes, found = pd.factorize(times.dt.floor(frequency), use_na_sentinel=False)
        if len(found) >= UNITS:
            return name, codes
    return "row", np.arange(len(times))


def _roc_auc(true: NDArray[np.int64], both: NDArray[np.int64]) -> float:
    """Share of pairs of a positive and a negative ranked rightly, ties counting half (Hanley & McNeil 1982)."""
    false = both - true
    above = true + np.concatenate(([0], true[:-1]))  # twice the positives above a group's middle
    negatives = np.diff(false, prepend=false.dtype.type(0))
    return float((above * negatives).sum() / (2 * true[-1] * false[-1]))


def _average_precision(true: NDArray[np.int64], both: NDArray[np.int64]) -> float:
    """Mean precision over the positives, as `sklearn.metrics.average_precision_score` defines it."""
    gained = np.diff(true, prepend=true.dtype.type(0))
    return float(np.sum(gained * (true / np.maximum(both, np.finfo(np.float64).tiny))) / true[-1])


def _decisions(true: NDArray[np.int64], both: NDArray[np.int64], flagged: int) -> tuple[float, float, float, float]:
    """Return accuracy, precision, recall and F1 where the first `flagged` groups are predicted positive."""
    hits, calls = (true[flagged - 1], both[flagged - 1]) if flagged else (np.int64(0), np.int64(0))
    rights = both[-1] - true[-1] - calls + 2 * hits
    return rights / both[-1], hits / calls, hits / true[-1], 2 * hits / (calls + true[-1])


def _estimates(values: NDArray[np.float64], draws: NDArray[np.float64]) -> Estimates:
    ends = [_interval(column) for column in draws.T]
    return {
        name: {"value": float(value), "low": low, "high": high}
        for name, value, (low, high) in zip(METRICS, values, ends, strict=True)
    }


def _ahead(metric: Metric) -> Callable[[Mapping[str, float]], float]:
    """Say by how much a model is ahead, as a key to order differences by; an undefined one is the last."""
    return lambda found: np.inf if np.isnan(found["value"]) else metric.better * found["value"]


def _interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    defined = draws[np.isfinite(draws)]
    if len(defined) < max(2, DEFINED * len(draws)):
        return np.nan, np.nan
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _prefixed(found: Mapping[str, float]) -> dict[str, float]:
    return {"difference": found["value"], "difference_low": found["low"], "difference_high": found["high"]}


def _truth(target: ArrayLike) -> NDArray[np.int8]:
    values = np.asarray(target)
    if not len(values):
        raise DataError("there are no rows to score: the test table is empty. Look at the windows of the split.")
    if strange := set(pd.unique(values).tolist()) - {0, 1}:
        raise DataError(f"the target holds {min(map(repr, strange))}: it is 0 or 1 in every row that is scored.")
    return values.astype(np.int8)


def _checked(name: str, probability: ArrayLike, target: NDArray[np.int8]) -> NDArray[np.float64]:
    values = np.asarray(probability, dtype=np.float64)
    if values.shape != target.shape:
        raise DataError(f"{name!r} predicts {values.shape} values for {target.shape} rows: one is needed for each.")
    if not ((values >= 0) & (values <= 1)).all():
        raise DataError(f"{name!r} predicts values that are missing or not between 0 and 1: give probabilities.")
    return values
