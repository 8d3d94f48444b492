"""The trend draws one metric over the runs that have it."""

import re

from pipeline.review.shelf import Metric
from pipeline.review.trend import HEIGHT, WIDTH, trend


def metric(value: float, name: str = "auc") -> Metric:
    return Metric(name=name, value=value, low=value - 0.1, high=value + 0.1)


def test_curve_goes_from_the_oldest_run_to_the_newest() -> None:
    found = trend([metric(0.5), metric(9, "rmse"), metric(0.7)])
    assert found is not None
    assert (found.name, found.first, found.last) == ("auc", 0.5, 0.7)
    (x1, y1), (x2, y2) = (tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", found.curve))
    assert (x1, x2) == (0, WIDTH)
    assert HEIGHT > y1 > y2 > 0


def test_one_run_makes_no_trend() -> None:
    assert trend([metric(0.5), metric(1, "rmse")]) is None


def test_runs_that_are_equal_make_a_level_curve() -> None:
    level = Metric(name="auc", value=1, low=1, high=1)
    found = trend([level, level])
    assert found is not None
    assert len({y for _, y in re.findall(r"([\d.]+) ([\d.]+)", found.curve)}) == 1
