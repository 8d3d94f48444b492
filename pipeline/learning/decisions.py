"""Decisions: from probabilities to yes and no, and whether the probabilities mean what they say."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from pipeline.errors import DataError

LEVEL = 0.95  # of every interval
POINTS = 400  # of a curve that is drawn


def balanced_threshold(target: ArrayLike, probability: ArrayLike) -> float:
    """Choose the probability from which on rows count as positive, so that as many do as are: precision equals recall.

    Unlike the threshold of greatest F1 it stays sensible for a weak model, for which calling nearly everything positive
    is best. Give it rows that the model was not trained on and that it is not judged on: out-of-fold predictions.

    Parameters
    ----------
    target, probability
        Shape (rows,), 0 or 1, and 0 to 1.

    Raises
    ------
    DataError
        If no row is positive.
    """
    truth, values = np.asarray(target), np.asarray(probability, dtype=np.float64)
    positive = int(truth.sum())
    if not positive:
        raise DataError("a threshold cannot be chosen: no row is positive. Choose it on more rows.")
    return float(np.partition(values, -positive)[-positive])


def confusion(target: ArrayLike, probability: ArrayLike, threshold: float) -> pd.DataFrame:
    """Count rows by what they are (index 0, 1) and what they are predicted to be from a threshold up (columns 0, 1)."""
    flagged = np.asarray(probability) >= threshold
    counts = confusion_matrix(np.asarray(target), flagged.astype(int), labels=[0, 1])
    return pd.DataFrame(counts, index=pd.Index([0, 1], name="actual"), columns=pd.Index([0, 1], name="predicted"))


def reliability(target: ArrayLike, probability: ArrayLike, bins: int = 10) -> pd.DataFrame:
    """Compare predicted probabilities with what happened, in bins of about equally many rows.

    Columns: `predicted` (mean), `observed` (share of positives), `low` and `high` (its Wilson interval of 95 %; Wilson
    1927) and `rows`. The intervals take rows as independent: where rows of one day err together they are too narrow.
    Equal probabilities fall into one bin, so there can be fewer bins.
    """
    frame = pd.DataFrame({"target": np.asarray(target), "probability": np.asarray(probability, dtype=np.float64)})
    places = (frame["probability"].rank(method="average") - 0.5) / len(frame)  # between 0 and 1
    table = frame.groupby(np.floor(places * bins)).agg(
        predicted=("probability", "mean"), observed=("target", "mean"), hits=("target", "sum"), rows=("target", "size")
    )
    ends = [wilson(int(hits), int(rows)) for hits, rows in zip(table["hits"], table["rows"], strict=True)]
    table["low"], table["high"] = [low for low, _ in ends], [high for _, high in ends]
    return table[["predicted", "observed", "low", "high", "rows"]].reset_index(drop=True)


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """Return the Wilson score interval of 95 % of a share (Wilson 1927).

    >>> [round(end, 3) for end in wilson(5, 10)]
    [0.237, 0.763]
    """
    found = binomtest(hits, rows).proportion_ci(confidence_level=LEVEL, method="wilson")
    return float(found.low), float(found.high)


def curves(target: ArrayLike, probability: ArrayLike) -> dict[str, pd.DataFrame]:
    """Return the curves to draw: `roc` (recall over false positive rate) and `precision` (precision over recall).

    Each has columns `x` and `y` and at most 400 points, the ends among them.
    """
    false, true, _ = roc_curve(target, probability)
    precision, recall, _ = precision_recall_curve(target, probability, drop_intermediate=True)
    # The last point (recall 0, precision 1) is a convention of scikit-learn: no threshold reaches it.
    return {"roc": _thinned(false, true), "precision": _thinned(recall[:-1], precision[:-1])}


def recall_at(curves: dict[str, pd.DataFrame], false: float) -> float:
    """Read off `curves` which share of the positives is found where this share of the negatives raises an alarm."""
    return float(np.interp(false, curves["roc"]["x"], curves["roc"]["y"]))


def golden(features: pd.DataFrame, probability: ArrayLike, rows: int = 20) -> pd.DataFrame:
    """Pick rows whose predictions spread evenly from the lowest to the highest: by them a copy of a model is known."""
    order = np.argsort(np.asarray(probability), kind="stable")
    picked = np.unique(np.linspace(0, len(order) - 1, num=min(rows, len(order))).round().astype(int))
    return features.iloc[np.sort(order[picked])].reset_index(drop=True)


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> pd.DataFrame:
    kept = np.unique(np.linspace(0, len(x) - 1, num=min(POINTS, len(x))).round().astype(int))
    return pd.DataFrame({"x": x[kept], "y": y[kept]})
