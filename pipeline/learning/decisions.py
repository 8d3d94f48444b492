"""Decisions: from probabilities to yes and no, and whether the probabilities mean what they say."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from pipeline.errors import DataError, SettingsError
from pipeline.goal import Goal, Task
from pipeline.learning.crossfit import Held

LEVEL = 0.95  # of every interval
PREDICTED = 0.9  # share of rows whose truth lies within the interval around a predicted number
COSTS = ("false_positive", "false_negative")
POINTS = 400  # of a curve that is drawn
BINS = 10
BINNED = 25  # rows that a bin needs to say something


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


def thresholds(held: Mapping[str, Held], goal: Goal, costs: Mapping[str, float]) -> dict[str, float]:
    """Choose a threshold for each of some models: the cheapest one where costs are stated, else the balanced one.

    Empty outside of binary goals.
    """
    if goal.task is not Task.BINARY:
        return {}
    if costs:
        return {
            name: cheapest_threshold(each.target, each.predicted, costs, each.weight) for name, each in held.items()
        }
    return {name: balanced_threshold(each.target, each.predicted) for name, each in held.items()}


def interval(held: Held, goal: Goal) -> dict[str, float] | None:
    """Return `level` and `half_width` of the intervals of a regression; None for classes."""
    if goal.task is not Task.REGRESSION:
        return None
    return {"level": PREDICTED, "half_width": half_width(held.target - held.predicted, PREDICTED)}


def outcomes(held: Held, goal: Goal, threshold: float | None) -> pd.DataFrame:
    """Show held-out predictions beside the truth: counts by class, or the quantiles of numbers."""
    if threshold is not None:
        return confusion(held.target, held.predicted, threshold)
    if goal.task is Task.REGRESSION:
        shown = {"truth": held.target, "predicted": held.predicted, "error": held.predicted - held.target}
        return pd.DataFrame(shown).quantile([0.05, 0.25, 0.5, 0.75, 0.95]).rename_axis(index="quantile")
    names = pd.Categorical(np.asarray(goal.classes, dtype=str)).categories
    said = [str(goal.classes[place]) for place in held.predicted.argmax(axis=1)]
    truth = [str(goal.classes[place]) for place in held.target]
    return pd.crosstab(
        pd.Categorical(truth, names), pd.Categorical(said, names), rownames=["actual"], colnames=["predicted"]
    )


def cheapest_threshold(
    target: ArrayLike, probability: ArrayLike, costs: Mapping[str, float], weight: ArrayLike | None = None
) -> float:
    """Choose the probability from which on rows count as positive, so that wrong decisions cost least in all.

    Give it rows that the model was not trained on and that it is not judged on: out-of-fold predictions. Of equally
    cheap ones it is the highest; 1 where it is cheapest to call no row positive.

    Parameters
    ----------
    target, probability, weight
        Shape (rows,): 0 or 1, 0 to 1, and how much each row counts (None: all the same).
    costs
        `false_positive` and `false_negative`: what one of each costs, above 0, in any unit.

    Raises
    ------
    SettingsError
        If the costs are not these two, or not above 0.
    """
    check_costs(costs)
    truth, values = np.asarray(target), np.asarray(probability, dtype=np.float64)
    each = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    # What is saved by calling a row positive, from the most probable one down; ties are called so together.
    saved = np.where(truth == 1, costs["false_negative"], -costs["false_positive"]) * each
    gains, ends = np.cumsum(saved[order]), np.append(np.diff(values[order]) != 0, True)
    best = int(np.argmax(np.where(ends, gains, -np.inf)))
    return float(values[order][best]) if gains[best] > 0 else 1.0


def check_costs(costs: Mapping[str, float]) -> None:
    """Check what wrong decisions cost.

    Raises
    ------
    SettingsError
        If the costs are not `false_positive` and `false_negative`, or not above 0.
    """
    if set(costs) != set(COSTS) or any(not np.isfinite(each) or each <= 0 for each in costs.values()):
        raise SettingsError(
            f"`costs` in [tool.pipeline.evaluation] is {dict(costs)}: it names what a {COSTS[0]} and what a {COSTS[1]} "
            "costs, numbers above 0 in any unit, such as { false_positive = 1, false_negative = 5 }."
        )


def half_width(errors: ArrayLike, level: float) -> float:
    """Return how far from a prediction the truth lies in at most a share `level` of rows (split conformal).

    The smallest of the errors that at least (rows + 1) * level of them do not exceed: then the truth of another row of
    the same kind lies within it with a probability of at least `level` (Lei et al. 2018, theorem 2.2).

    Parameters
    ----------
    errors
        Shape (rows,): of predictions for rows that were not learnt from.
    level
        Above 0, below 1.
    """
    sizes = np.sort(np.abs(np.asarray(errors, dtype=np.float64)))
    place = int(np.ceil((len(sizes) + 1) * level))
    return float(sizes[min(place, len(sizes)) - 1])


def confusion(target: ArrayLike, probability: ArrayLike, threshold: float) -> pd.DataFrame:
    """Count rows by what they are (index 0, 1) and what they are predicted to be from a threshold up (columns 0, 1)."""
    flagged = np.asarray(probability) >= threshold
    counts = confusion_matrix(np.asarray(target), flagged.astype(int), labels=[0, 1])
    return pd.DataFrame(counts, index=pd.Index([0, 1], name="actual"), columns=pd.Index([0, 1], name="predicted"))


def bins(rows: int) -> int:
    """Return in how many bins of about equally many rows predictions are looked at: ten, fewer where rows are few."""
    return max(1, min(BINS, rows // BINNED))


def reliability(target: ArrayLike, probability: ArrayLike) -> pd.DataFrame:
    """Compare predicted probabilities with what happened, in bins of about equally many rows.

    Columns: `predicted` (mean), `observed` (share of positives), `low` and `high` (its Wilson interval of 95 %; Wilson
    1927) and `rows`. The intervals take rows as independent: where rows of one day err together they are too narrow.
    Equal probabilities fall into one bin, so there can be fewer bins.
    """
    frame = pd.DataFrame({"target": np.asarray(target), "probability": np.asarray(probability, dtype=np.float64)})
    places = (frame["probability"].rank(method="average") - 0.5) / len(frame)  # between 0 and 1
    table = frame.groupby(np.floor(places * bins(len(frame)))).agg(
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


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> pd.DataFrame:
    kept = np.unique(np.linspace(0, len(x) - 1, num=min(POINTS, len(x))).round().astype(int))
    return pd.DataFrame({"x": x[kept], "y": y[kept]})
