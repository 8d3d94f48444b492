import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, recall_score, roc_auc_score

from pipeline.goal import Goal, Task
from pipeline.learning.assessment import looks

BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))
NUMBER = Goal(task=Task.REGRESSION)
RNG = np.random.default_rng(0)


def several(classes: int) -> Goal:
    return Goal(task=Task.MULTICLASS, classes=tuple(f"c{place}" for place in range(classes)))


def guessed(target: np.ndarray, classes: int) -> np.ndarray:
    """Return probabilities that are right in about seven of ten rows."""
    scores = np.random.default_rng(1).normal(size=(len(target), classes)) + 2.5 * np.eye(classes)[target]
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def test_a_binary_goal_has_curves_and_decisions_that_are_called_as_the_table_does() -> None:
    probability = RNG.random(500)
    target = (RNG.random(500) < probability).astype(int)
    look = looks.of(BINARY)
    roc = look.detail(target, probability)["roc"]
    assert np.trapezoid(roc["y"], roc["x"]) == pytest.approx(roc_auc_score(target, probability), abs=1e-3)
    counts = look.errors(target, probability, 0.4)
    assert (list(counts.index), list(counts.columns)) == (["no", "yes"], ["no", "yes"])
    assert counts.to_numpy().tolist() == confusion_matrix(target, probability >= 0.4).tolist()


def test_several_classes_are_shown_each_by_itself_with_intervals() -> None:
    target = RNG.choice(3, 300, p=[0.6, 0.3, 0.1])
    predicted = guessed(target, 3)
    found = looks.of(several(3)).detail(target, predicted)
    recall = found["recall"]
    assert list(recall.index) == ["c0", "c1", "c2"]  # the most frequent first
    assert recall["value"].tolist() == pytest.approx(recall_score(target, predicted.argmax(axis=1), average=None))
    assert ((recall["low"] < recall["value"]) & (recall["value"] < recall["high"])).all()
    assert found["precision"]["rows"].tolist() == np.bincount(predicted.argmax(axis=1)).tolist()


def test_a_class_without_rows_has_no_recall() -> None:
    target = np.array([0, 1, 0, 1])
    recall = looks.of(several(3)).detail(target, guessed(target, 3))["recall"]
    assert recall.loc["c2", ["value", "low", "high"]].isna().all()


def test_the_rarest_of_many_classes_stand_together_and_no_row_is_lost() -> None:
    target = np.concatenate([np.repeat(place, 40 - place) for place in range(30)])
    counts = looks.of(several(30)).errors(target, guessed(target, 30), None)
    assert counts.shape == (20, 20)
    assert counts.index[-1] == "(others: 11)"
    assert counts.to_numpy().sum() == len(target)
    assert counts.loc["(others: 11)"].sum() == sum(40 - place for place in range(19, 30))


def test_calibration_of_several_classes_is_that_of_the_predicted_one() -> None:
    target = RNG.choice(3, 2000)
    predicted = guessed(target, 3)
    table = looks.of(several(3)).calibration(target, predicted)
    assert (len(table), table["rows"].sum()) == (10, 2000)
    right = target == predicted.argmax(axis=1)
    assert np.average(table["observed"], weights=table["rows"]) == pytest.approx(right.mean())
    assert np.average(table["predicted"], weights=table["rows"]) == pytest.approx(predicted.max(axis=1).mean())


@pytest.fixture
def numbers() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    predicted = generator.gamma(2, 10, 1000)
    return predicted + generator.normal(size=1000) * (1 + predicted / 20), predicted


def test_calibration_of_numbers_compares_means_and_covers_what_is_right(numbers: tuple[np.ndarray, np.ndarray]) -> None:
    table = looks.of(NUMBER).calibration(*numbers)
    assert (len(table), table["rows"].sum()) == (10, 1000)
    assert ((table["low"] <= table["predicted"]) & (table["predicted"] <= table["high"])).sum() >= 8
    assert table["predicted"].is_monotonic_increasing


def test_errors_of_numbers_spread_as_they_do(numbers: tuple[np.ndarray, np.ndarray]) -> None:
    table = looks.of(NUMBER).errors(*numbers, 3.0)
    assert (table["0.05"] < table["0.25"]).all()
    assert (table["0.95"] - table["0.05"]).iloc[-1] > 1.5 * (table["0.95"] - table["0.05"]).iloc[0]
    assert (table["lower"] == -3).all()
    assert (table["upper"] == 3).all()
    assert looks.of(NUMBER).errors(*numbers, None)[["lower", "upper"]].isna().all(axis=None)


def test_detail_of_numbers_says_how_many_rows_are_within_an_error(numbers: tuple[np.ndarray, np.ndarray]) -> None:
    within = looks.of(NUMBER).detail(*numbers)["within"]
    errors = np.abs(numbers[0] - numbers[1])
    assert np.interp(np.median(errors), within["x"], within["y"]) == pytest.approx(0.5, abs=0.005)
    assert (within["y"].iloc[0], within["y"].iloc[-1]) == (0, 1)
    assert len(within) <= 400


def test_few_rows_are_looked_at_in_few_bins() -> None:
    target = pd.Series(RNG.normal(size=60))
    assert len(looks.of(NUMBER).calibration(target, target)) == 2
    assert len(looks.of(NUMBER).errors(target[:5], target[:5], None)) == 1
