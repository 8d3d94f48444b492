"""Owns the small network that PyTorch or Keras trains: what it is, and how it predicts, with numpy alone.

A fitted network is arrays: it is stored without a pickle and without a format of the library that trained it, and what
serves it needs neither.
"""

from abc import abstractmethod
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.pipeline import Pipeline

from pipeline.errors import SettingsError
from pipeline.goal import Goal, Task
from pipeline.learning.preparing import scaled
from pipeline.learning.spans import Span, Value

if TYPE_CHECKING:
    import pandas as pd

Layers = list[tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Of each layer the weights, shape (inputs, outputs), and the biases, shape (outputs,)."""


_ALONE = Lock()  # these libraries draw from one source of chance for the whole process: fits at one time would mix


class Perceptron(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A network of fully connected layers with rectified linear units between them.

    Parameters
    ----------
    hidden, layers
        Units of a hidden layer, and how many of these there are; 1 and up.
    learning_rate, epochs, batch
        Of Adam: the step, how often it sees each row, and how many rows at once.
    seed
        Of the first weights and of the order of rows.
    """

    def __init__(  # noqa: PLR0913 - parameters of an estimator stand in its constructor
        self,
        *,
        hidden: int = 64,
        layers: int = 1,
        learning_rate: float = 0.003,
        epochs: int = 30,
        batch: int = 128,
        seed: int = 0,
    ) -> None:
        self.hidden, self.layers = hidden, layers
        self.learning_rate, self.epochs, self.batch, self.seed = learning_rate, epochs, batch, seed

    @abstractmethod
    def _train(
        self, rows: NDArray[np.float32], target: NDArray[Any], weight: NDArray[np.float32], outputs: int
    ) -> Layers:
        """Train a network: on codes of classes where it has several outputs, on numbers where it has one."""

    def _forward(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Return what the last layer says, shape (rows, outputs)."""
        found = np.asarray(rows, dtype=np.float64)
        for weights, biases in self.layers_[:-1]:
            found = np.maximum(found @ weights + biases, 0.0)
        weights, biases = self.layers_[-1]
        return np.asarray(found @ weights + biases)

    def _learn(self, rows: ArrayLike, target: NDArray[Any], weight: ArrayLike | None, outputs: int) -> None:
        given = np.asarray(rows, dtype=np.float32)
        each = np.ones(len(given)) if weight is None else np.asarray(weight, dtype=np.float64)
        self.n_features_in_ = given.shape[1]
        with _ALONE:
            found = self._train(given, target, (each / each.mean()).astype(np.float32), outputs)
        self.layers_ = [tuple(np.asarray(part, dtype=np.float64) for part in layer) for layer in found]


class Classifier(ClassifierMixin, Perceptron):  # type: ignore[misc] # scikit-learn has no types
    """A network that gives each class a probability."""

    def fit(self, rows: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on rows of shape (rows, columns) and their classes."""
        self.classes_, codes = np.unique(np.asarray(target), return_inverse=True)
        self._learn(rows, codes.astype(np.int64), sample_weight, len(self.classes_))
        return self

    def predict_proba(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, shape (rows, classes)."""
        scores = self._forward(rows)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def predict(self, rows: ArrayLike) -> NDArray[Any]:
        """Return the likeliest class of each row."""
        return np.asarray(self.classes_[self.predict_proba(rows).argmax(axis=1)])


class Regressor(RegressorMixin, Perceptron):  # type: ignore[misc] # scikit-learn has no types
    """A network that gives a number; it learns the target scaled to mean 0 and spread 1."""

    def fit(self, rows: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on rows of shape (rows, columns) and their numbers."""
        values = np.asarray(target, dtype=np.float64)
        self.middle_, self.spread_ = float(values.mean()), float(values.std()) or 1.0
        self._learn(rows, ((values - self.middle_) / self.spread_).astype(np.float32), sample_weight, 1)
        return self

    def predict(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Return a number for each row."""
        return np.asarray(self._forward(rows)[:, 0] * self.spread_ + self.middle_)


def pipeline(kind: type[Perceptron], features: "pd.DataFrame", goal: Goal, params: dict[str, Any]) -> Pipeline:
    """Put a network behind scaled, dense columns."""
    prepare = scaled(features, goal, int(params["seed"]), dense=True)
    return Pipeline([("prepare", prepare), ("learn", kind(**params))])


def space() -> dict[str, Span]:
    """Return where a search looks."""
    return {
        "hidden": Span(low=16, high=128, scale="log"),
        "layers": Span(low=1, high=3),
        "learning_rate": Span(low=0.0005, high=0.02, scale="log"),
        "epochs": Span(low=5, high=60, scale="log"),
    }


def defaults() -> dict[str, Value]:
    """Return what a search tries first."""
    return {"hidden": 64, "layers": 1, "learning_rate": 0.003, "epochs": 30}


def kind(goal: Goal, classifier: type[Classifier], regressor: type[Regressor]) -> type[Classifier | Regressor]:
    """Return which of the two a goal asks for."""
    return regressor if goal.task is Task.REGRESSION else classifier


def missing(learner: str, error: ImportError) -> SettingsError:
    """Say that the library of a learner is not installed."""
    return SettingsError(
        f"the learner {learner!r} needs a library that is not installed ({error}). "
        f"Install it (`pip install 'stagebook[{learner}]'`), or set `learner` in [tool.pipeline.learning] to another."
    )
