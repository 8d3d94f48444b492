import numpy as np
import pandas as pd
import pytest

from pipeline.data import outcomes, profile
from pipeline.goal import Goal, Task

PAID = Goal(task=Task.BINARY, classes=("no", "yes"))


@pytest.fixture
def frame() -> pd.DataFrame:
    drawn = np.random.default_rng(0)
    rows = 3000
    target = drawn.random(rows) < 0.3
    return pd.DataFrame(
        {
            "paid": target.astype("int8"),
            "when": pd.date_range("2024-01-01", periods=rows, freq="h"),
            "noise": drawn.normal(size=rows),
            "near": target + drawn.normal(size=rows),
            "after": target + drawn.normal(size=rows) * 0.2,
            "same": np.where(target, "yes", "no"),
            "kind": pd.Series(drawn.choice(["a", "b", "c"], rows)).where(~target | (drawn.random(rows) < 0.5)),
            "open": pd.array(drawn.random(rows) < 0.5, dtype="boolean"),
            "none": np.nan,
        }
    )


def paid(values: list[int] | pd.Series) -> outcomes.Outcome:
    return outcomes.of(pd.Series(values), PAID, "paid")


def test_columns_describes_each_column(frame: pd.DataFrame) -> None:
    told = profile.columns(frame).set_index("column")
    assert list(told.index) == list(frame.columns)
    assert told.loc["noise", "mean"] == pytest.approx(frame["noise"].mean())
    assert told.loc["kind", "missing"] == frame["kind"].isna().mean()
    assert told.loc["none", "distinct"] == 0
    assert told.loc["noise", "values"] == "each once"
    assert told.loc["when", "values"] == "2024-01-01 00:00:00 to 2024-05-04 23:00:00"
    assert told.loc["same", "values"].startswith("no 7")


def test_columns_cuts_long_values_and_takes_values_of_any_kind() -> None:
    told = profile.columns(pd.DataFrame({"long": ["x" * 10_000] * 2, "lists": [[1], [1]]})).set_index("column")
    assert len(told.loc["long", "values"]) < 80
    assert told.loc["lists", "values"] == "[1] 100.0%"


def test_along_counts_every_row_once_in_the_order_of_the_values(frame: pd.DataFrame) -> None:
    table = profile.along(frame["near"], paid(frame["paid"]))
    assert table.attrs["column"] == "near"
    assert set(table["curve"]) == {"paid = yes"}
    assert table["rows"].sum() == len(frame)
    assert table["value"].iloc[0] < 0.1
    assert table["value"].iloc[-1] > 0.8
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


def test_along_puts_words_in_the_order_of_their_values_and_missing_ones_last() -> None:
    words = pd.Series(["a", "b", "c", None] * 50, name="word")
    table = profile.along(words, paid([1, 0, 1, 0, 1, 0, 0, 0] * 25))
    assert table["value"].tolist() == [0.0, 0.5, 1.0, 0.0]
    assert table["bin"].tolist() == ["b", "c", "a", "(missing)"]


def test_along_follows_the_mean_of_a_number_and_the_share_of_each_class() -> None:
    values = pd.Series([1, 1, 2, 2] * 40, name="a")
    number = outcomes.of(pd.Series([1.0, 3.0, 5.0, 5.0] * 40), Goal(task=Task.REGRESSION), "size")
    table = profile.along(values, number)
    assert table["curve"].tolist() == ["mean size"] * 2
    assert table["value"].tolist() == [2.0, 5.0]
    assert table["high"].tolist()[1] == 5.0
    several = Goal(task=Task.MULTICLASS, classes=("x", "y", "z"))
    shares = profile.along(values, outcomes.of(pd.Series([0, 1, 2, 2] * 40), several, "kind"))
    assert shares["curve"].unique().tolist() == ["kind = z", "kind = x", "kind = y"]
    assert shares.loc[shares["curve"] == "kind = z", "value"].tolist() == [0.0, 1.0]


def test_associations_puts_the_best_first_and_takes_a_missing_value_as_one(frame: pd.DataFrame) -> None:
    columns = ["kind", "none", "noise", "same", "open", "when"]
    found = profile.associations(frame[columns], paid(frame["paid"])).set_index("column")
    assert found.index[0] == "same"
    assert found.loc["same", ["score", "information"]].tolist() == pytest.approx([1, 1])
    assert found.loc["kind", "score"] > 0.7
    assert found.loc["none", ["score", "information"]].tolist() == [0.5, 0.0]
    assert found.loc["noise", "score"] < 0.56


def test_associations_of_no_column_have_their_columns() -> None:
    found = profile.associations(pd.DataFrame(index=range(2)), paid([0, 1]))
    assert list(found.columns) == ["column", "score", "low", "high", "information"]


@pytest.mark.parametrize(
    ("days", "start"), [(40, "2024-01-01"), (300, "2024-01-01"), (1500, "2024-01-01"), (4000, "2024-01-01")]
)
def test_over_time_chooses_periods_for_at_most_sixty_points(days: int, start: str) -> None:
    when = pd.Series(pd.date_range(start, periods=days, tz="Europe/Berlin"))
    table = profile.over_time(paid([0, 1] * (days // 2)), when)
    assert 10 <= len(table) <= 61
    assert table["rows"].sum() == days
    assert table["period"].iloc[0] == pd.Timestamp(start, tz="Europe/Berlin")


def test_over_time_has_no_interval_where_there_is_one_cluster() -> None:
    table = profile.over_time(paid([0, 1, 1]), pd.Series(pd.to_datetime(["2024-01-01"] * 3)))
    assert table["value"].tolist() == [pytest.approx(2 / 3)]
    assert table[["low", "high"]].isna().all(axis=None)


def test_over_time_covers_the_true_rate_about_as_often_as_it_says_when_days_are_alike() -> None:
    drawn = np.random.default_rng(1)
    days = 60 * 30
    daily = np.clip(drawn.normal(0.3, 0.1, days), 0, 1)
    when = pd.Series(np.repeat(pd.date_range("2020-01-01", periods=days), 40))
    table = profile.over_time(paid((drawn.random(len(when)) < np.repeat(daily, 40)).astype(int)), when)
    assert ((table["low"] <= 0.3) & (table["high"] >= 0.3)).mean() > 0.85


def test_over_time_takes_clocks_that_are_set_back_and_forth() -> None:
    when = pd.Series(pd.date_range("2024-03-30", periods=24 * 9, freq="h", tz="Europe/Berlin"))
    assert profile.over_time(paid([0, 1] * (len(when) // 2)), when)["rows"].sum() == len(when)


def test_over_time_follows_a_mean_below_zero() -> None:
    when = pd.Series(pd.date_range("2024-01-01", periods=40))
    number = outcomes.of(pd.Series([-3.0, -1.0] * 20), Goal(task=Task.REGRESSION), "size")
    table = profile.over_time(number, when)
    assert table["value"].tolist() == [-3.0, -1.0] * 20
