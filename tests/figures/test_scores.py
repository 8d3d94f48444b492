import numpy as np
import pandas as pd
import pytest
from sheets import titles

from pipeline.figures import scores


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        ("dummy", "roc_auc", 0.5),
        ("model", "roc_auc", 0.7),
        ("dummy", "precision", np.nan),
        ("model", "precision", 0.4),
    ]
    frame = pd.DataFrame(rows, columns=["model", "metric", "value"])
    return frame.assign(low=frame["value"] - 0.1, high=frame["value"] + 0.1)


def test_compared_draws_a_panel_a_metric_where_some_are_undefined(table: pd.DataFrame) -> None:
    drawn = {"roc_auc": "ROC AUC", "precision": "precision"}
    figure = scores.compared(table, drawn, own="model", finding="better")
    assert titles(figure) == ["better", "ROC AUC", "precision (1 of 2 have one)"]


def test_curves_draw_as_many_models_as_can_be_told_apart() -> None:
    line = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    models = {f"model {place}": {"roc": line, "precision": line} for place in range(9)}
    figure = scores.curves(models, {name: name for name in models}, base_rate=0.3, finding="found")
    assert titles(figure) == ["found"]
    lines = figure.axes[1].get_lines()[:-1]
    assert len(lines) == len({line.get_linestyle() for line in lines}) == 4


def test_calibration_draws_a_single_bin() -> None:
    bins = pd.DataFrame({"predicted": [0.3], "observed": [0.4], "low": [0.2], "high": [0.6]})
    assert titles(scores.calibration(bins, np.array([0.3, 0.3]), finding="found")) == ["found"]


def test_confusion_draws_a_class_without_rows() -> None:
    assert titles(scores.confusion(pd.DataFrame([[0, 0], [1, 2]]), finding="found")) == ["found"]


def test_slices_draw_a_panel_a_column_shorten_long_names_and_fill_what_differs() -> None:
    frame = pd.DataFrame({"column": ["a", "a", "b" * 50], "slice": ["x" * 40, "y", "z"], "rows": 9})
    frame = frame.assign(value=[0.5, np.nan, 0.6], low=[0.4, np.nan, 0.58], high=[0.6, np.nan, 0.7])
    figure = scores.slices(frame, value=0.55, title="ROC AUC", finding="found")
    assert titles(figure) == ["found", "a (rows)", "b" * 29 + "… (rows)"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["x" * 29 + "… (9)", "y (9)"]
    filled = [axes.get_lines()[0].get_markerfacecolor() for axes in figure.axes]
    assert filled[0] == "white"
    assert filled[1] != "white"
