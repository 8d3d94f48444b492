"""What is looked at beside the metrics, for each task: what the headline is made of, calibration, and errors."""

from collections.abc import Callable, Mapping
from typing import Protocol

import pandas as pd
from numpy.typing import ArrayLike

from pipeline.goal import Goal, Task
from pipeline.learning.assessment.binary import BinaryLook
from pipeline.learning.assessment.multiclass import MulticlassLook
from pipeline.learning.assessment.regression import RegressionLook
from pipeline.learning.scoring.scores import Choice

Drawn = Mapping[str, pd.DataFrame]
"""Tables by what they show."""


class Look(Protocol):
    """Tables that figures draw, of a model's predictions for labelled rows."""

    def detail(self, target: ArrayLike, prediction: ArrayLike) -> Drawn:
        """Return what the headline is made of."""

    def calibration(self, target: ArrayLike, prediction: ArrayLike) -> pd.DataFrame:
        """Compare what was predicted with what happened, in bins of about equally many rows.

        Columns: `predicted` and `observed` (means), `low` and `high` (of the observed, 95 %, rows taken as
        independent) and `rows`.
        """

    def errors(self, target: ArrayLike, prediction: ArrayLike, choice: Choice) -> pd.DataFrame:
        """Return how rows were mistaken."""


def of(goal: Goal) -> Look:
    """Return what is looked at for a goal."""
    looks: dict[Task, Callable[[Goal], Look]] = {
        Task.BINARY: BinaryLook,
        Task.MULTICLASS: MulticlassLook,
        Task.REGRESSION: RegressionLook,
    }
    return looks[goal.task](goal)
