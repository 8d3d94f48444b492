from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.data import split
from pipeline.errors import DataError
from pipeline.goal import Goal, Task


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


BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))
SEVERAL = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
NUMBER = Goal(task=Task.REGRESSION)


def test_at_random_keeps_the_base_rate_and_repeats_with_the_seed() -> None:
    frame = timed(1000)
    once, again = (split.at_random(frame, "paid", BINARY, seed=3) for _ in range(2))
    assert len(once.test) == 250
    assert once.later.empty
    assert abs(once.train["paid"].mean() - once.test["paid"].mean()) < 0.01
    pd.testing.assert_frame_equal(once.test, again.test)
    assert not set(once.train["row"]) & set(once.test["row"])
    assert "there is no time column" in once.how


def test_at_random_has_each_class_on_both_sides_when_one_is_rare() -> None:
    frame = pd.DataFrame({"paid": [0] * 50 + [1] * 30 + [2] * 2})
    parts = split.at_random(frame, "paid", SEVERAL, seed=0)
    assert parts.train["paid"].value_counts().to_dict() == {0: 38, 1: 22, 2: 1}
    assert parts.test["paid"].value_counts().to_dict() == {0: 12, 1: 8, 2: 1}


def test_at_random_takes_a_quarter_of_each_tenth_of_a_number() -> None:
    drawn = np.random.default_rng(0).lognormal(size=1000)
    parts = split.at_random(pd.DataFrame({"price": drawn}), "price", NUMBER, seed=0)
    tenths = np.quantile(drawn, np.linspace(0, 1, 11)[:-1])
    assert np.bincount(np.searchsorted(tenths, parts.test["price"], side="right"))[1:].tolist() == [25] * 10
    assert parts.how == "at random evenly over price, seed 0: there is no time column, so no row came later"


@pytest.mark.parametrize("rows", [2, 5, 30])
def test_at_random_parts_a_few_numbers(rows: int) -> None:
    parts = split.at_random(pd.DataFrame({"price": np.ones(rows)}), "price", NUMBER, seed=0)
    assert len(parts.train) + len(parts.test) == rows
    assert len(parts.test)


@pytest.mark.parametrize(("goal", "groups"), [(BINARY, 100), (SEVERAL, 100), (NUMBER, 100), (BINARY, 6000)])
def test_choose_has_no_group_on_both_sides(goal: Goal, groups: int) -> None:
    drawn = np.random.default_rng(0)
    target = drawn.normal(size=2 * groups) if goal is NUMBER else drawn.integers(0, len(goal.classes), 2 * groups)
    frame = pd.DataFrame({"paid": target, "who": np.tile(np.arange(groups), 2)})
    parts = split.choose(frame, goal, target="paid", groups="who", seed=1)
    assert not set(parts.train["who"]) & set(parts.test["who"])
    assert len(parts.train) + len(parts.test) == len(frame)
    assert abs(len(parts.test) / len(frame) - 0.25) < 0.03
    assert abs(parts.train["paid"].mean() - parts.test["paid"].mean()) < 0.2
    assert "by whole who" in parts.how


def test_choose_deals_groups_out_when_a_class_is_rarer_than_folds() -> None:
    frame = pd.DataFrame({"paid": [0] * 50 + [1] * 48 + [2] * 2, "who": list(range(20)) * 5})
    parts = split.choose(frame, SEVERAL, target="paid", groups="who")
    assert not set(parts.train["who"]) & set(parts.test["who"])


def test_choose_refuses_too_few_groups() -> None:
    with pytest.raises(DataError, match="column 'who', named as groups, has 3 values, and must have 4 at least"):
        split.choose(pd.DataFrame({"paid": [0, 1] * 30, "who": [1, 2, 3] * 20}), BINARY, target="paid", groups="who")


def test_choose_leaves_test_rows_out_whose_group_was_learnt_from() -> None:
    frame = timed().assign(who=lambda rows: rows["row"] // 8)
    parts = split.choose(frame, BINARY, target="paid", time="when", groups="who")
    assert [len(part) for _, part in parts.parts()] == [60, 16, 20]
    assert parts.left_out == 4
    assert parts.how.endswith("; 4 test rows whose who was learnt from are left out")


def test_choose_refuses_a_test_of_known_groups_only() -> None:
    frame = timed().assign(who=lambda rows: rows["row"] % 2)
    with pytest.raises(DataError, match="each who of the test rows stands in the training rows too"):
        split.choose(frame, BINARY, target="paid", time="when", groups="who")


def test_choose_refuses_a_table_of_one_class() -> None:
    frame = timed().assign(paid=lambda rows: (rows["row"] > 70).astype("int8"))
    with pytest.raises(DataError, match="the table train would hold rows of one class only: 'paid' is 'no' in all 60"):
        split.choose(frame, BINARY, target="paid", time="when")


def test_windows_tells_what_each_table_covers() -> None:
    told = split.windows(split.by_time(timed(), "when"), "paid", BINARY, "when")
    assert told["train"]["rows"] == 60
    assert told["test"]["start"] == pd.Timestamp("2024-03-01")
    assert 0 < told["later"]["base_rate"] < 1


def test_windows_tells_nothing_of_a_table_without_rows_or_time() -> None:
    told = split.windows(split.at_random(timed(), "paid", BINARY, seed=0), "paid", BINARY, None)
    assert told["later"] == {"rows": 0, "base_rate": None, "start": None, "end": None}
    assert told["train"]["start"] is None


def test_windows_tells_shares_of_classes_and_the_mean_of_a_number() -> None:
    frame = pd.DataFrame({"paid": [0, 0, 1, 2] * 10})
    told = split.windows(split.at_random(frame, "paid", SEVERAL, seed=0), "paid", SEVERAL, None)
    assert told["later"]["shares"] == {}
    assert set(told["train"]["shares"]) == {"a", "b", "c"}
    assert sum(told["train"]["shares"].values()) == pytest.approx(1)
    told = split.windows(split.at_random(frame, "paid", NUMBER, seed=0), "paid", NUMBER, None)
    assert told["train"]["mean"] == pytest.approx(0.75, abs=0.1)
    assert told["later"] == {"rows": 0, "mean": None, "std": None, "start": None, "end": None}


@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
def test_by_time_tests_on_the_newest_share_whatever_days_are_named(zone: str | None) -> None:
    days = {"train_until": date(2024, 2, 1), "test_until": date(2024, 3, 1)}
    parts = split.by_time(timed(zone=zone), "when", **days, test_share=0.15)
    assert [len(part) for _, part in parts.parts()] == [85, 15, 0]
    assert parts.train["when"].max() < parts.test["when"].min()
    assert "the newest 15% of the rows" in parts.how


def test_by_time_refuses_a_newest_share_that_leaves_nothing_to_learn_from() -> None:
    rows = timed(10).assign(when=pd.Timestamp("2024-01-01"))
    with pytest.raises(DataError, match="no rows lie before 2024-01-01"):
        split.by_time(rows, "when", test_share=0.5)
