import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sheets import titles

from pipeline.figures.scores import compared, importance, slices, views
from pipeline.figures.scores.binary import BinaryView, costs
from pipeline.figures.scores.multiclass import MulticlassView
from pipeline.figures.scores.regression import RegressionView
from pipeline.goal import Goal, Task

BINARY = BinaryView(Goal(task=Task.BINARY, classes=("no", "yes")), "y")
SEVERAL = MulticlassView(Goal(task=Task.MULTICLASS, classes=tuple("abc")), "y")
NUMBER = RegressionView(Goal(task=Task.REGRESSION), "cnt")
SHARE = {"value": 0.6, "low": 0.5, "high": 0.7}
AMOUNT = {"value": 60.0, "low": 50.0, "high": 70.0}


def labels(figure: Figure, place: int = 0) -> list[str]:
    return [label.get_text() for label in figure.axes[place].get_yticklabels()]


def test_compared_draws_a_panel_a_metric_where_some_are_undefined() -> None:
    rows = [("dummy", "roc_auc", 0.5), ("model", "roc_auc", 0.7), ("dummy", "recall", np.nan), ("model", "recall", 0.4)]
    table = pd.DataFrame(rows, columns=["model", "metric", "value"])
    table = table.assign(low=table["value"] - 0.1, high=table["value"] + 0.1)
    figure = compared.compared(table, {"roc_auc": "ROC AUC", "recall": "recall"}, own="model", finding="better")
    assert titles(figure) == ["better", "ROC AUC", "recall (1 of 2 have one)"]


@pytest.mark.parametrize("view", [BINARY, SEVERAL, NUMBER])
def test_views_are_those_of_the_goal(view: views.View) -> None:
    assert views.of(view.goal, view.target) == view


def test_curves_draw_as_many_models_as_can_be_told_apart_and_read_the_first() -> None:
    line = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    models = {f"model {place}": {"roc": line, "precision": line} for place in range(2)}
    metrics = {name: {"roc_auc": SHARE} for name in models}
    figure = BINARY.detail(models, metrics)
    said = "False alarms for 20% of the negatives find of the positives 20% by the model 0, 20% by the model 1"
    assert titles(figure) == [said]
    lines = figure.axes[1].get_lines()[:-1]
    assert len(lines) == len({line.get_linestyle() for line in lines}) == 2


@pytest.fixture
def bins() -> pd.DataFrame:
    return pd.DataFrame({"predicted": [0.3], "observed": [0.4], "low": [0.2], "high": [0.6], "rows": [5]})


def test_calibration_draws_a_single_bin_in_every_task(bins: pd.DataFrame) -> None:
    said = "30.0% predicted on average, 10.0 points less than happened; bins are up to 10.0 points off"
    assert titles(BINARY.calibration(bins, np.array([0.3, 0.3]))) == [said]
    several = SEVERAL.calibration(bins, np.full((2, 3), 1 / 3))
    assert titles(several)[0].startswith("30.0% predicted on average, 10.0 points less than were right")
    number = NUMBER.calibration(bins, np.array([0.3, 0.3]))
    assert titles(number)[0].startswith("cnt is predicted as 0.3 on average, 0.1 less than it was")


def test_confusion_names_the_four_cells_and_draws_a_class_without_rows() -> None:
    counts = pd.DataFrame([[0, 0], [1, 2]], index=["no", "yes"], columns=["no", "yes"])
    figure = BINARY.errors(counts, {"recall": SHARE, "precision": SHARE})
    assert titles(figure) == ["60% (50 to 70%) of the positives found, 60% (50 to 70%) of alarms right"]
    assert [text.get_text().split("\n")[0] for text in figure.axes[0].texts] == [
        "rightly no", "false alarm", "missed", "found",
    ]  # fmt: skip


def test_confusion_of_several_classes_says_which_is_taken_for_which() -> None:
    counts = pd.DataFrame([[8, 2, 0], [0, 5, 0], [0, 1, 2]], index=list("abc"), columns=list("abc"))
    said = "60% (50 to 70%) of the rows are right; most often a is taken for b (20.0% of its rows)"
    assert titles(SEVERAL.errors(counts, {"accuracy": SHARE})) == [said]
    right = pd.DataFrame(np.diag([3, 2, 1]), index=list("abc"), columns=list("abc"))
    assert titles(SEVERAL.errors(right, {"accuracy": SHARE}))[0].endswith("no class is taken for another")


def test_confusion_of_many_classes_has_no_numbers_that_do_not_fit() -> None:
    names = [f"class {place}" for place in range(20)]
    counts = pd.DataFrame(np.full((20, 20), 3), index=names, columns=names)
    figure = SEVERAL.errors(counts, {"accuracy": SHARE})
    titles(figure)
    assert not any(text.get_text() for text in figure.axes[0].texts)


