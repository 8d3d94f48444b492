"""Performance: what a model predicted in each window, and how well where labels are in. Pure functions of tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.data.intervals import clustered
from pipeline.goal import Goal, Task
from pipeline.learning import metrics, predictions
from pipeline.learning.scoring.resampling import resampling
from pipeline.learning.scoring.scores import Choice, Estimates, bootstrap, scorer
from pipeline.models.comparison import Asked, other_question

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is looked at in windows of rows that have predictions beside them.

    Attributes
    ----------
    goal
        What is predicted.
    target
        Column of labels, encoded as the goal says; missing where one is not in yet.
    time, groups, weight
        Columns that order rows, put them together and say how much each counts; None where there is none.
    choice
        The model's threshold, or the half width of its intervals.
    """

    goal: Goal
    target: str
    time: str | None = None
    groups: str | None = None
    weight: str | None = None
    choice: Choice = None


def obstacle(rows: pd.DataFrame, learnt: pd.DataFrame, asked: Asked) -> str:
    """Say why nothing can be watched; empty where it can.

    Parameters
    ----------
    rows
        Those that came after the ones that the champion was trained and tested on.
    learnt
        Those that it was trained on.
    asked
        What is asked of rows now.
    """
    if not rows.empty:
        return other_question(learnt, rows, asked).rstrip(".")
    if asked.time is None:
        return "the table has no time: nothing came later"
    return "no row is later than those the champion was tested on"


def quantiles(windows: Mapping[str, pd.DataFrame], goal: Goal) -> pd.DataFrame:
    """Return the mean and the 10, 25, 50, 75 and 90 % quantiles of what was predicted.

    Returns
    -------
    DataFrame
        One row a window: `window`, `rows`, `mean`, and a column for each quantile (`0.1`, ...); of several classes of
        the probability of the predicted one.
    """
    rows = []
    for window, table in windows.items():
        predicted = predictions.of(table, goal)
        said = pd.Series(predicted if predicted.ndim == 1 else predicted.max(axis=1))
        found = said.quantile(list(QUANTILES)).rename(str)
        rows.append({"window": window, "rows": len(table), "mean": said.mean(), **found})
    return pd.DataFrame(rows)


def by_window(windows: Mapping[str, pd.DataFrame], watched: Watched, *, resamples: int, seed: int) -> pd.DataFrame:
    """Score the predictions of each window on the rows that have a label.

    Parameters
    ----------
    windows
        Rows by name.
    watched
        Which columns they have.
    resamples, seed
        Of the intervals.

    Returns
    -------
    DataFrame
        One row a window and metric: `window`, `rows`, `labelled` (rows), `observed` and `predicted` (means, as in
        `predictions.outcomes`), `metric`, `value`, `low`, `high`, and `guess` (what one scores who predicts for every
        row what is usual in the window: its shares of classes, or its mean). NaN where nothing is labelled, or a metric
        has no meaning.
    """
    rows = []
    for window, table in windows.items():
        labelled = table[table[watched.target].notna()]
        known = {"window": window, "rows": len(table), "labelled": len(labelled), **_means(labelled, watched)}
        found, guesses = _scored(labelled, watched, resamples, seed), _guesses(labelled, watched.goal, watched.target)
        rows += [{**known, "metric": name, **found[name], "guess": guesses[name]} for name in found]
    return pd.DataFrame(rows)


def observed(windows: Mapping[str, pd.DataFrame], watched: Watched) -> pd.DataFrame:
    """Tell what happened in each window on average, of the rows that have a label.

    Returns
    -------
    DataFrame
        Indexed by window: `rate` (the share of positives, of predicted classes that are right, or the mean), and `low`
        and `high` of 95 %, for which groups, or whole days, are counted as independent. NaN where nothing is labelled.
    """
    return pd.DataFrame({window: _observed(table, watched) for window, table in windows.items()}).T


def _observed(table: pd.DataFrame, watched: Watched) -> dict[str, float]:
    labelled = table[table[watched.target].notna()]
    if labelled.empty:
        return {"rate": np.nan, "low": np.nan, "high": np.nan}
    truth, _ = _outcomes(labelled, watched)
    _, drawn = resampling(labelled, count=1, seed=0, time=watched.time, groups=watched.groups)
    units = np.arange(len(labelled)) if drawn.units is None else drawn.units
    found = clustered(pd.Series(truth).groupby(units).agg(["sum", "size"]))
    least, most = (-np.inf, np.inf) if watched.goal.task is Task.REGRESSION else (0.0, 1.0)
    return {
        "rate": float(found["value"]),
        "low": float(np.clip(found["low"], least, most)),
        "high": float(np.clip(found["high"], least, most)),
    }


def _outcomes(labelled: pd.DataFrame, watched: Watched) -> tuple[NDArray[np.float64], ...]:
    truth = labelled[watched.target].astype("float64")
    return predictions.outcomes(watched.goal, truth, predictions.of(labelled, watched.goal))


def _means(labelled: pd.DataFrame, watched: Watched) -> dict[str, float]:
    if labelled.empty:
        return {"observed": np.nan, "predicted": np.nan}
    truth, said = _outcomes(labelled, watched)
    return {"observed": float(truth.mean()), "predicted": float(said.mean())}


def _scored(labelled: pd.DataFrame, watched: Watched, resamples: int, seed: int) -> Estimates:
    names = metrics.of(watched.goal.task)
    if labelled.empty:
        return {metric: {"value": np.nan, "low": np.nan, "high": np.nan} for metric in names}
    roles = {"time": watched.time, "groups": watched.groups, "weight": watched.weight}
    _, drawn = resampling(labelled, count=resamples, seed=seed, **roles)
    truth = labelled[watched.target].astype("float64")
    said, choices = {_MODEL: predictions.of(labelled, watched.goal)}, {_MODEL: watched.choice}
    return bootstrap(watched.goal, truth, said, choices=choices, resampling=drawn).estimates(_MODEL)


def _guesses(labelled: pd.DataFrame, goal: Goal, target: str) -> dict[str, float]:
    """Score what is usual in the rows as a prediction for every row."""
    names = metrics.of(goal.task)
    if labelled.empty:
        return dict.fromkeys(names, np.nan)
    truth, rows = labelled[target].astype("float64"), len(labelled)
    if goal.task is Task.MULTICLASS:
        shares = np.bincount(truth.astype("int64"), minlength=len(goal.classes)) / rows
        usual = np.tile(shares, (rows, 1))
    else:
        usual = np.full(rows, truth.mean())
    found = scorer(goal, "what is usual", truth, usual).measure(np.ones(rows, dtype=np.int64))
    return dict(zip(names, map(float, found), strict=True))
