import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pipeline.goal import Goal, Task
from pipeline.learning.metrics import calibrations
from pipeline.learning.scoring.reliability import reliability
from pipeline.learning.scoring.resampling import Resampling

BINARY = Goal(task=Task.BINARY, classes=(0, 1))
DRAWN = Resampling(count=40)
DRAW = np.random.default_rng(0)
ODDS = DRAW.normal(size=4000)
SURE = 1 / (1 + np.exp(-ODDS))
TRUTH = (DRAW.random(4000) < SURE).astype("int8")


@pytest.mark.parametrize(("times", "slope"), [(1.0, 1.0), (2.0, 0.5), (0.5, 2.0)])
def test_slope_says_how_much_too_extreme_probabilities_are(times: float, slope: float) -> None:
    found = reliability(BINARY, TRUTH, 1 / (1 + np.exp(-times * ODDS)), resampling=DRAWN)["slope"]
    assert found["low"] < slope < found["high"]
    assert found["value"] == pytest.approx(slope, rel=0.1)


def test_slope_is_that_of_a_logistic_regression() -> None:
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(ODDS[:, None], TRUTH)
    found = reliability(BINARY, TRUTH, SURE, resampling=DRAWN)["slope"]
    assert found["value"] == pytest.approx(fitted.coef_[0, 0], rel=1e-5)


def test_resampled_slope_is_that_of_the_drawn_rows() -> None:
    units = np.arange(4000)
    once = Resampling(count=2, seed=1, units=units)
    found = reliability(BINARY, TRUTH, SURE, resampling=once)["slope"]
    drawn = [
        LogisticRegression(C=np.inf, tol=1e-10).fit(ODDS[:, None], TRUTH, sample_weight=each).coef_[0, 0]
        for each in once.draws(4000)
    ]
    assert (found["low"], found["high"]) == (pytest.approx(min(drawn), rel=1e-5), pytest.approx(max(drawn), rel=1e-5))


def test_error_is_what_bins_are_apart() -> None:
    said = np.repeat([0.2, 0.8], 500)
    truth = np.r_[np.arange(500) % 10 < 3, np.arange(500) % 10 < 8].astype("int8")
    found = reliability(BINARY, truth, said, resampling=DRAWN)["ece"]
    assert found["value"] == pytest.approx(0.05)
    assert found["low"] < 0.05 < found["high"]


def test_right_predictions_show_about_as_much_error_as_documented() -> None:
    found = reliability(BINARY, TRUTH[:1000], SURE[:1000], resampling=DRAWN)["ece"]
    assert 0.02 < found["value"] < 0.06


def test_several_classes_are_judged_by_the_one_that_is_predicted() -> None:
    said = np.tile([0.6, 0.3, 0.1], (1000, 1))
    found = reliability(
        Goal(task=Task.MULTICLASS, classes=("a", "b", "c")), np.arange(1000) % 2, said, resampling=DRAWN
    )
    assert list(found) == ["ece"]
    assert found["ece"]["value"] == pytest.approx(0.1)


def test_slope_of_a_regression_is_that_of_a_line() -> None:
    said = DRAW.normal(size=1000)
    goal = Goal(task=Task.REGRESSION)
    found = reliability(goal, 3 + 0.7 * said, said, resampling=DRAWN)
    assert tuple(found) == calibrations(Task.REGRESSION)
    assert found["slope"]["value"] == pytest.approx(0.7)
    assert np.isnan(reliability(goal, said, np.ones(1000), resampling=DRAWN)["slope"]["value"])


def test_slope_is_not_there_when_all_probabilities_are_alike() -> None:
    found = reliability(BINARY, TRUTH, np.full(4000, 0.4), resampling=DRAWN)["slope"]
    assert np.isnan([found["value"], found["low"], found["high"]]).all()
