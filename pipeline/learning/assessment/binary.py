"""Looks at the predictions of a binary goal: curves of ranking, reliability, and decisions at a threshold."""

from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike

from pipeline.goal import Goal
from pipeline.learning import decisions
from pipeline.learning.scoring.scores import Choice


@dataclass(frozen=True)
class BinaryLook:
    """Tables of a model's probabilities."""

    goal: Goal

    def detail(self, target: ArrayLike, prediction: ArrayLike) -> dict[str, pd.DataFrame]:
        """Return the curves `roc` and `precision`, each with columns `x` and `y`."""
        return decisions.curves(target, prediction)

    def calibration(self, target: ArrayLike, prediction: ArrayLike) -> pd.DataFrame:
        """Compare predicted probabilities with the share of positives."""
        return decisions.reliability(target, prediction)

    def errors(self, target: ArrayLike, prediction: ArrayLike, choice: Choice) -> pd.DataFrame:
        """Count rows by what they are (index) and what they are predicted to be (columns) at the threshold."""
        counts = decisions.confusion(target, prediction, choice)  # type: ignore[arg-type] # a binary model has a threshold
        labels = [str(label) for label in self.goal.classes]
        return counts.set_axis(pd.Index(labels, name="actual")).set_axis(pd.Index(labels, name="predicted"), axis=1)
