import pandas as pd
import pytest
from sheets import titles

from pipeline.figures.search import search


@pytest.mark.parametrize("trials", [1, 5])
def test_search_says_which_trial_is_best(trials: int) -> None:
    frame = pd.DataFrame({"trial": range(1, trials + 1), "mean": 0.6, "std": 0.01, "best": 0.6, "a": 1.0, "b": 2})
    expected = f"Trial 1 of {trials} is best: ROC AUC 0.600, none beat the first; folds spread by ± 0.010"
    assert titles(search(frame, ["a", "b"])) == [expected, "a", "b"]


def test_search_says_what_was_gained() -> None:
    frame = pd.DataFrame({"trial": [1, 2], "mean": [0.6, 0.65], "std": 0.01, "best": [0.6, 0.65], "a": [1.0, 2.0]})
    assert "Trial 2 of 2 is best: ROC AUC 0.650, 0.050 more than the first" in titles(search(frame, ["a"]))[0]


def test_search_spreads_a_parameter_of_many_magnitudes_and_writes_plain_numbers() -> None:
    frame = pd.DataFrame({"trial": [1, 2, 3], "mean": 0.6, "std": 0.01, "best": 0.6})
    figure = search(frame.assign(penalty=[0.01, 1.0, 30.0], rate=[0.05, 0.1, 0.2]), ["penalty", "rate"])
    titles(figure)
    assert [axes.get_xscale() for axes in figure.axes[1:]] == ["log", "linear"]
    assert {"0.01", "1"} <= {label.get_text() for label in figure.axes[1].get_xticklabels()}
