"""A network that Keras 3 trains through its scikit-learn wrapper (extra `keras`). The one importer of keras."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from pipeline.goal import Goal
from pipeline.learning import perceptron
from pipeline.learning.perceptron import Layers
from pipeline.learning.spans import Span, Value

if TYPE_CHECKING:
    import pandas as pd


def make(features: "pd.DataFrame", goal: Goal, *, seed: int = 0, **params: Value) -> Pipeline:
    """Make a network, `seed` for its first weights and the order of rows."""
    _needed()
    kind = perceptron.kind(goal, KerasClassifier, KerasRegressor)
    return perceptron.pipeline(kind, features, goal, {"seed": seed, **params})


def defaults(rows: int, goal: Goal) -> dict[str, Value]:  # noqa: ARG001 - the same for all
    """Return what a search tries first."""
    return perceptron.defaults()


def space(rows: int, goal: Goal) -> Mapping[str, Span]:  # noqa: ARG001 - the same for all
    """Return where a search looks."""
    return perceptron.space()


class _Keras:
    """How Keras trains a network."""

    hidden: int
    layers: int
    learning_rate: float
    epochs: int
    batch: int
    seed: int

    def _train(
        self, rows: NDArray[np.float32], target: NDArray[Any], weight: NDArray[np.float32], outputs: int
    ) -> Layers:
        import keras
        from keras.wrappers import SKLearnClassifier, SKLearnRegressor

        keras.utils.set_random_seed(self.seed)
        # What `fit` takes stands here, and not in the wrapper: a clone of that loses its fit_kwargs (keras 3.15.1).
        asked = {"epochs": self.epochs, "batch_size": self.batch, "verbose": 0, "sample_weight": weight}
        wrapper = (SKLearnClassifier if outputs > 1 else SKLearnRegressor)(self._build)
        found = wrapper.fit(rows, target, **asked).model_.get_weights()
        return list(zip(found[::2], found[1::2], strict=True))

    def _build(self, X: Any, y: Any) -> Any:  # noqa: ANN401, N803 - names that the wrapper gives; y is one-hot
        import keras

        outputs = y.shape[1] if y.ndim > 1 else 1
        inner = [keras.layers.Dense(self.hidden, activation="relu") for _ in range(self.layers)]
        model = keras.Sequential([keras.Input(X.shape[1:]), *inner, keras.layers.Dense(outputs)])
        loss = keras.losses.CategoricalCrossentropy(from_logits=True) if outputs > 1 else "mse"
        model.compile(keras.optimizers.Adam(self.learning_rate), loss)
        return model


class KerasClassifier(_Keras, perceptron.Classifier):
    """Classes, by Keras."""


class KerasRegressor(_Keras, perceptron.Regressor):
    """Numbers, by Keras."""


def _needed() -> None:
    os.environ.setdefault("KERAS_BACKEND", "torch")  # what the extra brings
    try:
        import keras  # noqa: F401 - is it there?
    except ImportError as error:
        raise perceptron.missing("keras", error) from error
