import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score, r2_score, roc_auc_score

from pipeline.data import bins, outcomes
from pipeline.goal import Goal, Task

BINARY = Goal(task=Task.BINARY, classes=(0, 1))
SEVERAL = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
NUMBER = Goal(task=Task.REGRESSION)
DRAWN = np.random.default_rng(0)


def score(values: object, target: object, goal: Goal) -> dict[str, float]:
    return outcomes.of(pd.Series(target), goal, "y").score(bins.of(pd.Series(values)))


def test_two_classes_are_scored_as_sklearn_does_where_bins_lose_nothing() -> None:
    target = (DRAWN.random(3000) < 0.3).astype(int)
    coarse = (target + DRAWN.normal(size=3000)).round()
    found = score(coarse, target, BINARY)
    assert found["score"] == pytest.approx(roc_auc_score(target, coarse), abs=0.002)
    assert found["information"] == pytest.approx(mutual_info_score(target, coarse) / mutual_info_score(target, target))


def test_area_is_bounded_as_hanley_and_mcneil_do() -> None:
    # Their example (Radiology 143:29): 58 normal and 51 abnormal cases, area 0.893, standard error 0.032.
    # Here each comes ten times, or else their ratings would be binned.
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    rating = np.repeat([1, 2, 3, 4, 5] * 2, 10 * np.array(normal + abnormal))
    found = score(rating, [0] * 580 + [1] * 510, BINARY)
    assert found["score"] == pytest.approx(0.893, abs=0.001)
    for end, sign in (("low", -1), ("high", 1)):
        assert found[end] == pytest.approx(0.893 + sign * 1.96 * 0.032 / 10**0.5, abs=0.002)


def test_several_classes_are_scored_by_the_mean_of_each_against_the_rest() -> None:
    target = np.repeat([0, 1, 2], 100)
    found = score(np.where(target == 0, "x", "y"), target, SEVERAL)
    assert found["score"] == pytest.approx((1 + 0.75 + 0.75) / 3)
    assert score(target, target, SEVERAL)["information"] == pytest.approx(1)
    assert score(np.zeros(300), target, SEVERAL) == {
        "score": 0.5,
        "low": pytest.approx(0.4, abs=0.1),
        "high": pytest.approx(0.6, abs=0.1),
        "information": pytest.approx(0),
    }


def test_a_number_is_scored_by_straight_pieces() -> None:
    x = DRAWN.normal(size=2000)
    y = 3 * x + DRAWN.normal(size=2000)
    found = score(x, y, NUMBER)
    assert found["score"] == pytest.approx(r2_score(y, 3 * x), abs=0.01)
    assert found["low"] < found["score"] < found["high"]
    assert score(x, 5 - x, NUMBER)["score"] == pytest.approx(1)
    assert score(abs(x), x, NUMBER)["score"] < 0.05


def test_a_number_is_told_by_words_and_by_gaps() -> None:
    words = np.array(["a", "b"] * 200)
    found = score(words, (words == "a") * 5.0, NUMBER)
    assert found["score"] == pytest.approx(1)
    assert score(np.where(words == "a", np.nan, 1.0), (words == "a") * 5.0, NUMBER)["score"] == pytest.approx(1)
    assert score([np.nan] * 400, (words == "a") * 5.0, NUMBER)["score"] == 0


@pytest.mark.parametrize("goal", [BINARY, SEVERAL, NUMBER])
def test_known_is_one_where_groups_have_one_value_and_nothing_where_they_are_drawn(goal: Goal) -> None:
    groups = np.repeat(np.arange(300), 4)
    told = DRAWN.integers(0, len(goal.classes) or 50, 300)[groups]
    assert outcomes.of(pd.Series(told), goal, "y").known(groups) == pytest.approx(1)
    assert outcomes.of(pd.Series(DRAWN.permutation(told)), goal, "y").known(groups) < 0.1


def test_five_classes_are_followed_at_most() -> None:
    many = Goal(task=Task.MULTICLASS, classes=tuple(range(9)))
    followed = outcomes.of(pd.Series([*range(9), 8, 8, 7]), many, "y").curves
    assert list(followed) == ["y = 8", "y = 7", "y = 0", "y = 1", "y = 2"]
