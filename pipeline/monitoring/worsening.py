"""Worsening: which windows' metrics are worse than was promised, beyond chance. Pure functions of tables."""

from collections.abc import Collection
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pipeline.data.intervals import Z
from pipeline.learning.metrics import METRICS
from pipeline.monitoring.discovery import RATE, Spent, discover

FEWEST = 100  # rows of a window whose metrics are judged


class Said(StrEnum):
    """What a window says of a metric."""

    HOLDS = "holds"
    WORSE = "worse"
    UNKNOWN = "not enough data"
    IMMATURE = "labels are not in"


def judge(  # noqa: PLR0913 - each has a default
    scored: pd.DataFrame,
    promised: pd.Series,
    *,
    metric: str,
    tolerance: float,
    mature: Collection[str] | None = None,
    rate: float = RATE,
    spent: Spent | None = None,
) -> pd.DataFrame:
    """Find the windows in which a metric is worse than was promised, by a tolerance at least, and not by chance.

    The difference is tested by the halves of both intervals that lie between the two, one-sided, as `discover` does.

    Parameters
    ----------
    scored
        One row a window, in the order of time: `window`, `rows` (that were scored), `value`, `low` and `high` (95 %).
    promised
        `value`, `low` and `high`: how good the model was when it was let loose.
    metric
        Its name.
    tolerance
        How much worse is no finding, 0 and up, in the metric's unit.
    mature
        Windows whose labels are in; no other can be found. None: all are.
    rate
        Expected share of false ones among findings, 0 to 1.
    spent
        By windows that were judged before these.

    Returns
    -------
    DataFrame
        One row a window: `window`, `rows`, `value`, `worse` (by how much, in the metric's unit; less than 0: better),
        `noise` (by how much more chance alone may make it worse), `p` (of chance alone) and `said`.
    """
    found = scored[["window", "rows", "value"]].reset_index(drop=True)
    spread = _spread(scored, promised, METRICS[metric].better)
    found["worse"] = METRICS[metric].better * (promised["value"] - found["value"])
    immature = np.zeros(len(found), dtype=bool) if mature is None else ~found["window"].isin(list(mature)).to_numpy()
    known = (found["rows"] >= FEWEST).to_numpy() & np.isfinite(spread) & ~immature
    chance = np.where(found["worse"] < max(tolerance, np.finfo(float).tiny), 1.0, ndtr(-found["worse"] / spread))
    found["p"] = np.where(known, chance, np.nan)
    verdicts = discover([np.array([each]) for each in found["p"]], rate=rate, spent=spent)
    found["noise"] = -ndtri([each.level or np.nan for each in verdicts]) * spread
    said = np.where(np.array([each.found[0] for each in verdicts], dtype=bool), Said.WORSE, Said.HOLDS)
    found["said"] = np.where(immature, Said.IMMATURE, np.where(known, said, Said.UNKNOWN))
    return found


def _spread(scored: pd.DataFrame, promised: pd.Series, better: int) -> NDArray[np.float64]:
    """Return the standard error of the difference."""
    here, there = ("high", "low") if better > 0 else ("low", "high")
    window = (scored[here] - scored["value"]).to_numpy(np.float64)
    return np.asarray(np.hypot(window, promised[there] - promised["value"]) / Z)