def test_classes_are_drawn_each_by_itself_where_one_has_no_rows() -> None:
    table = pd.DataFrame({"value": [0.5, np.nan], "low": [0.4, np.nan], "high": [0.6, np.nan], "rows": [9, 0]})
    table.index = ["often", "never"]
    found = {"model": {"recall": table, "precision": table}}
    means = {"model": dict.fromkeys(("balanced_accuracy", "recall_macro", "precision_macro"), SHARE)}
    figure = SEVERAL.detail(found, means)
    assert titles(figure)[0].startswith("Found least: often, 50% (40 to 60%) of its 9 rows")
    assert labels(figure) == ["often (9)", "never (0)"]


def test_errors_of_numbers_are_drawn_with_the_interval_that_was_promised() -> None:
    table = pd.DataFrame({"predicted": [1.0, 2.0], "rows": 9, "lower": -3.0, "upper": 3.0})
    table = table.assign(**{"0.05": [-1, -2.0], "0.25": -0.5, "0.5": 0.0, "0.75": 0.5, "0.95": [1, 2.0]})
    said = "9 of 10 errors of cnt span 2 where it is predicted lowest, 4 where highest"
    promised = NUMBER.errors(table, {"coverage": SHARE})
    assert titles(promised) == [f"{said}; the interval held 60% (50 to 70%) of the rows"]
    alone = NUMBER.errors(table.assign(lower=np.nan, upper=np.nan), {})
    assert titles(alone) == [said]


def test_sizes_of_errors_are_drawn_model_over_model() -> None:
    within = pd.DataFrame({"x": [0.0, 1.0, 9.0], "y": [0.0, 0.5, 1.0]})
    metrics = {"median_absolute_error": AMOUNT, "rmse": AMOUNT}
    found = {"model": {"within": within}, "linear": {"within": within}}
    figure = NUMBER.detail(found, dict.fromkeys(found, metrics))
    assert titles(figure) == ["Half of the rows are within 60 (50 to 70) of cnt; by the linear within 60"]


def test_costs_say_what_the_threshold_and_the_best_without_a_model_cost() -> None:
    table = pd.DataFrame({"threshold": [0.0, 0.4, 1.0], "cost": [800.0, 300.0, 500.0], "chosen": [False, True, False]})
    table = table.assign(low=table["cost"] - 9, high=table["cost"] + 9)
    assert titles(costs(table)) == [
        "At 0.400 errors cost 300 (291 to 309) per 1,000 rows; calling none costs 500, the best threshold here 300"
    ]


def test_importance_draws_the_greatest_and_says_how_many_were_tried() -> None:
    table = pd.DataFrame({"feature": [f"f{place}" for place in range(20)], "value": np.linspace(0.2, -0.01, 20)})
    table = table.assign(low=table["value"] - 0.005, high=table["value"] + 0.005, rows=100)
    figure = importance.importance(table, features=30, title="ROC AUC")
    assert titles(figure)[0].startswith("The model rests most on f0: without it ROC AUC gets worse by 0.2")
    assert "20 tried of 30 features" in titles(figure)[0]
    assert len(labels(figure)) == 15
    nothing = importance.importance(table.assign(low=-1.0), features=20, title="ROC AUC")
    assert titles(nothing) == ["None of 20 features is missed when its values are shuffled"]


@pytest.fixture
def sliced() -> pd.DataFrame:
    frame = pd.DataFrame({"column": ["a", "a", "b" * 50], "slice": ["x" * 40, "y", "z"], "rows": 9})
    frame = frame.assign(value=[0.5, np.nan, 0.6], low=[0.4, np.nan, 0.58], high=[0.6, np.nan, 0.7])
    return frame.assign(adjusted=[0.01, np.nan, 0.9], worse=[True, False, False])


def test_slices_draw_a_panel_a_column_shorten_long_names_and_fill_what_is_worse(sliced: pd.DataFrame) -> None:
    figure = slices.slices(sliced, value=0.55, title="ROC AUC")
    said = "1 of 3 slices is surely worse than all rows, first a = " + "x" * 29 + "…: ROC AUC 0.5 (0.4 to 0.6)"
    assert titles(figure) == [said, "a (rows)", "b" * 29 + "… (rows)"]
    assert labels(figure) == ["x" * 29 + "… (9)", "y (9)"]
    filled = [axes.get_lines()[0].get_markerfacecolor() for axes in figure.axes]
    assert filled[0] != "white"
    assert filled[1] == "white"


def test_slices_say_so_when_none_is_worse(sliced: pd.DataFrame) -> None:
    figure = slices.slices(sliced.assign(worse=False), value=0.55, title="ROC AUC")
    assert titles(figure)[0] == "None of 3 slices is surely worse than all rows by ROC AUC, chance being accounted for"
