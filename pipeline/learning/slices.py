"""Slices: how well a model does on parts of the rows, and which of them it serves worse, chance being accounted for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t

from pipeline.goal import Goal
from pipeline.learning import metrics, predictions
from pipeline.learning.groups import by_group
from pipeline.learning.metrics import METRICS
from pipeline.learning.scoring.resampling import Resampling, interval
from pipeline.learning.scoring.scorer import Scorer, Weights
from pipeline.learning.scoring.scores import DEFINED, LEVEL, Choice, scorer
from pipeline.learning.slicing import slices

FEWEST = 30  # rows that a slice needs before it can be called worse
_KEYS = ["column", "slice"]


@dataclass(frozen=True, kw_only=True)
class Sliced:
    """One model's predictions for rows that are sliced.

    Attributes
    ----------
    goal
        What is predicted.
    target, prediction, choice
        As in `pipeline.learning.scoring.scores.scorer`.
    """

    goal: Goal
    target: NDArray[Any]
    prediction: NDArray[np.float64]
    choice: Choice

    def part(self, rows: NDArray[np.intp]) -> "Sliced":
        """Return some of the rows."""
        return replace(self, target=self.target[rows], prediction=self.prediction[rows])

    def measure(self, weights: Weights) -> NDArray[np.float64]:
        """Return every metric."""
        return self.scorer().measure(weights)

    def scorer(self) -> Scorer:
        """Look at the predictions once."""
        return scorer(self.goal, "model", self.target, self.prediction, self.choice)

    @property
    def means(self) -> dict[str, float]:
        """What happened and what was predicted, on average."""
        truth, said = predictions.outcomes(self.goal, self.target, self.prediction)
        return {"observed": float(truth.mean()), "predicted": float(said.mean())}


def slice_table(  # noqa: PLR0913 - what is sliced, and what `bootstrap` takes
    goal: Goal,
    table: pd.DataFrame,
    by: Iterable[str],
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    choice: Choice = None,
    resampling: Resampling,
) -> pd.DataFrame:
    """Score a model on the slices of each column, and say where it is worse than on all rows.

    Values and gaps are MetricFrame's; intervals are our own, since its bootstrap knows no units. A slice is compared
    with all rows on the same resamples. The p value is one-sided by Student's t, with the standard error of the
    bootstrap: shares of resamples are too coarse to be adjusted for many slices (Holm 1979). That error is uncertain,
    as the slice has few units and as resamples are few: its degrees of freedom are of both (Satterthwaite 1946).

    Parameters
    ----------
    table, by
        Rows, and the columns to slice them by, as in `slicing.slices`.
    goal, target, prediction, choice, resampling
        Of one model, as in `scores.bootstrap`.

    Returns
    -------
    pandas.DataFrame
        A row for each slice and metric: `column`, `slice`, `rows`, `observed` and `predicted` (means, as in
        `predictions.outcomes`), `metric`, `value`, `low`, `high`, `gap` (between the best and the worst slice of the
        column), and for the metric of `metrics.by_slice` `error` (standard error of the difference to all rows), `p`,
        `adjusted` and `worse` (below 5 %, in 30 rows or more). NaN where a metric has no meaning.

    Raises
    ------
    DataError
        If there is no such column.
    """
    whole = Sliced(goal=goal, target=np.asarray(target), prediction=np.asarray(prediction), choice=choice)
    counts = resampling.weights(len(table))
    named = slices(table, by)
    if not named:
        return pd.DataFrame(columns=[*_KEYS, "metric", "worse"])
    points = [_points(whole, column, names, counts) for column, names in named.items()]
    parts = [np.flatnonzero(names == name) for names in named.values() for name in names.cat.categories]
    overall, drawn = _draws(whole, parts, resampling)
    found = pd.concat(points, ignore_index=True)
    units = [resampling.within(rows).size(len(rows)) for rows in parts]
    found[["low", "high"]] = _ends(drawn, units)
    differences = [part[:, _place(goal)] - overall for part in drawn]
    return _judged(found, goal, whole.measure(counts)[_place(goal)], differences, units)


def _points(whole: Sliced, column: str, names: "pd.Series[Any]", counts: Weights) -> pd.DataFrame:
    known = list(metrics.of(whole.goal.task))
    values, gaps = by_group(names, known, lambda rows: whole.part(rows).measure(counts[rows]))
    about = [_about(whole, np.flatnonzero(names == name)) for name in values.index]
    table = pd.DataFrame(about).assign(column=column, slice=[str(name) for name in values.index])
    wide = pd.concat([table, values.reset_index(drop=True)], axis=1)
    long = wide.melt(id_vars=[*_KEYS, "rows", "observed", "predicted"], value_vars=known, var_name="metric")
    order = np.arange(len(long)).reshape(len(known), -1).T.ravel()  # slice by slice, not metric by metric
    return long.iloc[order].assign(gap=lambda rows: rows["metric"].map(gaps))


def _about(whole: Sliced, rows: NDArray[np.intp]) -> dict[str, float]:
    return {"rows": len(rows), **whole.part(rows).means}


def _ends(drawn: list[NDArray[np.float64]], units: list[int]) -> list[tuple[float, float]]:
    """Return the interval of each metric of each part."""
    both = zip(drawn, units, strict=True)
    return [interval(each, level=LEVEL, defined=DEFINED, units=count) for part, count in both for each in part.T]


def _draws(
    whole: Sliced, parts: list[NDArray[np.intp]], resampling: Resampling
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Score all rows (by the metric of slices) and each part (all metrics) on the same resamples of all rows."""
    all_rows = whole.scorer()
    scorers = [whole.part(rows).scorer() for rows in parts]
    overall, drawn = [], []
    for weights in resampling.draws(len(whole.target)):
        overall.append(all_rows.measure(weights)[_place(whole.goal)])
        drawn.append([each.measure(weights[rows]) for each, rows in zip(scorers, parts, strict=True)])
    return np.array(overall), list(np.array(drawn).transpose(1, 0, 2))


