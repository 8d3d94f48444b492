"""Looks at predicted numbers: how large errors are, whether predictions are right on average, and where they miss."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t

from pipeline.goal import Goal
from pipeline.learning import decisions
from pipeline.learning.scoring.scores import LEVEL, Choice

POINTS = 400  # of a curve that is drawn
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class RegressionLook:
    """Tables of a model's predicted numbers."""

    goal: Goal

    def detail(self, target: ArrayLike, prediction: ArrayLike) -> dict[str, pd.DataFrame]:
        """Return the curve `within`: the share of rows (`y`) whose error is at most so large (`x`).

        Bi & Bennett 2003: "Regression error characteristic curves".
        """
        error = np.sort(np.abs(np.asarray(target, dtype=np.float64) - np.asarray(prediction, dtype=np.float64)))
        shares = np.linspace(0, 1, min(POINTS, len(error) + 1))
        return {"within": pd.DataFrame({"x": np.quantile(error, shares), "y": shares})}

    def calibration(self, target: ArrayLike, prediction: ArrayLike) -> pd.DataFrame:
        """Compare predicted numbers with the mean of what they turned out to be (intervals by Student's t)."""
        truth, values = np.asarray(target, dtype=np.float64), np.asarray(prediction, dtype=np.float64)
        found = pd.DataFrame({"target": truth, "value": values}).groupby(_bins(values))
        table = found.agg(predicted=("value", "mean"), observed=("target", "mean"), rows=("target", "size"))
        width = found["target"].std(ddof=1) / np.sqrt(table["rows"]) * t.ppf((1 + LEVEL) / 2, table["rows"] - 1)
        table["low"], table["high"] = table["observed"] - width, table["observed"] + width
        return table[["predicted", "observed", "low", "high", "rows"]].reset_index(drop=True)

    def errors(self, target: ArrayLike, prediction: ArrayLike, choice: Choice) -> pd.DataFrame:
        """Return the spread of errors (actual minus predicted) over what was predicted, in bins of as many rows.

        Columns: `predicted` (mean), the quantiles `0.05`, `0.25`, `0.5`, `0.75` and `0.95` of the error, `lower` and
        `upper` (what the prediction intervals promise; missing where there are none) and `rows`.
        """
        truth, values = np.asarray(target, dtype=np.float64), np.asarray(prediction, dtype=np.float64)
        frame = pd.DataFrame({"value": values, "error": truth - values}).groupby(_bins(values))
        table = pd.DataFrame({"predicted": frame["value"].mean()})
        for share in SHARES:
            table[str(share)] = frame["error"].quantile(share)
        half = np.nan if choice is None else choice
        return table.assign(lower=-half, upper=half, rows=frame.size()).reset_index(drop=True)


def _bins(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each value the number of its bin, of about equally many rows; equal values fall into one."""
    places = (pd.Series(values).rank(method="average").to_numpy() - 0.5) / len(values)
    return np.floor(places * decisions.bins(len(values)))
