from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, wasserstein_distance

from pipeline.errors import DataError
from pipeline.monitoring import drift
from pipeline.monitoring.distances import MAJOR, Level
from pipeline.monitoring.forms import CATEGORIES
from pipeline.monitoring.reference import Reference

ROWS = 20_000


def one(before: Any, after: Any) -> "pd.Series[Any]":  # noqa: ANN401 - any column
    return drift.compare(pd.DataFrame({"x": before}), {"now": pd.DataFrame({"x": after})}, ["x"]).iloc[0]


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def test_compare_gives_a_row_for_each_window_and_column(generator: np.random.Generator) -> None:
    table = pd.DataFrame({"a": generator.normal(size=300), "b": generator.choice(["u", "v"], 300)})
    found = drift.compare(table, {"may": table[:100], "june": table[100:]}, ["a", "b"])
    assert found[["window", "column", "kind", "rows"]].to_numpy().tolist() == [
        ["may", "a", "number", 100],
        ["may", "b", "category", 100],
        ["june", "a", "number", 200],
        ["june", "b", "category", 200],
    ]


def test_compare_finds_nothing_when_the_distribution_is_the_same(generator: np.random.Generator) -> None:
    draws = [
        [generator.normal(size=ROWS) for _ in range(2)],
        [generator.poisson(1.0, size=ROWS) for _ in range(2)],
        [generator.choice(list("abc"), size=ROWS) for _ in range(2)],
        [generator.integers(0, 3000, size=ROWS).astype(str) for _ in range(2)],
        [generator.random(size=ROWS) < 0.01 for _ in range(2)],
    ]
    for before, after in draws:
        found = one(before, after)
        assert found["level"] == Level.STABLE
        assert found["psi"] < 0.03


def test_compare_says_nothing_when_a_window_is_too_small_to_tell(generator: np.random.Generator) -> None:
    before = generator.normal(size=ROWS)
    assert one(before, generator.normal(size=drift.FEWEST - 1))["level"] == Level.UNKNOWN
    assert one(before, generator.normal(loc=3, size=drift.FEWEST - 1))["level"] == Level.UNKNOWN
    assert one(before, generator.normal(loc=3, size=drift.FEWEST))["level"] == Level.MAJOR
    rare = [generator.integers(0, 40, size).astype(str) for size in (ROWS, 150)]
    found = one(*rare)
    assert found["noise"] > MAJOR  # chance alone might look like a major move
    assert found["level"] == Level.UNKNOWN


@pytest.mark.parametrize(("shift", "expected"), [(0.1, "stable"), (0.4, "moderate"), (0.7, "major"), (50.0, "major")])
def test_compare_names_the_size_of_a_shift(generator: np.random.Generator, shift: float, expected: str) -> None:
    """The PSI of two normal distributions a distance d apart is about d squared."""
    found = one(generator.normal(size=ROWS), generator.normal(loc=shift, size=ROWS))
    assert found["level"] == expected
    if shift < 1:
        assert found["psi"] == pytest.approx(shift**2, rel=0.25, abs=0.005)


@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_ks_is_scipys_to_a_thousandth(generator: np.random.Generator, decimals: int) -> None:
    before = generator.lognormal(size=7_000).round(decimals)
    after = generator.lognormal(mean=0.2, sigma=1.3, size=3_000).round(decimals)
    exact = ks_2samp(before, after).statistic
    assert exact - 0.001 <= one(before, after)["ks"] <= exact + 1e-12


def test_ks_is_exact_when_rows_are_few() -> None:
    assert one([1.0, 2.0, 3.0, 4.0], [1.5, 3.0, 9.0])["ks"] == pytest.approx(
        ks_2samp([1, 2, 3, 4], [1.5, 3, 9]).statistic
    )


def test_compare_sees_values_out_of_range_and_a_constant_that_changed() -> None:
    found = one(np.arange(100.0), np.arange(50.0, 150.0))
    assert found["unseen"] == 0.5
    assert one(np.ones(500), np.full(500, 2.0))["level"] == Level.MAJOR
    assert one(np.ones(500), np.ones(90))["psi"] == pytest.approx(0.0)


