"""Values are close where only numbers differ, and by little."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.past.closeness import close

TABLE = pd.DataFrame({"x": [0.1, np.nan], "name": ["a", None]})


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (0.5, 0.5 + 1e-12, True),
        (0.5, 0.5 + 1e-6, False),
        (1e12, 1e12 + 1, True),
        (float("nan"), float("nan"), True),
        (float("inf"), float("inf"), True),
        (1, 2, False),
        (True, True, True),
        (True, 1, False),
        (1 + 2j, 1 + 2j, True),
        (np.float64(0.5), np.float64(0.5 + 1e-12), True),
        ("a", "a", True),
        ("0.5", 0.5, False),
        (date(2013, 1, 1), date(2013, 1, 2), False),
        ([1, [0.5]], [1, [0.5 + 1e-12]], True),
        ([1], [1, 2], False),
        ((1,), [1], False),
        ({"a": 0.5}, {"a": 0.5 + 1e-12}, True),
        ({"a": 0.5}, {"b": 0.5}, False),
        (np.array([0.5, np.nan]), np.array([0.5 + 1e-12, np.nan]), True),
        (np.array([0.5]), np.array([[0.5]]), False),
        (np.array([0.5]), np.array([0.5], dtype="float32"), False),
        (np.array([1, 2]), np.array([1, 3]), False),
        (TABLE, TABLE.assign(x=TABLE["x"] + 1e-12), True),
        (TABLE, TABLE.assign(x=TABLE["x"] + 1e-3), False),
        (TABLE, TABLE.assign(name="a"), False),
        (TABLE["x"], TABLE["x"] + 1e-12, True),
    ],
)
def test_values_are_close_where_only_numbers_differ_and_by_little(before: object, now: object, same: object) -> None:
    assert close(before, now, 1e-9) is same
