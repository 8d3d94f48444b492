"""Distances: how far counts of rows in the same bins are apart.

Sizes of effects, not p-values: with many rows everything differs significantly. A population stability index of 0.1 is
customarily called a moderate shift, 0.25 a major one (Siddiqi 2006, Credit Risk Scorecards). What sampling
alone may bring about counts as no shift.
"""

from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

MODERATE = 0.1
MAJOR = 0.25
_NOISE_LEVEL = 0.05
_PRIOR = 0.5  # added to each count, so that an empty bin is no infinite distance (Jeffreys)

Counts: TypeAlias = NDArray[np.int64]
"""Shape (bins,): rows in each bin."""


class Level(StrEnum):
    """How far a column moved."""

    STABLE = "stable"
    MODERATE = "moderate"
    MAJOR = "major"


def psi(before: Counts, after: Counts) -> float:
    """Return the population stability index: the sum over bins of (q - p) ln(q / p), 0 and up (Siddiqi 2006).

    It is the symmetric Kullback-Leibler divergence (Jeffreys 1946) of the shares p before and q after.

    Parameters
    ----------
    before, after
        Shape (bins,): rows in each bin.
    """
    p, q = _shares(before, after)
    return float(((q - p) * np.log(q / p)).sum())


def noise(before: Counts, after: Counts) -> float:
    """Return the PSI that two samples of one distribution exceed in 5 of 100 cases.

    Without a shift PSI is distributed as (1/n + 1/m) times chi-squared of bins - 1 degrees of freedom (Yurdakul 2018,
    Statistical Properties of Population Stability Index).
    """
    bins = np.count_nonzero(before + after)
    return float(chdtri(bins - 1, _NOISE_LEVEL) * (1 / before.sum() + 1 / after.sum())) if bins > 1 else 0.0


def jensen_shannon(before: Counts, after: Counts) -> float:
    """Return the Jensen-Shannon distance, 0 to 1: the root of the divergence to base 2 (Endres & Schindelin 2003)."""
    p, q = _shares(before, after)
    middle = (p + q) / 2
    divergence = ((p * np.log2(p / middle)) + (q * np.log2(q / middle))).sum() / 2
    return float(np.sqrt(max(divergence, 0.0)))


def cramers_v(before: Counts, after: Counts) -> float:
    """Return Cramer's V, 0 to 1: the effect size of chi-squared for bin by table (Cramer 1946, p. 282)."""
    seen = np.stack([before, after])[:, before + after > 0].astype(float)
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / seen.sum()
    return float(np.sqrt(((seen - expected) ** 2 / expected).sum() / seen.sum()))


def level(psi: float, noise: float) -> Level:
    """Name a shift by its size; one that sampling alone may bring about is none."""
    if psi < MODERATE or psi <= noise:
        return Level.STABLE
    return Level.MODERATE if psi < MAJOR else Level.MAJOR


def _shares(before: Counts, after: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares of rows in bins that are not empty on both sides, none of them zero."""
    used = before + after > 0
    p, q = before[used] + _PRIOR, after[used] + _PRIOR
    return p / p.sum(), q / q.sum()
