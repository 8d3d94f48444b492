"""The metrics of a binary classifier: their names, their ranges, and which way is better. Imports nothing heavy."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What a number called so means.

    Attributes
    ----------
    title
        For people.
    better
        +1 where more is better, -1 where less is.
    high
        The greatest possible value; the least is 0 for all of them.
    """

    title: str
    better: int = 1
    high: float = 1.0

    @property
    def directed(self) -> str:
        """Its title, with the way that is better."""
        return f"{self.title} ({'more' if self.better > 0 else 'less'} is better)"


METRICS: dict[str, Metric] = {
    "roc_auc": Metric(title="ROC AUC"),
    "average_precision": Metric(title="average precision"),
    "log_loss": Metric(title="log loss", better=-1, high=inf),
    "brier": Metric(title="Brier score", better=-1),
    "accuracy": Metric(title="accuracy"),
    "precision": Metric(title="precision"),
    "recall": Metric(title="recall"),
    "f1": Metric(title="F1"),
}
"""Ranking first, then probabilities, then decisions at a threshold."""
