import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from pipeline.learning.scoring.resampling import Resampling, interval, periods, resampling


def test_weights_draw_all_rows_of_a_unit_alike() -> None:
    units = np.array([5, 5, 9, 9, 9])
    for weights in Resampling(count=5, units=units).draws(5):
        assert weights[0] == weights[1]
        assert weights[2] == weights[3] == weights[4]
        assert weights[[0, 2]].sum() == 2


def test_within_keeps_the_units_of_some_rows() -> None:
    rows = np.array([0, 2])
    assert Resampling(units=np.array([4, 5, 6])).within(rows).units.tolist() == [4, 6]
    assert Resampling().within(rows).units is None


@pytest.mark.parametrize(("hours", "name"), [(24 * 40, "day"), (100, "hour"), (10, "row")])
def test_periods_are_the_longest_of_which_there_are_enough(hours: int, name: str) -> None:
    times = pd.Series(pd.date_range("2026-01-01", periods=hours * 2, freq="30min"))
    found, units = periods(times)
    assert found == name
    assert len(np.unique(units)) == {"day": 40, "hour": 100, "row": 20}[name]


def test_draws_count_rows_as_much_as_the_table_says() -> None:
    counts = np.array([0.5, 0.0, 2.0])
    (drawn,), (plain,) = (list(Resampling(count=1, counts=each).draws(3)) for each in (counts, None))
    assert drawn.tolist() == (plain * counts).tolist()
    assert Resampling(counts=counts).weights(3).tolist() == counts.tolist()
    assert Resampling().weights(3).tolist() == [1, 1, 1]


@pytest.fixture
def table() -> pd.DataFrame:
    times = pd.Series(pd.date_range("2026-01-01", periods=40 * 24, freq="h"))
    return pd.DataFrame({"at": times, "who": np.arange(960) // 3, "counts": 1.5})


def test_resampling_draws_groups_rather_than_days_rather_than_rows(table: pd.DataFrame) -> None:
    given = {"count": 10, "seed": 3}
    unit, found = resampling(table, time="at", groups="who", weight="counts", **given)
    assert (unit, found.count, found.seed, len(np.unique(found.units))) == ("who", 10, 3, 320)
    assert found.counts.tolist() == [1.5] * 960
    unit, found = resampling(table, time="at", **given)
    assert (unit, len(np.unique(found.units)), found.counts) == ("day", 40, None)
    unit, found = resampling(table, time=None, **given)
    assert (unit, found.units) == ("row", None)


def test_interval_needs_enough_draws_that_have_a_number() -> None:
    draws = [*range(99), np.nan]
    assert interval(draws, level=0.9, defined=0.95) == (pytest.approx(4.0), pytest.approx(94.0))
    assert np.isnan(interval(draws, level=0.9, defined=1.0)).all()


def test_interval_is_wider_where_there_are_few_units() -> None:
    draws = np.random.default_rng(0).normal(size=20_000)
    low, high = interval(draws, level=0.95, defined=1.0, units=10)
    wide = np.sqrt(10 / 9) * t.ppf(0.975, 9)  # Hesterberg 2015, section 5.3
    assert (-low, high) == (pytest.approx(wide, abs=0.08), pytest.approx(wide, abs=0.08))
    assert interval(draws, level=0.95, defined=1.0, units=10**9) == pytest.approx(interval(draws, level=0.95, defined=1.0))


def test_size_counts_the_units() -> None:
    assert (Resampling(units=np.array([4, 4, 9])).size(3), Resampling().size(3)) == (2, 3)
