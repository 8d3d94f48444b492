import numpy as np
import pandas as pd
import pytest
from sheets import titles

from pipeline.figures import tables
from pipeline.figures.words import SCALES
from pipeline.goal import Task

SHARE, AMOUNT = SCALES[Task.BINARY], SCALES[Task.REGRESSION]


@pytest.fixture
def periods() -> pd.DataFrame:
    when = pd.date_range("2024-01-01", periods=10, freq="7D", tz="America/New_York")
    return followed(when, np.linspace(0.1, 0.4, 10))


def followed(when: pd.DatetimeIndex, value: np.ndarray, curve: str = "paid = yes") -> pd.DataFrame:
    table = pd.DataFrame({"curve": curve, "period": when, "rows": 100, "value": value})
    return table.assign(low=value - 0.05, high=value + 0.05)


def test_over_time_says_how_far_the_target_moves(periods: pd.DataFrame) -> None:
    title = "paid = yes: 26.0% over all rows; 7 of 10 weeks clearly differ (from 10.0% to 40.0%)"
    figure = tables.over_time(periods, {"paid = yes": 0.26}, scale=SHARE)
    assert titles(figure) == [title]
    assert figure.axes[1].get_xlabel() == "start of each week (dashed: all rows)"


def test_over_time_writes_numbers_as_they_are(periods: pd.DataFrame) -> None:
    table = periods.assign(value=periods["value"] * 1000 - 200, low=0.0, high=0.0, curve="mean a")
    figure = tables.over_time(table, {"mean a": 60.0}, scale=AMOUNT)
    assert titles(figure) == ["mean a: 60 over all rows; 10 of 10 weeks clearly differ (from -100 to 200)"]
    assert figure.axes[0].get_ylim()[0] < -100


def test_over_time_draws_each_class_and_names_the_one_that_moves_most(periods: pd.DataFrame) -> None:
    flat = followed(pd.DatetimeIndex(periods["period"]), np.full(10, 0.5), "paid = no")
    figure = tables.over_time(pd.concat([flat, periods]), {"paid = no": 0.5, "paid = yes": 0.26}, scale=SHARE)
    assert titles(figure)[0].startswith("paid = yes: 26.0% over all rows; 7 of 10 weeks")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["paid = no", "paid = yes"]


@pytest.mark.parametrize(("step", "unit"), [("D", "day"), ("MS", "month"), ("YS", "year")])
def test_over_time_calls_periods_by_their_length(periods: pd.DataFrame, step: str, unit: str) -> None:
    table = periods.assign(period=pd.date_range("2024-01-01", periods=10, freq=step))
    assert f"10 {unit}s clearly" in titles(tables.over_time(table, {"paid = yes": 0.2}, scale=SHARE))[0]


def test_over_time_draws_a_single_period(periods: pd.DataFrame) -> None:
    figure = tables.over_time(periods.head(1), {"paid = yes": 0.1}, scale=SHARE)
    assert titles(figure) == ["paid = yes: 10.0% over all rows; 0 of 1 periods clearly differ (from 10.0% to 10.0%)"]


def test_windows_draws_the_spans(periods: pd.DataFrame) -> None:
    when = periods["period"]
    spans = {"train": {"start": when[0], "end": when[5]}, "test": {"start": when[6], "end": when[9]}}
    figure = tables.windows(periods, spans, scale=SHARE)
    (title,) = titles(figure)
    assert title.startswith("paid = yes goes from 10.0% to 26.7% in train and 30.0% to 40.0% in test: each window")
    assert [text.get_text() for text in figure.axes[0].texts] == ["train", "test"]


def bins(column: str, value: list[float], names: list[str], spread: float = 0.1) -> pd.DataFrame:
    table = pd.DataFrame({"curve": "paid", "bin": names, "value": value})
    table = table.assign(low=table["value"] - spread, high=table["value"] + spread)
    table.attrs["column"] = column
    return table


def test_along_draws_one_panel_a_column_and_names_the_widest() -> None:
    flat, wide = bins("flat", [0.1, 0.2], ["≤ 1", "(missing)"]), bins("a $ b $", [0.1, 0.8], ["≤ 1", "≤ 2"])
    figure = tables.along([flat, wide, flat], {"paid": 0.2}, scale=SHARE)
    said = "paid goes furthest along a $ b $: from 10.0% at ≤ 1 to 80.0% at ≤ 2"
    assert titles(figure) == [said, "flat", "a $ b $", "flat"]


def test_along_does_not_fall_for_a_bin_of_few_rows() -> None:
    rare, sure = bins("rare", [0.2, 0.9], ["a", "b"], spread=0.45), bins("sure", [0.2, 0.6], ["a", "b"], spread=0.01)
    assert titles(tables.along([rare, sure], {"paid": 0.2}, scale=SHARE))[0].startswith("paid goes furthest along sure")


def test_along_draws_classes_with_a_legend_and_without_intervals_of_one_row() -> None:
    one = bins("a", [0.1, 0.2], ["x", "y"])
    both = pd.concat([one, one.assign(curve="late", low=np.nan, high=np.nan)])
    both.attrs["column"] = "a"
    figure = tables.along([both], {"paid": 0.2, "late": 0.1}, scale=SHARE)
    assert titles(figure)[1] == "a"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["paid", "late"]


def test_along_says_so_where_there_is_no_column() -> None:
    assert titles(tables.along([], {"paid": 0.2}, scale=SHARE)) == ["There is no column to follow the target along"]


def test_along_names_only_some_of_many_bins() -> None:
    many = bins("many", [*np.linspace(0.1, 0.5, 29), 0.05], [f"bin {place}" for place in range(30)])
    figure = tables.along([many], {"paid": 0.2}, scale=SHARE)
    named = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert len(named) < 10
    assert {"bin 28", "bin 29"} <= set(named)