def test_compare_names_new_categories() -> None:
    found = one(["a"] * 50 + ["b"] * 50, ["a"] * 60 + ["c"] * 20 + list("defgh") * 4)
    assert found["new"] == "c, d, e and 3 more"
    assert found["unseen"] == 0.4
    assert found["cramers_v"] > 0.5
    assert np.isnan(found["ks"])


def test_compare_counts_rare_categories_together(generator: np.random.Generator) -> None:
    names = np.array([f"city {number}" for number in range(900)])
    table = drift.shares(pd.Series(generator.choice(names, ROWS)), pd.Series(generator.choice(names, ROWS)))
    assert len(table) == CATEGORIES + 1
    assert table["bin"].iloc[-1] == "others"
    assert table["before"].sum() == pytest.approx(1.0)


def test_compare_sees_that_values_went_missing(generator: np.random.Generator) -> None:
    numbers = generator.normal(size=1000)
    gaps = np.where(np.arange(1000) < 500, np.nan, numbers)
    found = one(numbers, gaps)
    assert (found["missing_before"], found["missing"]) == (0.0, 0.5)
    assert found["level"] == Level.MAJOR
    words = one(["a", "b"] * 500, ["a", None] * 500)
    assert (words["missing_before"], words["missing"], words["new"]) == (0.0, 0.5, "")


def test_compare_works_when_a_column_is_missing_in_every_row() -> None:
    found = one([np.nan] * 300, [1.0] * 300)
    assert (found["unseen"], found["missing_before"], found["level"]) == (1.0, 1.0, "major")
    assert one([1.0] * 300, [np.nan] * 300)["missing"] == 1.0
    assert one([np.nan] * 300, [np.nan] * 9)["psi"] == pytest.approx(0.0)
    assert np.isnan(one([1.0] * 300, [np.nan] * 300)["ks"])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.array([1, None, 3, 4], dtype="Int64"), "number"),
        (pd.array([1.5, None, 3, 4], dtype="Float64"), "number"),
        (np.array([1, 2, 3, 4], dtype="int8"), "number"),
        (np.array([1.0, np.inf, -np.inf, np.nan]), "number"),
        (pd.to_datetime(["2026-01-01", None, "2026-01-03", "2026-01-04"]), "number"),
        (pd.to_datetime(["2026-01-01", None, "2026-01-03", "2026-01-04"], utc=True), "number"),
        (pd.array([True, None, False, True], dtype="boolean"), "category"),
        (np.array([True, True, False, True]), "category"),
        (pd.Categorical(["a", None, "b", "a"], categories=["a", "b", "never"]), "category"),
        (pd.Series(["a", None, "b", "a"]), "category"),
        (pd.Series([("a", 1), None, "b", 2], dtype=object), "category"),
    ],
)
def test_compare_takes_columns_of_every_type(values: Any, kind: str) -> None:  # noqa: ANN401 - any column
    found = one(values, values)
    assert found["kind"] == kind
    assert found["psi"] == pytest.approx(0.0)
    assert found["unseen"] == 0.0


def test_compare_takes_values_of_another_type_for_ones_that_were_never_seen() -> None:
    found = one([1.0, 2.0] * 100, ["1", "two"] * 100)
    assert (found["unseen"], found["missing"], found["level"]) == (0.5, 0.0, "major")
    assert one(["a", "b"] * 100, [1, 2] * 100)["unseen"] == 1.0
    assert one([1.0, 2.0] * 100, pd.date_range("2026-01-01", periods=200))["unseen"] == 1.0


def test_compare_takes_an_absent_column_for_missing_values() -> None:
    table = pd.DataFrame({"size": [1.0, 2.0] * 100})
    found = drift.compare(table, {"may": table.rename(columns={"size": "sice"})}, ["size"]).iloc[0]
    assert (found["missing"], found["level"]) == (1.0, "major")


