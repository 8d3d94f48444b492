"""Performance: what a model predicted in each window, and how well where labels are in. Pure functions of tables."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.data.profile import ratio
from pipeline.learning.scoring import Estimates, Resampling, bootstrap, periods

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_MODEL = "model"
_THRESHOLD = 0.5  # of decisions; what is reported here does not depend on it
METRICS = ("roc_auc", "average_precision", "log_loss", "brier")


def quantiles(windows: Mapping[str, pd.DataFrame], column: str) -> pd.DataFrame:
    """Return the mean and the 10, 25, 50, 75 and 90 % quantiles of a column of numbers.

    Returns
    -------
    DataFrame
        One row a window: `window`, `rows`, `mean`, and a column for each quantile (`0.1`, ...).
    """
    rows = []
    for window, table in windows.items():
        found = table[column].quantile(list(QUANTILES)).rename(str)
        rows.append({"window": window, "rows": len(table), "mean": table[column].mean(), **found})
    return pd.DataFrame(rows)


def by_window(
    windows: Mapping[str, pd.DataFrame], *, target: str, prediction: str, time: str | None, resampling: Resampling
) -> pd.DataFrame:
    """Score the predictions of each window on the rows that have a label.

    Parameters
    ----------
    windows
        Rows by name.
    target
        Column of labels, 0 and 1; missing where one is not in yet.
    prediction
        Column of probabilities, 0 to 1.
    time
        Column of time, whose days are drawn as wholes; None: each row by itself.
    resampling
        How many resamples, and their seed.

    Returns
    -------
    DataFrame
        One row a window and metric: `window`, `rows`, `labelled` (rows), `observed` (rate of 1), `predicted` (its
        mean), `metric`, `value`, `low`, `high`, and `guess` (what one scores who predicts the observed rate for every
        row). NaN where nothing is labelled, or a metric has no meaning.
    """
    rows = []
    for window, table in windows.items():
        labelled = table[table[target].notna()]
        known = {"window": window, "rows": len(table), "labelled": len(labelled)}
        rates = {"observed": labelled[target].mean(), "predicted": labelled[prediction].mean()}
        found = _scored(labelled[target], labelled[prediction], _by_period(labelled, time, resampling))
        guesses = _guesses(rates["observed"])
        rows += [{**known, **rates, "metric": name, **found[name], "guess": guesses[name]} for name in METRICS]
    return pd.DataFrame(rows)


def observed(windows: Mapping[str, pd.DataFrame], *, target: str, time: str | None) -> pd.DataFrame:
    """Tell how often the positive class came in each window, of the rows that have a label.

    Returns
    -------
    DataFrame
        Indexed by window: `rate`, and `low` and `high` of 95 %, for which whole days are counted as independent where
        there are enough of them. NaN where nothing is labelled.
    """
    return pd.DataFrame({window: _observed(table, target, time) for window, table in windows.items()}).T


def _observed(table: pd.DataFrame, target: str, time: str | None) -> dict[str, float]:
    labelled = table[table[target].notna()]
    if labelled.empty:
        return {"rate": np.nan, "low": np.nan, "high": np.nan}
    units = np.arange(len(labelled)) if time is None else periods(labelled[time])[1]
    found = ratio(labelled[target].astype("float64").groupby(units).agg(["sum", "size"]))
    return {name: float(found[name]) for name in ("rate", "low", "high")}


def _by_period(table: pd.DataFrame, time: str | None, resampling: Resampling) -> Resampling:
    """Draw whole days where there is time: rows of one day err together."""
    return resampling if time is None else replace(resampling, units=periods(table[time])[1])


def _scored(target: "pd.Series[float]", probability: "pd.Series[float]", resampling: Resampling) -> Estimates:
    if target.empty:
        return {metric: {"value": np.nan, "low": np.nan, "high": np.nan} for metric in METRICS}
    scores = bootstrap(target.astype("int8"), {_MODEL: probability}, threshold=_THRESHOLD, resampling=resampling)
    return scores.estimates(_MODEL)


def _guesses(rate: float) -> dict[str, float]:
    """Score the rate itself as a prediction for every row."""
    entropy = -sum(share * np.log(share) for share in (rate, 1 - rate) if share != 0)
    return {"roc_auc": 0.5, "average_precision": rate, "log_loss": float(entropy), "brier": rate * (1 - rate)}
