"""A network that PyTorch trains through skorch (extra `torch`). The one importer of torch and skorch."""

from collections.abc import Mapping
from itertools import pairwise
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
    kind = perceptron.kind(goal, TorchClassifier, TorchRegressor)
    return perceptron.pipeline(kind, features, goal, {"seed": seed, **params})


def defaults(rows: int, goal: Goal) -> dict[str, Value]:  # noqa: ARG001 - the same for all
    """Return what a search tries first."""
    return perceptron.defaults()


def space(rows: int, goal: Goal) -> Mapping[str, Span]:  # noqa: ARG001 - the same for all
    """Return where a search looks."""
    return perceptron.space()


class _Torch:
    """How PyTorch trains a network."""

    hidden: int
    layers: int
    learning_rate: float
    epochs: int
    batch: int
    seed: int

    def _train(
        self, rows: NDArray[np.float32], target: NDArray[Any], weight: NDArray[np.float32], outputs: int
    ) -> Layers:
        import torch

        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # as every fit here: on several, sums differ in their last digits
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self.seed)
                net = self._net(rows.shape[1], outputs)
                net.fit({"rows": rows, "weight": weight}, target)
        finally:
            torch.set_num_threads(threads)
        return [_arrays(each) for each in net.module_.body if hasattr(each, "weight")]

    def _net(self, inputs: int, outputs: int) -> Any:  # noqa: ANN401 - skorch has no types
        import torch
        from skorch import NeuralNet

        class Weighted(NeuralNet):  # type: ignore[misc] # skorch has no types
            """Rows count as much as they weigh."""

            def get_loss(self, y_pred: Any, y_true: Any, X: Any = None, training: bool = False) -> Any:  # noqa: ANN401, N803, FBT001, FBT002, ARG002 - skorch's own signature
                found = y_pred if outputs > 1 else y_pred[:, 0]
                return (self.criterion_(found, y_true) * X["weight"]).mean()

        return Weighted(
            _module(inputs, self.hidden, self.layers, outputs),
            criterion=torch.nn.CrossEntropyLoss if outputs > 1 else torch.nn.MSELoss,
            criterion__reduction="none",
            optimizer=torch.optim.Adam,
            lr=self.learning_rate,
            max_epochs=self.epochs,
            batch_size=self.batch,
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
        )


class TorchClassifier(_Torch, perceptron.Classifier):
    """Classes, by PyTorch."""


class TorchRegressor(_Torch, perceptron.Regressor):
    """Numbers, by PyTorch."""


def _module(inputs: int, hidden: int, layers: int, outputs: int) -> Any:  # noqa: ANN401 - a module of torch
    from torch import nn

    class Body(nn.Module):  # type: ignore[misc] # torch may not be there
        """Layers one after another; the weights of rows are for the loss."""

        def __init__(self) -> None:
            super().__init__()
            widths = [inputs, *[hidden] * layers]
            steps = [part for low, high in pairwise(widths) for part in _layer(low, high)]
            self.body = nn.Sequential(*steps, nn.Linear(widths[-1], outputs))

        def forward(self, rows: Any, weight: Any) -> Any:  # noqa: ANN401, ARG002 - tensors
            return self.body(rows)

    return Body()


def _layer(inputs: int, outputs: int) -> tuple[Any, Any]:
    from torch import nn

    return nn.Linear(inputs, outputs), nn.ReLU()


def _arrays(layer: Any) -> tuple[NDArray[Any], NDArray[Any]]:  # noqa: ANN401 - a layer of torch
    return layer.weight.detach().numpy().T.copy(), layer.bias.detach().numpy().copy()


def _needed() -> None:
    try:
        import skorch  # noqa: F401 - is it there?
        import torch  # noqa: F401 - is it there?
    except ImportError as error:
        raise perceptron.missing("torch", error) from error
