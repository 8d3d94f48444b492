import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from pipeline.figures import drift, style


@pytest.fixture(autouse=True)
def _styled() -> None:
    style.use()


def texts(figure: Figure) -> list[str]:
    """Render, so that whatever cannot be drawn fails here; give the labels of the first panel's rows or columns."""
    figure.savefig(io.BytesIO(), format="png")
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_heat_draws_the_most_moved_columns_from_the_top() -> None:
    columns = [f"column {number} ($) $" for number in range(25)]
    sizes = {(window, column): place / 30 for window in ("may", "june") for place, column in enumerate(columns)}
    table = pd.DataFrame(
        [{"window": window, "column": column, "psi": size} for (window, column), size in sizes.items()]
    )
    figure = drift.heat(table, marks=(0.1, 0.25), finding="3 of 25 moved")
    assert texts(figure) == columns[:4:-1]
    assert figure.axes[0].get_title(loc="left") == "3 of 25 moved (20 of 25 columns drawn)"
    few = drift.heat(table[table["column"].isin(columns[:3])], marks=(0.1, 0.25), finding="none moved")
    texts(few)
    assert few.axes[0].get_title(loc="left") == "none moved"


def test_moved_draws_a_panel_for_each_column() -> None:
    many = pd.DataFrame({"bin": [f"a rather long name {n}" for n in range(30)], "before": 1 / 30, "after": 0.0})
    few = pd.DataFrame({"bin": ["to 1", "missing"], "before": [0.5, 0.5], "after": [1.0, 0.0]})
    figure = drift.moved({"a": many, "b": few, "c $x$": few}, before="train", finding="Most in a")
    texts(figure)
    assert [axes.get_title(loc="left") for axes in figure.axes[:3]] == ["a", "b", "c $x$"]
    assert len(figure.axes[0].get_xticklabels()) == 12


def test_predictions_draws_windows_whose_labels_are_not_in() -> None:
    table = pd.DataFrame(
        {"window": ["may", "june"], "mean": 0.3, "0.1": 0.1, "0.25": 0.2, "0.5": 0.3, "0.75": 0.4, "0.9": 0.5}
    )
    figure = drift.predictions(table, pd.Series({"may": 0.2, "june": np.nan}), finding="as promised")
    texts(figure)
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
        table[2:], {"roc_auc": "ROC AUC", "brier": "Brier score"}, reference=promised, finding="it fell"
    )
    texts(figure)
    assert [axes.get_ylabel() for axes in figure.axes] == ["ROC AUC", "Brier score"]
