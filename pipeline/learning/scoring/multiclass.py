"""Scores of a goal of several classes: by counts of what was taken for what, and a ranking for each class."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import DataError
from pipeline.learning.scoring.binary import Ranking, roc_auc
from pipeline.learning.scoring.scorer import Weights, require_rows, require_shape

TOLERANCE = 1e-4  # by which the probabilities of a row may miss 1 (models that predict float32)


class MulticlassScorer:
    """A model's probabilities of each class; the class that is predicted is the one of the greatest.

    As scikit-learn does, means over classes (`macro`) take the classes that are there or are predicted, a share of
    nothing being 0; balanced accuracy and ROC AUC take those that are there, and ROC AUC those that are not all.

    Parameters
    ----------
    name
        Of the model.
    target
        Shape (rows,): the code of each row's class.
    probability
        Shape (rows, classes), 0 to 1, 1 in each row together.
    classes
        How many there are.

    Raises
    ------
    DataError
        If there are no rows, shapes differ, a code is none, or probabilities are missing or do not add up to 1.
    """

    def __init__(self, name: str, target: ArrayLike, probability: ArrayLike, classes: int) -> None:
        truth = _truth(target, classes)
        values = _probability(name, probability, (len(truth), classes))
        self._classes = classes
        self._pairs = truth * classes + values.argmax(axis=1)
        self._rankings = [Ranking(truth == place, values[:, place]) for place in range(classes)]
        eps = np.finfo(np.float64).eps  # as scikit-learn clips
        self._loss = -np.log(np.clip(values[np.arange(len(truth)), truth], eps, 1 - eps))

    def measure(self, weights: Weights) -> NDArray[np.float64]:
        """Return every metric, with rows weighted."""
        flat = np.bincount(self._pairs, weights=weights, minlength=self._classes**2).astype(np.float64)
        counts = flat.reshape(self._classes, self._classes)
        rows, actual, called, right = counts.sum(), counts.sum(axis=1), counts.sum(axis=0), np.diag(counts)
        known = (actual + called) > 0
        recall, precision, f1 = _shares(right, actual), _shares(right, called), _shares(2 * right, actual + called)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.array(
                [
                    _mean(f1[known]),
                    _mean(recall[actual > 0]),
                    _mean(self._roc_aucs(weights)),
                    (weights * self._loss).sum() / rows,
                    right.sum() / rows,
                    (f1 * actual).sum() / rows,
                    _mean(precision[known]),
                    _mean(recall[known]),
                ]
            )

    def _roc_aucs(self, weights: Weights) -> NDArray[np.float64]:
        found = np.array([roc_auc(*ranking.sums(weights)) for ranking in self._rankings])
        return np.asarray(found[np.isfinite(found)])


def _shares(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else np.nan


def _truth(target: ArrayLike, classes: int) -> NDArray[np.int64]:
    values = require_rows(target)
    if strange := set(pd.unique(values).tolist()) - set(range(classes)):
        wrong = min(map(repr, strange))
        raise DataError(f"the target holds {wrong}: in every row that is scored it is a code from 0 to {classes - 1}.")
    return values.astype(np.int64)


def _probability(name: str, probability: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float64]:
    values = np.asarray(probability, dtype=np.float64)
    require_shape(name, values, shape)
    if not ((values >= 0) & (values <= 1)).all():
        raise DataError(f"{name!r} predicts values that are missing or not between 0 and 1: give probabilities.")
    if not (np.abs(values.sum(axis=1) - 1) <= TOLERANCE).all():
        raise DataError(
            f"{name!r} predicts probabilities that do not add up to 1 in each row: give those of all classes."
        )
    return values
