"""Calibration: probabilities that mean what they say, corrected where rows that were not learnt from show the need."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from pipeline.goal import Goal, Task
from pipeline.learning.crossfit import Held

NONE, AUTO = "none", "auto"
METHODS = ("sigmoid", "isotonic")
_PAIR = 2
LEAST = 1e-6  # of a probability whose logarithm is taken
_SURE = 2.0  # standard errors that a gain must exceed
_WORTH = 0.005  # share of the log loss that it must be
_FREE = 1_000  # rows, and a tenth of it of each class, below which a curve of any form follows chance (Niculescu 2005)


class Calibrated(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A fitted classifier whose probabilities are corrected, each class by a curve of its own.

    Parameters
    ----------
    model
        A fitted classifier.
    method
        `sigmoid`: a line through log-odds (Platt 1999). `isotonic`: any rising steps (Zadrozny & Elkan 2002).
    """

    def __init__(self, model: Any, method: str) -> None:  # noqa: ANN401 - any classifier
        self.model, self.method = model, method

    def fit(self, target: ArrayLike, predicted: NDArray[np.float64], weight: ArrayLike | None = None) -> Self:
        """Fit the curves to what the model says of rows that it has not learnt from.

        Parameters
        ----------
        target
            Shape (rows,), codes of classes.
        predicted
            Shape (rows,) of two classes (the second's probability), else (rows, classes).
        """
        self.classes_ = np.asarray(self.model.classes_)
        truth, shares = np.asarray(target), predicted if predicted.ndim > 1 else predicted[:, None]
        classes = [1] if predicted.ndim == 1 else range(shares.shape[1])
        self.curves_ = [
            _curve(self.method, truth == each, shares[:, place], weight) for place, each in enumerate(classes)
        ]
        return self

    def correct(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Correct probabilities in the form that `fit` was given them in."""
        shares = predicted if predicted.ndim > 1 else predicted[:, None]
        found = np.column_stack([_read(curve, shares[:, place]) for place, curve in enumerate(self.curves_)])
        return found[:, 0] if predicted.ndim == 1 else np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict_proba(self, rows: Any) -> NDArray[np.float64]:  # noqa: ANN401 - what the model reads
        """Return the probability of each class, shape (rows, classes)."""
        said = np.asarray(self.model.predict_proba(rows), dtype=np.float64)
        if len(self.curves_) > 1:
            return self.correct(said)
        positive = self.correct(said[:, 1])
        return np.column_stack([1 - positive, positive])

    def predict(self, rows: Any) -> NDArray[Any]:  # noqa: ANN401 - what the model reads
        """Return the likeliest class of each row."""
        return np.asarray(self.classes_[self.predict_proba(rows).argmax(axis=1)])


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which correction is made, and what each would come to.

    Attributes
    ----------
    method
        `none`, `sigmoid` or `isotonic`.
    losses
        By method the log loss of predictions that were corrected by curves of other folds; less is better.
    """

    method: str
    losses: dict[str, float]


def choose(held: Held, goal: Goal, wanted: str) -> Choice:
    """Choose how probabilities are corrected; where it is not said, as the held-out rows show it to be of use.

    The curves that are judged on a fold are fitted to all others. A correction has to lower the log loss by more than
    twice the standard error of that gain, and by half a percent: else none is made. Steps of any form are only tried
    where there are rows enough.

    Parameters
    ----------
    held
        Predictions for rows that were not learnt from.
    goal
        What they predict; numbers are no probabilities, and not corrected.
    wanted
        `auto`, `none`, `sigmoid` or `isotonic`.
    """
    if goal.task is Task.REGRESSION:
        return Choice(method=NONE, losses={})
    tried = METHODS if _many(held) or wanted == METHODS[1] else METHODS[:1]
    losses = {NONE: _losses(held.target, held.predicted)}
    losses |= {method: _losses(held.target, _crossed(held, method)) for method in tried}
    means = {method: float(np.average(each, weights=held.weight)) for method, each in losses.items()}
    if wanted != AUTO:
        return Choice(method=wanted, losses=means)
    best = min(tried, key=lambda method: means[method])
    gains = losses[NONE] - losses[best]
    error = float(gains.std(ddof=1)) / np.sqrt(len(gains))
    gain = means[NONE] - means[best]
    worth = gain > _SURE * error and gain > _WORTH * means[NONE]
    return Choice(method=best if worth else NONE, losses=means)


def corrected(model: Any, held: Held, method: str) -> Any:  # noqa: ANN401 - any classifier
    """Return the model with its correction, fitted to held-out predictions of its like; the model itself for `none`."""
    return model if method == NONE else Calibrated(model, method).fit(held.target, held.predicted, held.weight)


def restated(held: Held, method: str) -> Held:
    """Return held-out predictions as the corrected model would have made them."""
    return held if method == NONE else replace(held, predicted=_curves(held, method).correct(held.predicted))


def _crossed(held: Held, method: str) -> NDArray[np.float64]:
    """Correct each fold by curves that are fitted to the others."""
    found = np.empty_like(held.predicted)
    for number in np.unique(held.fold):
        found[held.fold == number] = _curves(held.only(held.fold != number), method).correct(
            held.only(held.fold == number).predicted
        )
    return found


def _curves(held: Held, method: str) -> Calibrated:
    like = _Classes(2 if held.predicted.ndim == 1 else held.predicted.shape[1])
    return Calibrated(like, method).fit(held.target, held.predicted, held.weight)


class _Classes:
    """Stands for a model where only its classes are asked for."""

    def __init__(self, count: int) -> None:
        self.classes_ = range(count)


def _curve(method: str, hit: NDArray[np.bool_], shares: NDArray[np.float64], weight: ArrayLike | None) -> Any:  # noqa: ANN401 - an estimator
    if method == "isotonic":
        least = 1 / (len(hit) + _PAIR)  # nothing is certain
        curve = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
        return curve.fit(shares, hit.astype(np.float64), sample_weight=weight)
    if hit.all() or not hit.any():  # a class that is not there: its probabilities stay near what they are
        hit, shares, weight = np.array([False, True]), np.array([0.25, 0.75]), None
    return LogisticRegression(C=1e6).fit(_odds(shares), hit, sample_weight=weight)


def _read(curve: Any, shares: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ANN401 - an estimator
    if isinstance(curve, IsotonicRegression):
        return np.asarray(curve.predict(shares))
    return np.asarray(curve.predict_proba(_odds(shares))[:, 1])


def _odds(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(shares, LEAST, 1 - LEAST)
    return np.asarray(np.log(kept / (1 - kept)))[:, None]


def _many(held: Held) -> bool:
    counts = np.unique(held.target, return_counts=True)[1]
    return len(held.target) >= _FREE and bool(counts.min() >= _FREE / 10)


def _losses(target: NDArray[Any], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log loss of each row."""
    if predicted.ndim == 1:
        said = np.where(target == 1, predicted, 1 - predicted)
    else:
        said = predicted[np.arange(len(target)), target]
    return np.asarray(-np.log(np.maximum(said, LEAST)))
