"""Closeness: whether two values are equal within a tolerance, number by number."""

import math
from collections.abc import Mapping
from numbers import Number
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def close(before: Any, now: Any, tolerance: float) -> bool:  # noqa: ANN401, PLR0911 - any value, a line for each kind
    """Say whether two values differ in nothing but numbers, and in those by no more than a tolerance.

    Parameters
    ----------
    tolerance
        Largest difference, both absolute and relative to the larger number; 0 and up.

    >>> close({"auc": 0.5, "n": 3}, {"auc": 0.5 + 1e-12, "n": 3}, 1e-9)
    True
    """
    if type(before) is not type(now):
        return False
    if isinstance(before, Number):
        return _numbers(before, now, tolerance)
    if isinstance(before, Mapping):
        return list(before) == list(now) and all(close(before[key], now[key], tolerance) for key in before)
    if isinstance(before, list | tuple):
        return len(before) == len(now) and all(map(close, before, now, [tolerance] * len(before)))
    match type(before).__module__.partition(".")[0]:
        case "numpy" if hasattr(before, "shape"):
            return _arrays(before, now, tolerance)
        case "pandas" if hasattr(before, "columns"):
            return _tables(before, now, tolerance)
        case "pandas" if hasattr(before, "to_frame"):
            return _tables(before.to_frame(), now.to_frame(), tolerance)
    return bool(before == now)


def _numbers(before: Any, now: Any, tolerance: float) -> bool:  # noqa: ANN401 - any numbers
    if isinstance(before, bool | complex):
        return bool(before == now)
    both_nan = math.isnan(before) and math.isnan(now)
    return both_nan or math.isclose(before, now, rel_tol=tolerance, abs_tol=tolerance)


def _arrays(before: Any, now: Any, tolerance: float) -> bool:  # noqa: ANN401 - numpy arrays
    import numpy as np

    if before.shape != now.shape or before.dtype != now.dtype:
        return False
    if not np.issubdtype(before.dtype, np.floating):
        return bool(np.array_equal(before, now))
    return bool(np.allclose(before, now, rtol=tolerance, atol=tolerance, equal_nan=True))


def _tables(before: "pd.DataFrame", now: "pd.DataFrame", tolerance: float) -> bool:
    from pandas.testing import assert_frame_equal

    try:
        assert_frame_equal(before, now, check_exact=False, rtol=tolerance, atol=tolerance)
    except AssertionError:
        return False
    return True
