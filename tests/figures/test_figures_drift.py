import numpy as np
import pandas as pd
from sheets import titles

from pipeline.figures import drift
from pipeline.goal import Goal, Task


def sizes(windows: list[str], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"window": window, "column": column, "psi": place}
            for window in windows
            for place, column in enumerate(columns)
        ]
    )


def test_heat_draws_the_most_moved_columns_from_the_top() -> None:
    columns = [f"column {number} ($) $" for number in range(25)]
    table = sizes(["may", "june"], columns)
    figure = drift.heat(table, marks=(0.1, 0.25), finding="3 of 25 moved")
    assert titles(figure) == ["3 of 25 moved (15 of 25 columns drawn)"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == columns[:9:-1]
    few = drift.heat(table[table["column"].isin(columns[:3])], marks=(0.1, 0.25), finding="none moved")
    assert titles(few) == ["none moved"]


def test_heat_writes_numbers_only_where_cells_have_room() -> None:
    few, many = (
        drift.heat(sizes([f"2024-{n:02}" for n in range(count)], ["a"]), marks=(0.1, 0.25), finding="moved")
        for count in (10, 24)
    )
    titles(few)
    titles(many)
    assert (len(few.axes[0].texts), len(many.axes[0].texts)) == (10, 0)


def test_moved_draws_a_panel_for_each_column() -> None:
    many = pd.DataFrame({"bin": [f"a rather long name {n}" for n in range(30)], "before": 1 / 30, "after": 0.0})
    few = pd.DataFrame({"bin": ["≤ 1", "missing"], "before": [0.5, 0.5], "after": [1.0, 0.0]})
    figure = drift.moved({"a": many, "b": few, "c $x$": few}, before="before", finding="Most in a")
    assert titles(figure) == ["Most in a", "a\n12 of 30 bins drawn", "b", "c $x$"]
    assert len(figure.axes[0].get_xticklabels()) == 12


def test_predictions_draws_windows_whose_labels_are_not_in() -> None:
    table = pd.DataFrame(
        {"window": ["may", "june"], "mean": 0.3, "0.1": 0.1, "0.25": 0.2, "0.5": 0.3, "0.75": 0.4, "0.9": 0.5}
    )
    observed = pd.DataFrame({"rate": [0.2, np.nan], "low": [0.1, np.nan], "high": [0.3, np.nan]}, index=["may", "june"])
    goal = Goal(task=Task.BINARY, classes=(0, 1))
    figure = drift.predictions(table, observed, goal=goal, target="y", finding="as promised")
    assert titles(figure) == ["as promised"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["may", "june"]


def test_performance_draws_a_panel_for_each_metric_and_windows_without_labels() -> None:
    rows = [
        {"window": window, "metric": metric, "value": value, "low": value - 0.1, "high": value + 0.1, "guess": 0.5}
        for window, value in (("test", 0.7), ("may", 0.6), ("june", np.nan))
        for metric in ("roc_auc", "brier")
    ]
    table = pd.DataFrame(rows)
    promised = table[table["window"] == "test"]
    figure = drift.performance(
        table[2:],
        {"roc_auc": "ROC AUC", "brier": "Brier score"},
        reference=promised,
        called="promised",
        finding="it fell",
    )
    assert titles(figure) == ["it fell", "ROC AUC", "Brier score"]
