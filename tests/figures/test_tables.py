import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from pipeline.figures import style, tables


@pytest.fixture(autouse=True)
def _styled() -> None:
    style.use()


@pytest.fixture
def periods() -> pd.DataFrame:
    when = pd.date_range("2024-01-01", periods=10, freq="7D", tz="America/New_York")
    rate = np.linspace(0.1, 0.4, 10)
    return pd.DataFrame({"period": when, "rows": 100, "rate": rate, "low": rate - 0.05, "high": rate + 0.05})


def drawn(figure: Figure) -> list[str]:
    """Render, so that whatever cannot be drawn fails here; give the titles."""
    figure.savefig(io.BytesIO(), format="png")
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_missing_names_the_worst_column() -> None:
    profile = pd.DataFrame({"column": ["a", "price ($)", "b$"], "missing": [0.0, 0.25, 0.1]})
    assert drawn(tables.missing(profile)) == ["2 of 3 columns miss values: most in price ($), 25.0%"]


def test_missing_draws_a_table_without_gaps() -> None:
    assert drawn(tables.missing(pd.DataFrame({"column": ["a"], "missing": [0.0]}))) == ["0 of 1 columns miss values"]


def test_associations_names_the_best_column() -> None:
    table = pd.DataFrame({"column": ["a", "b"], "auc": [0.99, 0.6]})
    assert drawn(tables.associations(table, limit=0.98)) == ["Alone, a tells most: AUC 0.99"]


def test_charts_of_columns_say_how_many_they_leave_out() -> None:
    table = pd.DataFrame({"column": [f"c{n}" for n in range(21)], "auc": np.linspace(0.9, 0.5, 21)})
    assert drawn(tables.associations(table, limit=0.98)) == ["Alone, c0 tells most: AUC 0.90 (20 of 21 columns drawn)"]
    title = "21 of 21 columns miss values: most in c0, 90.0% (20 of 21 columns drawn)"
    assert drawn(tables.missing(table.rename(columns={"auc": "missing"}))) == [title]


def test_over_time_says_how_far_the_rate_moves(periods: pd.DataFrame) -> None:
    titles = drawn(tables.over_time(periods, target="paid = yes", base_rate=0.25))
    assert titles == ["paid = yes: from 10% to 40% over time, 25.0% of all rows", ""]


def test_windows_draws_the_spans(periods: pd.DataFrame) -> None:
    when = periods["period"]
    figure = tables.windows(periods, {"train": (when[0], when[5]), "test": (when[6], when[9])}, target="paid = yes")
    assert drawn(figure) == ["What is tested comes after what was learnt from"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["train", "test"]


def test_rates_draws_one_panel_a_column() -> None:
    bins = pd.DataFrame({"rate": [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.3]}, index=["≤ 1", "(missing)"])
    columns = [bins.rename_axis(name) for name in ("a", "b", "a column with a very long name", "d")]
    figure = tables.rates(columns, target="paid = yes", base_rate=0.15)
    assert [axes.axison for axes in figure.axes] == [True] * 4 + [False] * 2
    assert drawn(figure) == ["a", "b", "a column with a v…", "d", "", ""]


def labels(rate: list[float]) -> list[str]:
    bins = pd.DataFrame({"rate": rate, "low": rate, "high": rate}, index=[f"w{n}" for n in range(len(rate))])
    figure = tables.rates([bins.rename_axis("word")], target="paid = yes", base_rate=0.15)
    drawn(figure)
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def test_rates_names_every_bin_where_there_is_room() -> None:
    assert labels([0.5] * 16) == [f"w{n}" for n in range(16)]


def test_rates_names_the_extreme_bins_where_there_are_many() -> None:
    shown = labels([0.5] * 6 + [0.9, 0.1] + [0.5] * 6 + [0.8, 0.05, 0.7, 0.02] + [0.5] * 4)
    assert {"w6", "w7", "w14", "w15", "w16", "w17"} < set(shown)
    assert len(shown) < 14
