"""Scores of a binary goal: ranking, probabilities, and decisions at a threshold."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import DataError
from pipeline.learning.scoring.scorer import Weights, require_rows, require_shape


class Ranking:
    """A model's predictions for two classes, sorted once.

    Parameters
    ----------
    positive
        Shape (rows,), 0 and 1.
    score
        Shape (rows,): greater where a row is rather positive.
    """

    def __init__(self, positive: NDArray[np.generic], score: NDArray[np.float64]) -> None:
        self._order = np.argsort(-score, kind="stable")
        falling = score[self._order]
        # Rows of one score cannot be told apart: sums are looked at where such a group ends.
        self._ends = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
        self._falling = falling[self._ends]
        self._positive = positive[self._order].astype(np.int64)

    def sums(self, weights: Weights) -> tuple[Weights, Weights]:
        """Return how many positives, and how many rows, have each score or a greater one; shape (scores,)."""
        sorted_weights = weights[self._order]
        return np.cumsum(sorted_weights * self._positive)[self._ends], np.cumsum(sorted_weights)[self._ends]

    def above(self, threshold: float) -> int:
        """Count the scores from a threshold up."""
        return int(np.searchsorted(-self._falling, -threshold, side="right"))


class BinaryScorer:
    """A model's probabilities of the positive class.

    Parameters
    ----------
    name
        Of the model.
    target
        Shape (rows,), 0 and 1.
    probability
        Shape (rows,), 0 to 1.
    threshold
        A row is predicted positive from this probability up; None: nothing is decided.

    Raises
    ------
    DataError
        If there are no rows, lengths differ, the target is not 0 and 1, or a probability is missing or not 0 to 1.
    """

    def __init__(self, name: str, target: ArrayLike, probability: ArrayLike, threshold: float | None) -> None:
        truth = _truth(target)
        values = _probability(name, probability, truth)
        self._ranking = Ranking(truth, values)
        self._flagged = None if threshold is None else self._ranking.above(threshold)
        eps = np.finfo(np.float64).eps  # as scikit-learn clips
        self._loss = -np.log(np.clip(np.where(truth == 1, values, 1 - values), eps, 1 - eps))
        self._square = (truth - values) ** 2

    def measure(self, weights: Weights) -> NDArray[np.float64]:
        """Return every metric, with rows weighted."""
        true, both = self._ranking.sums(weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            loss, square = (weights * self._loss).sum() / both[-1], (weights * self._square).sum() / both[-1]
            decided = _decisions(true, both, self._flagged)
            return np.array([roc_auc(true, both), _average_precision(true, both), loss, square, *decided])


def roc_auc(true: Weights, both: Weights) -> float:
    """Return the share of pairs of a positive and a negative ranked rightly, ties counting half.

    Hanley & McNeil 1982. The arguments are what `Ranking.sums` returns.
    """
    false = both - true
    above = true + np.concatenate(([0], true[:-1]))  # twice the positives above a group's middle
    negatives = np.diff(false, prepend=false.dtype.type(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float((above * negatives).sum() / (2 * true[-1] * false[-1]))


def _average_precision(true: Weights, both: Weights) -> float:
    """Mean precision over the positives, as `sklearn.metrics.average_precision_score` defines it."""
    gained = np.diff(true, prepend=true.dtype.type(0))
    return float(np.sum(gained * (true / np.maximum(both, np.finfo(np.float64).tiny))) / true[-1])


def _decisions(true: Weights, both: Weights, flagged: int | None) -> tuple[float, float, float, float]:
    """Return accuracy, precision, recall and F1 where the first `flagged` scores are predicted positive."""
    if flagged is None:
        return np.nan, np.nan, np.nan, np.nan
    hits, calls = (true[flagged - 1], both[flagged - 1]) if flagged else (true.dtype.type(0), both.dtype.type(0))
    rights = both[-1] - true[-1] - calls + 2 * hits
    return rights / both[-1], hits / calls, hits / true[-1], 2 * hits / (calls + true[-1])


def _truth(target: ArrayLike) -> NDArray[np.int8]:
    values = require_rows(target)
    if strange := set(pd.unique(values).tolist()) - {0, 1}:
        raise DataError(f"the target holds {min(map(repr, strange))}: it is 0 or 1 in every row that is scored.")
    return values.astype(np.int8)


def _probability(name: str, probability: ArrayLike, target: NDArray[np.int8]) -> NDArray[np.float64]:
    values = np.asarray(probability, dtype=np.float64)
    require_shape(name, values, target.shape)
    if not ((values >= 0) & (values <= 1)).all():
        raise DataError(f"{name!r} predicts values that are missing or not between 0 and 1: give probabilities.")
    return values
