from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from pipeline.errors import DataError
from pipeline.monitoring import drift
from pipeline.monitoring.distances import Level

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


def test_compare_stays_stable_when_a_window_is_too_small_to_tell(generator: np.random.Generator) -> None:
    levels = [one(generator.normal(size=ROWS), generator.normal(size=30))["level"] for _ in range(40)]
    assert levels.count(Level.STABLE) >= 34


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
    names = np.array([f"city {number}" for number in range(2000)])
    before = drift.profile(pd.Series(generator.choice(names, ROWS)))
    assert len(before.counts) == drift.CATEGORIES + 3
    assert before.counts.sum() == ROWS


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


def test_compare_refuses_words_where_numbers_were() -> None:
    with pytest.raises(
        DataError, match=r"column 'x' holds str where the reference has numbers: .* Make it numbers again"
    ):
        one([1.0, 2.0], ["1", "two"])


def test_compare_refuses_tables_without_rows_or_columns() -> None:
    table = pd.DataFrame({"size": [1.0, 2.0]})
    with pytest.raises(DataError, match="the window may has no rows"):
        drift.compare(table, {"may": table[:0]}, ["size"])
    with pytest.raises(DataError, match="the training rows has no rows"):
        drift.compare(table[:0], {"may": table}, ["size"], name="the training rows")
    with pytest.raises(DataError, match=r"the window may has no column 'size': did you mean 'sice'\?"):
        drift.compare(table, {"may": table.rename(columns={"size": "sice"})}, ["size"])


def test_shares_names_the_bins_that_were_compared() -> None:
    numbers = drift.shares(pd.Series([1.0, 1.0, 2.0, np.nan]), pd.Series([2.0, 9.0]))
    assert numbers["bin"].tolist() == ["≤ 1", "≤ 2", "never seen", "missing"]
    assert numbers["before"].tolist() == [0.5, 0.25, 0.0, 0.25]
    assert numbers["after"].tolist() == [0.0, 0.5, 0.5, 0.0]
    words = drift.shares(pd.Series(["a", "a", "b", "b"]), pd.Series(["b", "c", None, "b"]))
    assert words["bin"].tolist() == ["a", "b", "never seen", "missing"]
    assert words["after"].tolist() == [0.0, 0.5, 0.25, 0.25]
