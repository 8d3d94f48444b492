import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance
from scipy.stats import chi2_contingency

from pipeline.monitoring.distances import (
    Counts,
    chi_squared,
    cramers_v,
    jensen_shannon,
    kolmogorov_smirnov,
    psi,
    wasserstein,
)

counts = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=2, max_size=12).filter(
    lambda pairs: sum(before for before, _ in pairs) > 0 and sum(after for _, after in pairs) > 0
)


def columns(pairs: list[tuple[int, int]]) -> tuple[Counts, Counts]:
    before, after = zip(*pairs, strict=True)
    return np.array(before), np.array(after)


def test_psi_is_the_textbook_sum_when_rows_are_many() -> None:
    before, after = np.array([2, 3, 5]) * 10**9, np.array([1, 3, 6]) * 10**9
    assert psi(before, after) == pytest.approx((0.1 - 0.2) * np.log(0.1 / 0.2) + (0.6 - 0.5) * np.log(0.6 / 0.5))


@given(counts)
def test_distances_are_finite_symmetric_and_none_to_itself(pairs: list[tuple[int, int]]) -> None:
    before, after = columns(pairs)
    for measure, most in ((psi, np.inf), (jensen_shannon, 1.0), (cramers_v, 1.0)):
        assert 0 <= measure(before, after) <= most + 1e-12
        assert measure(before, after) == pytest.approx(measure(after, before))
        assert measure(before, before) == pytest.approx(0.0, abs=1e-7)


def test_jensen_shannon_equals_scipys_when_rows_are_many() -> None:
    before, after = np.array([2, 3, 5, 1]) * 10**9, np.array([1, 3, 6, 4]) * 10**9
    assert jensen_shannon(before, after) == pytest.approx(distance.jensenshannon(before, after, base=2))


def test_cramers_v_is_chi_squared_over_rows() -> None:
    before, after = np.array([20, 30, 50, 0]), np.array([10, 30, 60, 5])
    expected = chi2_contingency(np.stack([before, after])).statistic
    assert chi_squared(before, after) == pytest.approx(expected)
    assert cramers_v(before, after) == pytest.approx(np.sqrt(expected / (before.sum() + after.sum())))
    assert cramers_v(np.array([9, 0]), np.array([0, 4])) == pytest.approx(1.0)


def test_psi_of_many_draws_is_that_of_each() -> None:
    before, after = np.array([[2, 3, 0], [5, 0, 0]]), np.array([[1, 3, 0], [4, 0, 2]])
    assert psi(before, after) == pytest.approx([float(psi(*each)) for each in zip(before, after, strict=True)])


def test_distances_of_distribution_functions_are_nan_where_there_are_no_rows() -> None:
    some, none = np.array([1, 2]), np.array([0, 0])
    assert np.isnan(kolmogorov_smirnov(some, none))
    assert np.isnan(wasserstein(none, some, np.array([0.0, 1.0, 2.0])))


def test_wasserstein_is_how_far_rows_were_moved() -> None:
    ends = np.array([0.0, 1.0, 2.0, 3.0])
    assert wasserstein(np.array([5, 0, 0]), np.array([0, 0, 5]), ends) == pytest.approx(2.0)
    assert wasserstein(np.array([0, 5, 0]), np.array([2, 1, 2]), ends) == pytest.approx(0.6)
