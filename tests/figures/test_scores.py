import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from pipeline.figures import scores


def drawn(figure: Figure) -> list[str]:
    """Render a figure, as a report does, and return the titles on it."""
    figure.savefig(io.BytesIO(), format="png")
    whole = figure.get_suptitle()
    return [
        title for title in (whole, *(axes.get_title(loc="left") or axes.get_title() for axes in figure.axes)) if title
    ]


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


@pytest.mark.parametrize("trials", [1, 5])
def test_search_says_which_trial_is_best(trials: int) -> None:
    frame = pd.DataFrame({"trial": range(1, trials + 1), "mean": 0.6, "std": 0.01, "best": 0.6, "a": 1.0, "b": 2})
    assert (
        drawn(scores.search(frame, ["a", "b"]))[0]
        == f"Trial 1 of {trials} is best: ROC AUC 0.6000 ± 0.0100 between folds"
    )


def test_search_spreads_a_parameter_of_many_magnitudes() -> None:
    frame = pd.DataFrame({"trial": [1, 2, 3], "mean": 0.6, "std": 0.01, "best": 0.6})
    figure = scores.search(frame.assign(penalty=[0.01, 1.0, 30.0], rate=[0.05, 0.1, 0.2]), ["penalty", "rate"])
    assert [axes.get_xscale() for axes in figure.axes[1:]] == ["log", "linear"]


def test_compared_draws_a_panel_a_metric_where_some_are_undefined(table: pd.DataFrame) -> None:
    titles = drawn(scores.compared(table, {"roc_auc": "ROC AUC", "precision": "precision"}, finding="On 9 rows"))
    assert titles == ["On 9 rows", "ROC AUC", "precision (1 of 2 have one)"]


def test_curves_draw_as_many_models_as_are_given() -> None:
    line = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    models = {f"model {place}": {"roc": line, "precision": line} for place in range(9)}
    assert drawn(scores.curves(models, base_rate=0.3, finding="found")) == ["found"]


def test_calibration_draws_a_single_bin() -> None:
    bins = pd.DataFrame({"predicted": [0.3], "observed": [0.4], "low": [0.2], "high": [0.6]})
    assert drawn(scores.calibration(bins, np.array([0.3, 0.3]), finding="found")) == ["found"]


def test_confusion_draws_a_class_without_rows() -> None:
    assert drawn(scores.confusion(pd.DataFrame([[0, 0], [1, 2]]), finding="found")) == ["found"]


def test_slices_draw_a_panel_a_column_and_shorten_long_names() -> None:
    frame = pd.DataFrame({"column": ["a", "a", "b" * 50], "slice": ["x" * 40, "y", "z"], "rows": 9})
    frame = frame.assign(value=[0.5, np.nan, 0.6], low=[0.4, np.nan, 0.5], high=[0.6, np.nan, 0.7])
    titles = drawn(scores.slices(frame, value=0.55, title="ROC AUC", finding="found"))
    assert titles == ["found", "a", "b" * 31 + "…"]
