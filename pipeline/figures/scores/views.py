"""Owns which figures show the predictions of each task; what they draw comes as tables. Computes nothing."""

from typing import TYPE_CHECKING, Protocol

from pipeline.figures.scores.binary import BinaryView
from pipeline.figures.scores.multiclass import MulticlassView
from pipeline.figures.scores.regression import RegressionView
from pipeline.figures.style import Sheet
from pipeline.goal import Goal, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Drawn = Mapping[str, pd.DataFrame]
    Estimates = Mapping[str, Mapping[str, float]]


class View(Protocol):
    """Figures of a model's predictions. Each says what is to be seen in its title."""

    def detail(self, found: "Mapping[str, Drawn]", metrics: "Mapping[str, Estimates]") -> Sheet:
        """Draw what the headline is made of, by model (the first is the own one), beside their metrics."""

    def calibration(self, table: "pd.DataFrame", prediction: "NDArray[np.float64]") -> Sheet:
        """Draw what happened against what was predicted, and how often each value is predicted."""

    def errors(self, table: "pd.DataFrame", metrics: "Estimates") -> Sheet:
        """Draw how rows were mistaken."""


def of(goal: Goal, target: str) -> View:
    """Return the figures for a goal.

    Parameters
    ----------
    goal
        What is predicted.
    target
        The column that is.
    """
    views: dict[Task, Callable[[Goal, str], View]] = {
        Task.BINARY: BinaryView,
        Task.MULTICLASS: MulticlassView,
        Task.REGRESSION: RegressionView,
    }
    return views[goal.task](goal, target)
