"""Permutation importance: by how much a model gets worse when one feature's values are dealt out to the wrong rows."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t
from sklearn.inspection import permutation_importance

from pipeline.goal import Goal
from pipeline.learning import learners, metrics
from pipeline.learning.scoring.scores import LEVEL, scorer

REPEATS = 5
FEATURES = 60  # tried of more
PREDICTIONS = 400_000  # rows that are predicted in all
FEWEST = 500  # rows


def importance(
    model: Any,  # noqa: ANN401 - any fitted estimator
    features: pd.DataFrame,
    target: "pd.Series[Any]",
    goal: Goal,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Shuffle one feature after another, and see by how much the headline metric gets worse.

    Features that say the same stand in for each other, so each of them may seem to matter little. Many rows are
    thinned out, and of many features those are tried whose ranks go most with what is predicted.

    Parameters
    ----------
    model
        Whose predictions are looked at.
    features, target
        Rows that it has not learnt from.
    goal
        What it predicts.
    seed
        Of the shuffles.

    Returns
    -------
    pandas.DataFrame
        `feature`, `value` (how much worse, mean of 5 shuffles), `low` and `high` (of that mean, 95 %, by Student's t:
        they tell the chance of the shuffles, not that of the rows) and `rows`; the greatest first.
    """
    metric = metrics.headline(goal.task)
    better, place = metrics.METRICS[metric].better, list(metrics.of(goal.task)).index(metric)

    kept = _thinned(len(features), min(features.shape[1], FEATURES))
    rows, truth = features.iloc[kept], target.iloc[kept]
    tried = _most_telling(rows, learners.predict(model, rows, goal))
    ones = np.ones(len(rows), dtype=np.int64)

    def score(fitted: Any, shuffled: pd.DataFrame, known: "pd.Series[Any]") -> float:  # noqa: ANN401 - as above
        changed = rows.copy(deep=False)  # `assign` takes no column that is called `self`
        changed[tried] = shuffled[tried]
        predicted = learners.predict(fitted, changed, goal)
        return better * float(scorer(goal, "model", known, predicted).measure(ones)[place])

    found = permutation_importance(model, rows[tried], truth, scoring=score, n_repeats=REPEATS, random_state=seed)
    means, spread = found.importances_mean, found.importances.std(axis=1, ddof=1) / np.sqrt(REPEATS)
    width = t.ppf((1 + LEVEL) / 2, REPEATS - 1) * spread
    table = pd.DataFrame({"feature": tried, "value": means, "low": means - width, "high": means + width})
    return table.assign(rows=len(rows)).sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _thinned(rows: int, features: int) -> NDArray[np.intp]:
    """Pick rows that stand evenly apart, so many that all predictions take a bounded time."""
    most = max(FEWEST, PREDICTIONS // (REPEATS * features))
    return np.linspace(0, rows - 1, num=min(rows, most)).round().astype(np.intp)


def _most_telling(rows: pd.DataFrame, predicted: NDArray[np.float64]) -> list[str]:
    """Name the features whose ranks (of texts: of their codes) go most with what is predicted, where there are many."""
    names = [str(name) for name in rows.columns]
    if len(names) <= FEATURES:
        return names
    said = pd.Series(predicted if predicted.ndim == 1 else predicted.max(axis=1)).rank()
    ranks = pd.DataFrame({name: _ranks(rows[name]) for name in names})
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = ranks.corrwith(said).abs().fillna(0.0)
    return list(strength.nlargest(FEATURES).index)


def _ranks(column: "pd.Series[Any]") -> "pd.Series[float]":
    codes = column if pd.api.types.is_numeric_dtype(column) else pd.Series(pd.factorize(column)[0])
    return codes.reset_index(drop=True).astype("float64").rank()
