"""Owns the values that a search may try for one parameter. Imports nothing."""

from dataclasses import dataclass

Value = bool | int | float | str


@dataclass(frozen=True, kw_only=True)
class Span:
    """The values a search may try for one parameter, both ends included.

    Attributes
    ----------
    low, high
        Ends. Whole numbers are tried where both are `int`.
    scale
        `linear`, or `log` where a factor matters more than a difference.
    """

    low: float
    high: float
    scale: str = "linear"


def between(low: int, value: int, high: int) -> int:
    """Return the value, or the end that it lies beyond."""
    return max(low, min(value, high))
