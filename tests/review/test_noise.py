import math

import numpy as np
import pytest

from pipeline.review.noise import Estimate, Judgement, difference, estimate, judge


def of(value: float, half: float) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def test_difference_has_the_interval_of_independent_rows_where_both_are_symmetric() -> None:
    found = difference(of(0.7, 0.03), of(0.75, 0.04))
    assert (found.value, found.low, found.high) == pytest.approx((0.05, 0.0, 0.1))


def test_difference_takes_each_end_from_the_ends_that_push_it_there() -> None:
    found = difference(Estimate(value=0.5, low=0.5, high=0.6), Estimate(value=0.5, low=0.5, high=0.7))
    assert (found.low, found.high) == pytest.approx((-0.1, 0.2))


def test_value_outside_of_its_interval_makes_no_end_negative() -> None:
    found = difference(of(0.5, 0.01), Estimate(value=0.8, low=0.81, high=0.9))
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("value", "better", "expected"),
    [
        (0.05, 1, Judgement.BETTER),
        (0.05, -1, Judgement.WORSE),
        (-0.05, -1, Judgement.BETTER),
        (-0.05, 1, Judgement.WORSE),
        (0.05, 0, Judgement.DIFFERENT),
        (0.01, 1, Judgement.WITHIN_NOISE),
    ],
)
def test_difference_is_judged_by_its_interval_and_direction(value: float, better: int, expected: Judgement) -> None:
    assert judge(of(value, 0.02), better) is expected


@pytest.mark.parametrize("other", [Estimate(value=0.9), Estimate(value=0.9, low=0.9, high=0.9)])
def test_difference_is_unknown_where_a_side_has_no_interval_of_any_width(other: Estimate) -> None:
    assert judge(difference(of(0.7, 0.01), other), 1) is Judgement.UNKNOWN


@pytest.mark.parametrize("found", [None, "0.7", True, math.nan, {"value": None}, {"low": 1.0}, [0.7]])
def test_what_is_no_number_is_no_estimate(found: object) -> None:
    assert estimate(found) is None


def test_bare_number_is_an_estimate_without_interval() -> None:
    assert estimate(3) is not None
    assert not estimate(3).has_interval


def test_equals_are_called_different_one_time_in_twenty() -> None:
    means = np.random.default_rng(0).normal(size=(4000, 2))
    judged = [judge(difference(of(a, 1.96), of(b, 1.96)), 1) for a, b in means]
    share = sum(each is not Judgement.WITHIN_NOISE for each in judged) / len(judged)
    assert share == pytest.approx(0.05, abs=0.01)
