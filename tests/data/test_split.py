from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.data import split
from pipeline.errors import DataError


def timed(days: int = 100, zone: str | None = None) -> pd.DataFrame:
    drawn = np.random.default_rng(0)
    frame = pd.DataFrame({"when": pd.date_range("2024-01-01", periods=days, tz=zone)})
    return frame.assign(paid=drawn.integers(0, 2, days), row=range(days)).sample(frac=1, random_state=0)


def test_by_time_cuts_at_the_days_given() -> None:
    parts = split.by_time(timed(), "when", train_until=date(2024, 2, 1), test_until=date(2024, 3, 1))
    assert [len(part) for _, part in parts.parts()] == [31, 29, 40]
    assert parts.train["when"].max() < pd.Timestamp("2024-02-01") == parts.test["when"].min()


def test_by_time_means_days_of_the_column_s_own_zone() -> None:
    parts = split.by_time(timed(zone="Asia/Tokyo"), "when", train_until=date(2024, 2, 1), test_until=date(2024, 3, 1))
    assert parts.test["when"].min() == pd.Timestamp("2024-02-01", tz="Asia/Tokyo")


def test_by_time_takes_three_fifths_and_a_fifth_when_no_day_is_given() -> None:
    parts = split.by_time(timed(), "when")
    assert [len(part) for _, part in parts.parts()] == [60, 20, 20]
    assert [part["row"].is_monotonic_increasing for _, part in parts.parts()] == [True, True, True]


def test_by_time_halves_the_rest_when_only_the_first_day_is_given() -> None:
    parts = split.by_time(timed(), "when", train_until=date(2024, 3, 21))
    assert [len(part) for _, part in parts.parts()] == [80, 10, 10]


def test_by_time_never_parts_rows_of_one_moment() -> None:
    frame = pd.concat([timed(10)] * 7)
    parts = split.by_time(frame, "when")
    assert not set(parts.train["when"]) & set(parts.test["when"])
    assert not set(parts.test["when"]) & set(parts.later["when"])


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (date(2024, 3, 1), date(2024, 2, 1), r"test_until \(2024-02-01.*\) is not after train_until \(2024-03-01"),
        (date(2023, 3, 1), None, "no rows lie before train_until .*: the rows run from 2024-01-01"),
        (date(2025, 3, 1), None, "no rows are left to test on"),
        (date(2025, 3, 1), date(2025, 4, 1), "no rows lie between train_until .* and test_until"),
    ],
)
def test_by_time_refuses_windows_without_rows(first: date, second: date | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        split.by_time(timed(), "when", train_until=first, test_until=second)


def test_at_random_keeps_the_base_rate_and_repeats_with_the_seed() -> None:
    frame = timed(1000)
    once, again = (split.at_random(frame, "paid", seed=3) for _ in range(2))
    assert len(once.test) == 250
    assert once.later.empty
    assert abs(once.train["paid"].mean() - once.test["paid"].mean()) < 0.01
    pd.testing.assert_frame_equal(once.test, again.test)
    assert not set(once.train["row"]) & set(once.test["row"])
    assert "there is no time column" in once.how


def test_at_random_refuses_a_class_of_one_row() -> None:
    with pytest.raises(DataError, match=r"column 'paid' has too few rows of one value .*0 29, 1 1"):
        split.at_random(pd.DataFrame({"paid": [0] * 29 + [1]}), "paid", seed=0)


def test_windows_tells_what_each_table_covers() -> None:
    told = split.windows(split.by_time(timed(), "when"), "paid", "when")
    assert told["train"]["rows"] == 60
    assert told["test"]["start"] == pd.Timestamp("2024-03-01")
    assert 0 < told["later"]["base_rate"] < 1


def test_windows_tells_nothing_of_a_table_without_rows_or_time() -> None:
    told = split.windows(split.at_random(timed(), "paid", seed=0), "paid", None)
    assert told["later"] == {"rows": 0, "base_rate": None, "start": None, "end": None}
    assert told["train"]["start"] is None
