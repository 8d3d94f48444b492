import pandas as pd
import pytest
from sheets import titles

from pipeline.figures.growth import growth
from pipeline.figures.search import search

AUC = {"score": "ROC AUC", "better": 1}


@pytest.mark.parametrize("trials", [1, 5])
def test_search_says_which_trial_is_best(trials: int) -> None:
    frame = pd.DataFrame(
        {"trial": range(1, trials + 1), "mean": 0.6, "std": 0.01, "best": 0.6, "pruned": False, "a": 1.0, "b": 2}
    )
    expected = f"Trial 1 of {trials} is best: ROC AUC 0.6, none beat the first; folds spread by ± 0.01"
    assert titles(search(frame, ["a", "b"], **AUC)) == [expected, "a", "b"]


def test_search_says_what_was_gained() -> None:
    frame = pd.DataFrame(
        {"trial": [1, 2], "mean": [0.6, 0.65], "std": 0.01, "best": [0.6, 0.65], "pruned": False, "a": [1.0, 2.0]}
    )
    assert "Trial 2 of 2 is best: ROC AUC 0.65, 0.05 more than the first" in titles(search(frame, ["a"], **AUC))[0]


def test_search_spreads_a_parameter_of_many_magnitudes_and_writes_plain_numbers() -> None:
    frame = pd.DataFrame({"trial": [1, 2, 3], "mean": 0.6, "std": 0.01, "best": 0.6, "pruned": False})
    figure = search(frame.assign(penalty=[0.01, 1.0, 30.0], rate=[0.05, 0.1, 0.2]), ["penalty", "rate"], **AUC)
    titles(figure)
    assert [axes.get_xscale() for axes in figure.axes[1:]] == ["log", "linear"]
    assert {"0.01", "1"} <= {label.get_text() for label in figure.axes[1].get_xticklabels()}


def test_search_takes_the_least_where_less_is_better_and_no_trial_that_was_given_up() -> None:
    frame = pd.DataFrame({"trial": [1, 2, 3], "mean": [6.0, 5.5, 5.0], "std": 0.1, "best": 6.0, "a": [1.0, 2.0, 3.0]})
    found = search(frame.assign(pruned=[False, False, True]), ["a"], score="RMSE", better=-1)
    assert titles(found)[0] == "Trial 2 of 3 is best: RMSE 5.5, 0.5 less than the first; folds spread by ± 0.1"
    assert "given up after half" in found.axes[0].get_legend_handles_labels()[1]


@pytest.mark.parametrize(("last", "says"), [(0.8, "more rows may well help"), (0.701, "promise little")])
def test_growth_says_what_more_rows_promise(last: float, says: str) -> None:
    curve = pd.DataFrame({"rows": [50.0, 100.0], "learnt": [0.9, 0.9], "new": [0.7, last], "spread": 0.02})
    assert says in titles(growth(curve, **AUC))[0]
    assert "too few to learn from less" in titles(growth(curve.tail(1), **AUC))[0]
