import numpy as np
import pytest
from sklearn import metrics

from pipeline.errors import DataError
from pipeline.goal import Task
from pipeline.learning.metrics import of
from pipeline.learning.scoring.multiclass import MulticlassScorer

CLASSES = 4
ONES = np.ones(600, dtype=np.int64)


def made(rows: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return classes of which the last is rare, and probabilities that know something of them."""
    generator = np.random.default_rng(seed)
    target = generator.choice(CLASSES, rows, p=[0.5, 0.3, 0.17, 0.03])
    scores = generator.normal(size=(rows, CLASSES)) + 1.5 * np.eye(CLASSES)[target]
    return target, np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def found(target: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    values = MulticlassScorer("model", target, probability, CLASSES).measure(weights)
    return dict(zip(of(Task.MULTICLASS), values, strict=True))


def by_sklearn(target: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    called, labels = probability.argmax(axis=1), list(range(CLASSES))
    given = {"sample_weight": weights}
    macro = {"average": "macro", "zero_division": 0.0, **given}
    return {
        "f1_macro": metrics.f1_score(target, called, **macro),
        "balanced_accuracy": metrics.balanced_accuracy_score(target, called, **given),
        "roc_auc_ovr": metrics.roc_auc_score(target, probability, multi_class="ovr", labels=labels, **given),
        "log_loss": metrics.log_loss(target, probability, labels=labels, **given),
        "accuracy": metrics.accuracy_score(target, called, **given),
        "f1_weighted": metrics.f1_score(target, called, average="weighted", zero_division=0.0, **given),
        "precision_macro": metrics.precision_score(target, called, **macro),
        "recall_macro": metrics.recall_score(target, called, **macro),
    }


@pytest.mark.parametrize("decimals", [16, 1])
@pytest.mark.parametrize("weights", ["ones", "drawn", "real"])
def test_measure_equals_scikit_learn_with_weights_and_ties(decimals: int, weights: str) -> None:
    target, probability = made()
    probability = probability.round(decimals) + 1e-3
    probability /= probability.sum(axis=1, keepdims=True)
    generator = np.random.default_rng(5)
    given = {
        "ones": ONES,
        "drawn": np.bincount(generator.integers(600, size=600), minlength=600),
        "real": generator.random(600),
    }[weights]
    assert found(target, probability, given) == pytest.approx(by_sklearn(target, probability, given), rel=1e-11)


def test_means_leave_out_a_class_that_is_neither_there_nor_predicted() -> None:
    target, probability = made()
    rest = target < CLASSES - 1
    probability[:, -1] = 0
    probability /= probability.sum(axis=1, keepdims=True)
    values = found(target[rest], probability[rest], ONES[rest])
    called = probability[rest].argmax(axis=1)
    assert values["f1_macro"] == pytest.approx(metrics.f1_score(target[rest], called, average="macro"))
    three = metrics.roc_auc_score(target[rest], probability[rest][:, :-1], multi_class="ovr")
    assert values["roc_auc_ovr"] == pytest.approx(three)


def test_a_class_that_is_there_and_never_predicted_counts_as_zero() -> None:
    target, probability = made()
    probability[:, -1] = 0
    probability /= probability.sum(axis=1, keepdims=True)
    called = probability.argmax(axis=1)
    expected = metrics.f1_score(target, called, average="macro", zero_division=0.0)
    assert found(target, probability, ONES)["f1_macro"] == pytest.approx(expected)


def test_ranking_is_nan_when_there_is_one_class() -> None:
    target, probability = made()
    one = target == 0
    assert np.isnan(found(target[one], probability[one], ONES[one])["roc_auc_ovr"])
    assert all(np.isnan(value) for value in found(target, probability, 0 * ONES).values())


@pytest.mark.parametrize(
    ("target", "probability", "match"),
    [
        ([], np.empty((0, CLASSES)), "no rows to score"),
        ([0, 4], np.full((2, CLASSES), 0.25), "the target holds 4: .* a code from 0 to 3"),
        ([0, 1], np.full((2, 3), 1 / 3), r"'model' predicts values of shape \(2, 3\): \(2, 4\) is needed"),
        ([0, 1], np.full((2, CLASSES), np.nan), "'model' predicts values that are missing or not between 0 and 1"),
        ([0, 1], np.full((2, CLASSES), 0.2), "'model' predicts probabilities that do not add up to 1"),
    ],
)
def test_scorer_refuses_what_cannot_be_scored(target: list[int], probability: np.ndarray, match: str) -> None:
    with pytest.raises(DataError, match=match):
        MulticlassScorer("model", target, probability, CLASSES)
