"""Noise: whether two estimates of a metric differ by more than chance makes equal ones differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import hypot, isfinite, nan
from typing import Any


class Judgement(StrEnum):
    """What a difference means."""

    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"  # by more than chance, and nobody has said which way is better
    WITHIN_NOISE = "within noise"
    SAME = "the same"
    UNKNOWN = "unknown"  # a side has no number, or no interval


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number, and the ends of its 95 % interval; NaN where there is none."""

    value: float
    low: float = nan
    high: float = nan

    @property
    def has_interval(self) -> bool:
        """Say whether it has an interval of some width: one without says nothing of the spread."""
        return isfinite(self.low) and isfinite(self.high) and self.low < self.high


def estimate(found: Any) -> Estimate | None:  # noqa: ANN401 - whatever a notebook has glued
    """Read `{"value", "low", "high"}` or a bare number; None where there is no finite value.

    >>> estimate({"value": 0.7, "low": 0.6})
    Estimate(value=0.7, low=0.6, high=nan)
    """
    ends = found if isinstance(found, Mapping) else {"value": found}
    value, low, high = (_number(ends.get(end)) for end in ("value", "low", "high"))
    return Estimate(value=value, low=low, high=high) if isfinite(value) else None


def difference(before: Estimate, after: Estimate) -> Estimate:
    """Return by how much the later estimate exceeds the earlier one, with its interval as if rows were independent.

    Intervals of single metrics are seldom symmetric, so each end is made from the ends that push it there (MOVER; Zou &
    Donner 2008); where they are symmetric this is the usual test of difference over standard error. Of two runs that
    were scored on the same rows the true interval is narrower, so that what is called noise may be more than that.

    >>> difference(Estimate(value=0.5, low=0.2, high=0.9), Estimate(value=0.5, low=0.2, high=0.9))
    Estimate(value=0.0, low=-0.5, high=0.5)
    """
    value = after.value - before.value
    if not (before.has_interval and after.has_interval):
        return Estimate(value=value)
    down = hypot(_room(after.low, after.value), _room(before.value, before.high))
    up = hypot(_room(after.value, after.high), _room(before.low, before.value))
    return Estimate(value=value, low=value - down, high=value + up)


def judge(found: Estimate, better: int) -> Judgement:
    """Say what a difference means.

    Parameters
    ----------
    found
        Later minus earlier.
    better
        +1 where more is better, -1 where less is, 0 where nobody has said.
    """
    if not found.has_interval:
        return Judgement.UNKNOWN
    if found.low <= 0 <= found.high:
        return Judgement.WITHIN_NOISE
    if not better:
        return Judgement.DIFFERENT
    return Judgement.BETTER if better * found.value > 0 else Judgement.WORSE


def _room(low: float, high: float) -> float:
    """Return the length from one to the other; a bootstrap's value can lie a little outside of its interval."""
    return max(high - low, 0.0)


def _number(value: Any) -> float:  # noqa: ANN401 - whatever a notebook has glued
    return nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
