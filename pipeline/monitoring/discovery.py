"""Discovery: which of many tests, in window after window, are findings, so that few of those are false."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import zeta

RATE = 0.05  # share of findings that may be false; without drift the probability of any, in however many windows
_DECAY = 1.6  # how fast what may be spent on a window declines, as the R package onlineFDR has it


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What earlier windows have used up.

    Attributes
    ----------
    windows
        How many were tested.
    found
        How many findings they had.
    """

    windows: int = 0
    found: int = 0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of the tests of one window.

    Attributes
    ----------
    found
        Shape (tests,): which are findings.
    level
        How small a p-value has to be that stands alone; others need not be as small beside smaller ones.
    """

    found: NDArray[np.bool_]
    level: float


def discover(
    windows: Sequence[NDArray[np.float64]], *, rate: float = RATE, spent: Spent | None = None
) -> list[Verdict]:
    """Test window after window at levels that keep the share of false findings among all at a rate.

    Benjamini & Hochberg 1995 in each window, at the levels of BatchPRDS (Zrnic et al. 2020, The Power of Batching in
    Multiple Hypothesis Testing): a window gets a share of the rate, the less the later it is, the more the more was
    found. Tests of one window may depend on one another positively. Later windows change no earlier verdict.

    Parameters
    ----------
    windows
        P-values of each window, in order; NaN where nothing was tested. A window without any spends nothing.
    rate
        Expected share of false ones among all findings, 0 to 1.
    spent
        By earlier windows.
    """
    return list(_verdicts(windows, rate, spent or Spent()))


def _verdicts(windows: Sequence[NDArray[np.float64]], rate: float, spent: Spent) -> Iterator[Verdict]:
    for values in windows:
        tests = int(np.isfinite(values).sum())
        if not tests:
            yield Verdict(found=np.zeros(len(values), dtype=np.bool_), level=0.0)
            continue
        share = (spent.windows + 1) ** -_DECAY / zeta(_DECAY)
        level = rate * share * (tests + spent.found) / tests
        found = _benjamini_hochberg(values, tests, level)
        yield Verdict(found=found, level=level / tests)
        spent = Spent(windows=spent.windows + 1, found=spent.found + int(found.sum()))


def _benjamini_hochberg(values: NDArray[np.float64], tests: int, level: float) -> NDArray[np.bool_]:
    ordered = np.sort(values)[:tests]  # NaN come last
    small = np.flatnonzero(ordered <= level * np.arange(1, tests + 1) / tests)
    return np.asarray(values <= ordered[small[-1]]) if len(small) else np.zeros(len(values), dtype=np.bool_)
