import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.data import intervals


def test_wilson_agrees_with_scipy() -> None:
    positives, rows = np.array([0, 3, 50]), np.array([10, 40, 50])
    low, high = intervals.wilson(positives, rows)
    for place in range(3):
        expected = stats.binomtest(int(positives[place]), int(rows[place])).proportion_ci(method="wilson")
        assert [low[place], high[place]] == pytest.approx([expected.low, expected.high])


def test_student_agrees_with_scipy_and_knows_nothing_of_one_row() -> None:
    values = np.array([1.0, 4.0, 2.0, 8.0])
    squares = ((values - values.mean()) ** 2).sum()
    low, high = intervals.student(np.array([values.mean(), 3.0]), np.array([squares, 0.0]), np.array([4, 1]))
    expected = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert [low[0], high[0]] == pytest.approx(expected)
    assert np.isnan([low[1], high[1]]).all()


def test_clustered_is_the_mean_of_rows_with_the_spread_of_clusters() -> None:
    found = intervals.clustered(pd.DataFrame({"sum": [1.0, 3.0], "size": [2, 2]}))
    assert (found["rows"], found["value"]) == (4, 1.0)
    assert found["high"] - found["value"] == pytest.approx(1.96 * np.sqrt(2 * 2) / 4, abs=1e-4)