def _judged(
    found: pd.DataFrame, goal: Goal, value: float, differences: list[NDArray[np.float64]], units: list[int]
) -> pd.DataFrame:
    """Add `p`, `adjusted` and `worse` to the rows of the metric that slices are judged by."""
    name = metrics.by_slice(goal.task)
    rows = found.index[found["metric"] == name]
    errors = np.array([_error(each) for each in differences])
    ahead = METRICS[name].better * (found.loc[rows, "value"].to_numpy() - value)
    found.loc[rows, "error"] = errors
    found.loc[rows, "p"] = t.cdf(ahead / errors, [_freedom(*each) for each in zip(units, differences, strict=True)])
    enough = rows[(found.loc[rows, "rows"] >= FEWEST) & found.loc[rows, "p"].notna()]
    found.loc[enough, "adjusted"] = _holm(found.loc[enough, "p"].to_numpy())
    return found.assign(worse=found["adjusted"] < 1 - LEVEL) if "adjusted" in found else found


def _place(goal: Goal) -> int:
    return list(metrics.of(goal.task)).index(metrics.by_slice(goal.task))


def _error(differences: NDArray[np.float64]) -> float:
    """Return the standard error of a difference, NaN where too few resamples define it or it never varies."""
    finite = differences[np.isfinite(differences)]
    spread = float(finite.std(ddof=1)) if len(finite) >= max(2, DEFINED * len(differences)) else 0.0
    return spread or np.nan


def _freedom(units: int, differences: NDArray[np.float64]) -> float:
    """Return the degrees of freedom of a standard error that so many resamples of so many units give."""
    return 1 / (1 / max(1, units - 1) + 1 / max(1, len(differences) - 1))


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p values for how many there are (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
