import numpy as np
import pandas as pd
import pytest
from sheets import titles

from pipeline.figures import tables


@pytest.fixture
def periods() -> pd.DataFrame:
    when = pd.date_range("2024-01-01", periods=10, freq="7D", tz="America/New_York")
    rate = np.linspace(0.1, 0.4, 10)
    return pd.DataFrame({"period": when, "rows": 100, "rate": rate, "low": rate - 0.05, "high": rate + 0.05})


def test_missing_names_the_worst_column() -> None:
    profile = pd.DataFrame({"column": ["a", "price ($)", "b$"], "missing": [0.0, 0.25, 0.1]})
    assert titles(tables.missing(profile)) == ["2 of 3 columns miss values: most in price ($), 25.0% of the rows"]


def test_missing_draws_a_table_without_gaps() -> None:
    assert titles(tables.missing(pd.DataFrame({"column": ["a"], "missing": [0.0]}))) == ["0 of 1 columns miss values"]


def associated(auc: list[float]) -> pd.DataFrame:
    frame = pd.DataFrame({"column": [f"c{place}" for place in range(len(auc))], "auc": auc})
    return frame.assign(low=frame["auc"] - 0.01, high=frame["auc"] + 0.005)


def test_associations_names_the_best_column() -> None:
    assert titles(tables.associations(associated([0.7, 0.6]), limit=0.98)) == [
        "No suspected leak. Alone, c0 tells most: AUC 0.70"
    ]


def test_associations_marks_suspects_by_more_than_colour() -> None:
    figure = tables.associations(associated([0.99, 0.6]), limit=0.98)
    assert titles(figure) == ["1 of 2 columns may know the target. Alone, c0 tells most: AUC 0.99"]
    assert [bar.get_hatch() for bar in figure.axes[0].patches] == ["//", None]


def test_charts_of_columns_say_how_many_they_leave_out() -> None:
    table = associated(list(np.linspace(0.9, 0.5, 16)))
    title = "No suspected leak. Alone, c0 tells most: AUC 0.90 (15 of 16 columns drawn)"
    assert titles(tables.associations(table, limit=0.98)) == [title]
    title = "16 of 16 columns miss values: most in c0, 90.0% of the rows (15 of 16 columns drawn)"
    assert titles(tables.missing(table.rename(columns={"auc": "missing"}))) == [title]


def test_over_time_says_how_far_the_rate_moves(periods: pd.DataFrame) -> None:
    title = "paid = yes in 26.0% of rows; 7 of 10 weeks clearly differ (from 10.0% to 40.0%)"
    figure = tables.over_time(periods, target="paid = yes", base_rate=0.26)
    assert titles(figure) == [title]
    assert figure.axes[1].get_xlabel() == "start of each week"


@pytest.mark.parametrize(("step", "unit"), [("D", "day"), ("MS", "month"), ("YS", "year")])
def test_over_time_calls_periods_by_their_length(periods: pd.DataFrame, step: str, unit: str) -> None:
    table = periods.assign(period=pd.date_range("2024-01-01", periods=10, freq=step))
    assert f"10 {unit}s clearly" in titles(tables.over_time(table, target="a", base_rate=0.2))[0]


def test_over_time_draws_a_single_period(periods: pd.DataFrame) -> None:
    figure = tables.over_time(periods.head(1), target="a", base_rate=0.1)
    assert titles(figure) == ["a in 10.0% of rows; 0 of 1 periods clearly differ (from 10.0% to 10.0%)"]


def test_windows_draws_the_spans(periods: pd.DataFrame) -> None:
    when = periods["period"]
    spans = {
        "train": {"start": when[0], "end": when[5], "base_rate": 0.2},
        "test": {"start": when[6], "end": when[9], "base_rate": 0.3},
    }
    figure = tables.windows(periods, spans, target="paid = yes")
    said = "paid = yes in 20.0% of train and 30.0% of test rows: each window comes after the one before"
    assert titles(figure) == [said]
    assert [text.get_text() for text in figure.axes[0].texts] == ["train", "test"]


def test_rates_draws_one_panel_a_column_and_names_the_widest() -> None:
    bins = pd.DataFrame({"rate": [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.3]}, index=["≤ 1", "(missing)"])
    wide = pd.DataFrame({"rate": [0.1, 0.8], "low": [0.0, 0.7], "high": [0.2, 0.9]}, index=["≤ 1", "≤ 1"])
    columns = [bins.rename_axis("a"), bins.rename_axis("a column with a name that does not end"), wide.rename_axis("d")]
    figure = tables.rates(columns, target="paid = yes", base_rate=0.15)
    assert [axes.axison for axes in figure.axes] == [True] * 3 + [False]
    title = "paid = yes goes furthest along d: from 10.0% at ≤ 1 to 80.0% at ≤ 1"
    assert titles(figure) == [title, "a", "a column with a name that does …", "d"]


def labels(rate: list[float]) -> list[str]:
    bins = pd.DataFrame({"rate": rate, "low": rate, "high": rate}, index=[f"w{n}" for n in range(len(rate))])
    figure = tables.rates([bins.rename_axis("word")], target="paid = yes", base_rate=0.15)
    titles(figure)
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def test_rates_names_every_bin_where_there_is_room() -> None:
    assert labels([0.5] * 20) == [f"w{n}" for n in range(20)]


def test_rates_names_the_extreme_bins_where_there_are_many() -> None:
    shown = labels([0.5] * 6 + [0.9, 0.1] + [0.5] * 14)
    assert {"w6", "w7"} < set(shown)
    assert len(shown) < 9
