"""Looks at the predictions of several classes: each class by itself, reliability, and what is taken for what."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.goal import Goal
from pipeline.learning import decisions
from pipeline.learning.scoring.scores import Choice

MOST = 20  # classes that are told apart; the rarest others stand together
OTHER = "(others)"


@dataclass(frozen=True)
class MulticlassLook:
    """Tables of a model's probabilities of each class."""

    goal: Goal

    def detail(self, target: ArrayLike, prediction: ArrayLike) -> dict[str, pd.DataFrame]:
        """Return how well each class is found: `recall` (of its rows) and `precision` (of those called so).

        Each is indexed by class, the most frequent first: `value`, `low` and `high` (Wilson, 95 %) and `rows`.
        """
        counts = self.errors(target, prediction, None)
        right = pd.Series(np.diag(counts), index=counts.index)
        return {"recall": _shares(right, counts.sum(axis=1)), "precision": _shares(right, counts.sum(axis=0))}

    def calibration(self, target: ArrayLike, prediction: ArrayLike) -> pd.DataFrame:
        """Compare the probability of the class that was predicted with how often it was right (top-label reliability).

        Guo et al. 2017: "On calibration of modern neural networks".
        """
        probability = np.asarray(prediction, dtype=np.float64)
        right = np.asarray(target) == probability.argmax(axis=1)
        return decisions.reliability(right.astype(np.int8), probability.max(axis=1))

    def errors(self, target: ArrayLike, prediction: ArrayLike, choice: Choice) -> pd.DataFrame:
        """Count rows by their class (index) and the predicted one (columns).

        Of more than 20 classes the 19 most frequent are told apart. A mistake of one of the others for another is
        then on the diagonal, and no mistake.
        """
        del choice  # the greatest probability decides
        called = np.asarray(prediction).argmax(axis=1)
        codes = np.asarray(target, dtype=np.int64)
        classes = len(self.goal.classes)
        counts = np.bincount(codes * classes + called, minlength=classes**2).reshape(classes, classes)
        return _grouped(counts, [str(label) for label in self.goal.classes])


def _grouped(counts: NDArray[np.int64], labels: list[str]) -> pd.DataFrame:
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    kept, rest = (order, order[:0]) if len(order) <= MOST else (order[: MOST - 1], order[MOST - 1 :])
    places = np.empty(len(order), dtype=np.intp)
    places[kept], places[rest] = np.arange(len(kept)), len(kept)
    names = [labels[place] for place in kept] + ([f"{OTHER[:-1]}: {len(rest)})"] if len(rest) else [])
    table = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(table, (places[:, None], places[None, :]), counts)
    return pd.DataFrame(table, index=pd.Index(names, name="actual"), columns=pd.Index(names, name="predicted"))


def _shares(right: "pd.Series[int]", rows: "pd.Series[int]") -> pd.DataFrame:
    ends = [
        decisions.wilson(int(hits), int(of)) if of else (np.nan, np.nan) for hits, of in zip(right, rows, strict=True)
    ]
    return pd.DataFrame(
        {
            "value": right / rows.where(rows > 0),
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
            "rows": rows,
        },
        index=right.index,
    )
