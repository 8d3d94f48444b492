import numpy as np
import pandas as pd
import pytest

from pipeline.data import bins


def test_numbers_are_cut_into_equally_large_bins_called_by_their_ends() -> None:
    found = bins.of(pd.Series(np.arange(1000.0)))
    assert np.bincount(found.codes).tolist() == [50] * 20
    assert found.labels()[:2] == ["≤ 49", "≤ 99"]


def test_few_values_are_bins_by_themselves_and_missing_and_infinite_ones_together() -> None:
    found = bins.of(pd.Series([1.5, 2.5, np.nan, np.inf] * 30))
    assert found.labels() == ["1.5", "2.5", "(missing)"]
    assert np.bincount(found.codes).tolist() == [30, 30, 60]


def test_a_value_that_is_very_frequent_stays_in_one_bin() -> None:
    found = bins.of(pd.Series([0] * 900 + list(range(1, 101))))
    assert found.labels()[0] == "≤ 0"
    assert np.bincount(found.codes)[0] == 900
    assert np.bincount(found.codes).sum() == 1000


def test_rare_and_missing_words_have_bins_of_their_own() -> None:
    words = pd.Series([*("common " * 60).split(), *map(str, range(40)), None, None])
    assert bins.of(words).labels() == ["common", "0", "(other)", "(missing)"]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (pd.Series([True, False] * 60), ["False", "True"]),
        (pd.Series(pd.array([1, None] * 60, dtype="Int64")), ["1", "(missing)"]),
        (pd.Series(pd.Categorical(["b", "a"] * 60)), ["b", "a"]),
        (pd.Series([[1], {"a": 1}] * 60), ["[1]", "{'a': 1}"]),
        (pd.Series([np.nan] * 100), ["(missing)"]),
        (pd.Series(pd.to_datetime(["2024-01-01", None] * 60)), ["2024-01-01", "(missing)"]),
        (pd.Series([1e6, 1680.0] * 60), ["1680", "1e+06"]),
    ],
)
def test_columns_of_every_kind_are_cut(values: pd.Series, labels: list[str]) -> None:
    found = bins.of(values)
    assert found.labels() == labels
    assert set(found.codes) == set(range(found.count))


def test_datetimes_are_called_by_day() -> None:
    when = pd.Series(pd.date_range("2024-01-01", periods=400))
    assert bins.of(when).labels()[-1] == "≤ 2025-02-03"
