"""Owns intervals of 95 % for shares and means, of rows that are independent and of rows in clusters."""

from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.special import stdtrit

LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


def wilson(positives: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bound rates for rows that are independent of one another.

    The score interval of Wilson (1927), J. Am. Stat. Assoc. 22:209, which holds at rates near 0 and for few rows.

    Returns
    -------
        The lower and the upper ends, each in [0, 1].
    """
    rate, spread = positives / rows, Z**2 / rows
    centre = (rate + spread / 2) / (1 + spread)
    half = np.sqrt(spread * (rate * (1 - rate) + spread / 4)) / (1 + spread)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def student(means: np.ndarray, squares: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bound means of independent rows by Student's t; NaN where there is one row.

    Parameters
    ----------
    means, squares, rows
        Mean, sum of squared distances from it, and count of each group.
    """
    free = np.where(rows > 1, rows - 1, np.nan)
    half = stdtrit(free, (1 + LEVEL) / 2) * np.sqrt(squares / free / rows)
    return means - half, means + half


def clustered(clusters: pd.DataFrame) -> dict[str, float | int]:
    """Bound a mean over clusters of rows that are alike (Cochran 1977, Sampling Techniques, section 9A.2).

    Parameters
    ----------
    clusters
        `sum` and `size` of each.

    Returns
    -------
        `rows`, `value`, `low`, `high`; NaN where there is one cluster.
    """
    rows, count = int(clusters["size"].sum()), len(clusters)
    value = float(clusters["sum"].sum() / rows)
    residuals = ((clusters["sum"] - value * clusters["size"]) ** 2).sum()
    half = Z * np.sqrt(count / (count - 1) * residuals) / rows if count > 1 else np.nan
    return {"rows": rows, "value": value, "low": float(value - half), "high": float(value + half)}