def test_compare_refuses_tables_without_rows_or_columns() -> None:
    table = pd.DataFrame({"size": [1.0, 2.0]})
    with pytest.raises(DataError, match="the window may has no rows, so it cannot be compared"):
        drift.compare(table, {"may": table[:0]}, ["size"])
    with pytest.raises(DataError, match="the training rows has no rows"):
        drift.compare(table[:0], {"may": table}, ["size"], name="the training rows")
    with pytest.raises(DataError, match=r"the training rows has no column 'sice': did you mean 'size'\?"):
        drift.compare(table, {"may": table}, ["sice"], name="the training rows")


def test_compare_measures_how_far_numbers_moved(generator: np.random.Generator) -> None:
    before, after = generator.lognormal(size=8_000), generator.lognormal(mean=0.3, size=5_000)
    found = one(before, after)
    exact = wasserstein_distance(before, after) / before.std()
    assert found["wasserstein"] == pytest.approx(
        exact, rel=0.05
    )  # beyond the last quantile rows are taken to lie evenly
    assert (found["mean_before"], found["mean"]) == pytest.approx((before.mean(), after.mean()), rel=0.01)
    whole = [generator.poisson(rate, 3_000) for rate in (2, 3)]
    assert one(*whole)["wasserstein"] == pytest.approx(wasserstein_distance(*whole) / whole[0].std(), rel=0.01)


def test_moves_are_ranked_by_what_they_are_likely_to_do(generator: np.random.Generator) -> None:
    usual = Reference.of(pd.DataFrame({name: generator.normal(size=2000) for name in "abc"}), list("abc"))
    sketch = usual.sketch(pd.DataFrame({name: generator.normal(loc=1, size=2000) for name in "abc"}))
    found = drift.judge(usual, {"now": sketch}, importance={"a": 1.0, "b": 3.0, "c": -0.1}).set_index("column")
    assert found["effect"].sort_values(ascending=False).index.tolist() == ["b", "a", "c"]
    assert found.loc["c", "effect"] == 0
    assert found.loc["b", "effect"] == pytest.approx(0.75 * found.loc["b", "jensen_shannon"])


def test_days_that_err_together_are_no_drift(generator: np.random.Generator) -> None:
    """Within a day rows are alike: by rows alone nearly every week would differ, by whole days none does."""
    days = np.repeat(np.arange(60 + 10 * 7), 200)
    table = pd.DataFrame({"day": pd.Timestamp("2026-01-01") + pd.to_timedelta(days, unit="D")})
    for name in "abcde":
        table[name] = generator.normal(scale=0.7, size=days.max() + 1)[days] + generator.normal(size=len(days))
    reference, later = table[days < 60], table[days >= 60]
    weeks = {str(week): rows for week, rows in later.groupby(days[days >= 60] // 7)}
    by_days = drift.compare(reference, weeks, list("abcde"), time="day")
    by_rows = drift.compare(reference, weeks, list("abcde"))
    assert (by_rows["level"].isin([Level.MODERATE, Level.MAJOR])).mean() > 0.2
    assert not by_days["level"].isin([Level.MODERATE, Level.MAJOR]).any()
    moved = {name: rows.assign(a=rows["a"] + 3) for name, rows in weeks.items()}
    found = drift.compare(reference, moved, list("abcde"), time="day")
    assert found.loc[found["column"] == "a", "level"].iloc[:-1].eq(Level.MAJOR).all()  # the last week is not whole


def test_shares_names_the_bins_that_were_compared() -> None:
    numbers = drift.shares(pd.Series([1.0, 1.0, 2.0, np.nan]), pd.Series([2.0, 9.0]))
    assert numbers["bin"].tolist() == ["≤ 1", "≤ 2", "never seen", "missing"]
    assert numbers["before"].tolist() == [0.5, 0.25, 0.0, 0.25]
    assert numbers["after"].tolist() == [0.0, 0.5, 0.5, 0.0]
    words = drift.shares(pd.Series(["a", "a", "b", "b"]), pd.Series(["b", "c", None, "b"]))
    assert words["bin"].tolist() == ["a", "b", "never seen", "missing"]
    assert words["after"].tolist() == [0.0, 0.5, 0.25, 0.25]
