import numpy as np
import pytest
from sklearn import metrics

from pipeline.goal import Task
from pipeline.learning.metrics import of
from pipeline.learning.scoring.binary import BinaryScorer

THRESHOLD = 0.4


def found(
    target: np.ndarray, probability: np.ndarray, weights: np.ndarray, threshold: float | None
) -> dict[str, float]:
    values = BinaryScorer("model", target, probability, threshold).measure(weights)
    return dict(zip(of(Task.BINARY), values, strict=True))


def by_sklearn(target: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    flagged = probability >= THRESHOLD
    given = {"sample_weight": weights}
    return {
        "roc_auc": metrics.roc_auc_score(target, probability, **given),
        "average_precision": metrics.average_precision_score(target, probability, **given),
        "log_loss": metrics.log_loss(target, probability, **given),
        "brier": metrics.brier_score_loss(target, probability, **given),
        "accuracy": metrics.accuracy_score(target, flagged, **given),
        "precision": metrics.precision_score(target, flagged, **given),
        "recall": metrics.recall_score(target, flagged, **given),
        "f1": metrics.f1_score(target, flagged, **given),
    }


@pytest.mark.parametrize("decimals", [16, 2, 1])
@pytest.mark.parametrize("weights", ["ones", "drawn", "real"])
def test_measure_equals_scikit_learn_with_weights_and_ties(decimals: int, weights: str) -> None:
    generator = np.random.default_rng(5)
    probability = generator.beta(2, 4, 800).round(decimals)
    target = (generator.random(800) < probability).astype(np.int8)
    given = {
        "ones": np.ones(800, dtype=np.int64),
        "drawn": np.bincount(generator.integers(800, size=800), minlength=800),
        "real": generator.random(800),
    }[weights]
    expected = by_sklearn(target, probability, given)
    assert found(target, probability, given, THRESHOLD) == pytest.approx(expected, rel=1e-12)


def test_measure_takes_certainty_as_scikit_learn_does_when_it_is_wrong() -> None:
    target, probability = np.array([0, 1], dtype=np.int8), np.array([1.0, 0.0])
    values = found(target, probability, np.ones(2, dtype=np.int64), 0.5)
    assert values["log_loss"] == pytest.approx(metrics.log_loss(target, probability))
    assert values["roc_auc"] == 0


def test_measure_has_no_decisions_when_there_is_no_threshold() -> None:
    values = found(np.array([0, 1]), np.array([0.2, 0.9]), np.ones(2, dtype=np.int64), None)
    assert values["roc_auc"] == 1
    assert all(np.isnan(values[name]) for name in ("accuracy", "precision", "recall", "f1"))
