"""Engines: what reads rows and says something of them, as fast as the model allows, all with the same answers."""

import copy
import importlib.util
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.goal import Goal
from pipeline.serving.coding import Coding
from pipeline.serving.probing import Unclear
from pipeline.serving.rows import Fault, Form, Row

if TYPE_CHECKING:
    from pipeline.data.recipe import Recipe

Said = NDArray[np.float64]
"""Shape (rows,): a probability or a number; of several classes (rows, classes)."""

_LIBRARIES = ("onnxruntime",)


class Engine(Protocol):
    """Reads rows, and says something of what it has read, of one request or of many put together.

    Attributes
    ----------
    is_quick
        Whether that takes less than a thread takes to begin.
    """

    is_quick: bool

    def read(self, rows: Sequence[Row]) -> tuple[list[Any], list[Fault]]:
        """Check rows, and return what `said` takes for each, of use only where there is no fault."""

    def said(self, values: Sequence[Any]) -> Said:
        """Say what the model says."""


class Frames:
    """The model itself, on frames of pandas."""

    is_quick = False

    def __init__(self, form: Form, recipe: "Recipe", model: Any, goal: Goal) -> None:  # noqa: ANN401 - any estimator
        self._form, self._recipe, self._model, self._goal = form, recipe, model, goal

    def read(self, rows: Sequence[Row]) -> tuple[list[Any], list[Fault]]:
        """Check rows; their values are in the order of the form's columns."""
        values, faults = self._form.read(rows)
        return [] if faults else list(zip(*values.values(), strict=True)), faults

    def said(self, values: Sequence[Any]) -> Said:
        """Say what the model says."""
        from pipeline.data import features
        from pipeline.learning import learners

        columns: Mapping[str, Sequence[Any]] = dict(zip(self._form.columns, zip(*values, strict=True), strict=True))
        return learners.predict(self._model, features.apply(self._form.frame(columns), self._recipe), self._goal)


class Graph:
    """A compiled model, or the compiled features of one that is itself behind them.

    Parameters
    ----------
    data
        The graph.
    model
        What reads the columns that the graph prepares; None: the graph is the whole model.

    Raises
    ------
    ImportError
        If ONNX Runtime is not installed.
    """

    def __init__(self, form: Form, recipe: "Recipe", data: bytes, goal: Goal, model: Any = None) -> None:  # noqa: ANN401 - any estimator
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a row takes microseconds
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        self._goal, self._model = goal, model if model is None else parts(model).behind
        self.read, self.is_quick = Coding(form, recipe).read, model is None

    def said(self, values: Sequence[Any]) -> Said:
        """Say what the model says."""
        found: Said = self._session.run(None, {"rows": np.array(values, dtype=np.float64)})[0]
        return found if self._model is None else _behind(self._model, found, self._goal)


def _behind(model: Any, rows: Said, goal: Goal) -> Said:  # noqa: ANN401 - any estimator
    from pipeline.learning import learners

    with learners.silent(), learners.translated(rows):
        return learners.outcome(model, rows, goal)


class Parts(NamedTuple):
    """A model, taken apart.

    Attributes
    ----------
    prepare, learn
        Its two steps.
    curves
        What corrects its probabilities; None where nothing does.
    behind
        All of it but the first step.
    """

    prepare: Any
    learn: Any
    curves: Any
    behind: Any


def parts(model: Any) -> Parts:  # noqa: ANN401 - any estimator
    """Take a model apart that `learning` has made.

    Raises
    ------
    Unclear
        If it is of another form.
    """
    calibrated = hasattr(model, "curves_")
    steps = getattr(model.model if calibrated else model, "steps", ())
    if [name for name, _ in steps] != ["prepare", "learn"]:
        raise Unclear("the model is no pipeline of `prepare` and `learn`")
    prepare, learn = (step for _, step in steps)
    behind = learn
    if calibrated:
        behind = copy.copy(model)
        behind.model = learn
    return Parts(prepare, learn, model.curves_ if calibrated else None, behind)


def is_installed() -> bool:
    """Say whether compiled models can run here."""
    return all(importlib.util.find_spec(name) for name in _LIBRARIES)
