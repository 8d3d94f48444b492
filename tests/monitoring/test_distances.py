import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance
from scipy.stats import chi2_contingency

from pipeline.monitoring.distances import MAJOR, MODERATE, Counts, Level, cramers_v, jensen_shannon, level, noise, psi

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
    assert cramers_v(before, after) == pytest.approx(np.sqrt(expected / (before.sum() + after.sum())))
    assert cramers_v(np.array([9, 0]), np.array([0, 4])) == pytest.approx(1.0)


def test_noise_is_exceeded_in_5_of_100_draws_of_one_distribution() -> None:
    generator = np.random.default_rng(0)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    draws = [(generator.multinomial(3000, shares), generator.multinomial(500, shares)) for _ in range(4000)]
    exceeded = np.mean([psi(before, after) > noise(before, after) for before, after in draws])
    assert 0.04 < exceeded < 0.06


def test_noise_is_nothing_when_there_is_one_bin() -> None:
    assert noise(np.array([5, 0]), np.array([3, 0])) == 0.0


@pytest.mark.parametrize(
    ("size", "floor", "expected"),
    [
        (0.0999, 0.0, Level.STABLE),
        (MODERATE, 0.0, Level.MODERATE),
        (MAJOR, 0.0, Level.MAJOR),
        (0.4, 0.4, Level.STABLE),
        (0.4, 0.39, Level.MAJOR),
    ],
)
def test_level_is_by_size_and_none_within_noise(size: float, floor: float, expected: Level) -> None:
    assert level(size, floor) is expected
