import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from pipeline.errors import DataError
from pipeline.goal import Goal, Task
from pipeline.learning.metrics import of
from pipeline.learning.scoring.resampling import Resampling
from pipeline.learning.scoring.scores import Scores, bootstrap, clearly_better

THRESHOLD = 0.4
BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))
METRICS = of(Task.BINARY)


def score(target: object, models: dict[str, object], *, threshold: float | dict[str, float], **drawn: object) -> Scores:
    cuts = threshold if isinstance(threshold, dict) else dict.fromkeys(models, threshold)
    return bootstrap(BINARY, target, models, choices=cuts, resampling=Resampling(**drawn))


def made(rows: int, seed: int = 0, decimals: int = 16) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    probability = generator.beta(2, 4, rows).round(decimals)
    return (generator.random(rows) < probability).astype(np.int8), probability


def by_sklearn(target: np.ndarray, probability: np.ndarray, weights: np.ndarray | None) -> dict[str, float]:
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


@pytest.mark.parametrize("rows", [[0, 0, 0], [1, 1, 1]])
def test_metrics_are_nan_when_they_have_no_meaning(rows: list[int]) -> None:
    target = np.array(rows, dtype=np.int8)
    scores = score(target, {"model": [0.1, 0.2, 0.3]}, threshold=0.9, count=5)
    found = scores.estimates("model")
    assert all(np.isnan(found["roc_auc"][end]) for end in ("value", "low", "high"))
    assert np.isnan(found["precision"]["value"])
    assert found["accuracy"]["value"] == 1 - target[0]


def test_an_interval_is_nan_when_too_few_resamples_define_it() -> None:
    target, probability = np.array([1] + [0] * 19), np.linspace(1, 0, 20)
    found = score(target, {"model": probability}, threshold=0.5, count=50)
    assert found.estimates("model")["roc_auc"]["value"] == 1
    assert np.isnan(found.estimates("model")["roc_auc"]["low"])


def test_bootstrap_is_the_same_to_the_last_digit_with_one_seed_and_another_with_another() -> None:
    target, probability = made(300)
    first, again, other = (
        score(target, {"model": probability}, threshold=0.5, count=20, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.draws["model"], again.draws["model"])
    assert not np.array_equal(first.draws["model"], other.draws["model"])


def test_bootstrap_equals_scoring_the_drawn_rows_again() -> None:
    target, probability = made(200)
    scores = score(target, {"model": probability}, threshold=THRESHOLD, count=1, seed=7)
    drawn = np.random.default_rng(7).integers(200, size=200)
    expected = by_sklearn(target[drawn], probability[drawn], None)
    assert scores.draws["model"][0] == pytest.approx(list(expected.values()), rel=1e-12)


def test_difference_is_paired_so_that_equal_models_differ_by_nothing() -> None:
    target, probability = made(300)
    models = {"one": probability, "same": probability, "worse": np.random.default_rng(1).permutation(probability)}
    scores = score(target, models, threshold=0.5, count=100)
    assert all(set(found.values()) == {0.0} for found in scores.difference("one", "same").values())
    assert scores.difference("one", "worse")["roc_auc"]["low"] > 0
    assert scores.difference("one", "worse")["log_loss"]["high"] < 0


def test_difference_is_narrower_than_the_metrics_when_models_are_alike() -> None:
    target, probability = made(2000)
    noisy = np.clip(probability + np.random.default_rng(2).normal(scale=0.01, size=2000), 0, 1)
    scores = score(target, {"a": probability, "b": noisy}, threshold=0.5, count=100)
    width = {name: found["high"] - found["low"] for name, found in scores.estimates("a").items()}
    paired = {name: found["high"] - found["low"] for name, found in scores.difference("a", "b").items()}
    assert paired["roc_auc"] < width["roc_auc"] / 3


def test_difference_to_best_takes_the_best_of_the_others_metric_by_metric() -> None:
    target, probability = made(300)
    ranked, calm = np.clip(2 * probability, 0, 1), np.full(300, target.mean())
    models = {"model": probability, "ranked": ranked, "calm": calm}
    cuts = {"model": 0.5, "ranked": 0.5, "calm": 0.9}
    scores = score(target, models, threshold=cuts, count=20)
    found = scores.difference_to_best("model", ["calm", "ranked"])
    assert found["roc_auc"] == scores.difference("model", "ranked")["roc_auc"]
    assert found["brier"] == scores.difference("model", "calm")["brier"]
    assert found["precision"] == scores.difference("model", "ranked")["precision"]  # calm has none


def test_bootstrap_judges_each_model_at_its_own_threshold() -> None:
    target, probability = made(300)
    models, cuts = {"model": probability, "half": probability / 2}, {"model": 0.4, "half": 0.2}
    scores = score(target, models, threshold=cuts, count=20)
    assert scores.estimates("half")["f1"] == scores.estimates("model")["f1"]


def test_table_has_a_row_for_each_model_and_metric() -> None:
    target, probability = made(100)
    models = {"dummy": np.full(100, 0.3), "model": probability}
    table = score(target, models, threshold=0.5, count=9).table("model")
    assert len(table) == 2 * len(METRICS)
    row = table[(table["model"] == "dummy") & (table["metric"] == "roc_auc")].iloc[0]
    assert row["value"] == row["low"] == row["high"] == 0.5
    assert row["difference"] == pytest.approx(metrics.roc_auc_score(target, probability) - 0.5)


def test_clearly_better_names_metrics_whose_difference_excludes_none_on_the_good_side() -> None:
    table = pd.DataFrame(
        [
            ("model", "roc_auc", 0.0, 0.0),
            ("other", "roc_auc", 0.01, 0.02),
            ("other", "accuracy", -0.01, 0.02),
            ("other", "brier", -0.02, -0.01),
            ("other", "log_loss", 0.01, 0.02),
            ("other", "f1", np.nan, np.nan),
        ],
        columns=["model", "metric", "difference_low", "difference_high"],
    )
    assert clearly_better(table) == {"model": [], "other": ["roc_auc", "brier"]}


def test_units_that_err_together_make_intervals_wider() -> None:
    days = np.repeat(np.arange(40), 25)
    target, probability = made(1000)
    shifted = np.clip(probability + np.random.default_rng(3).normal(scale=0.25, size=40)[days], 0, 1)
    widths = []
    for units in (None, days):
        found = score(target, {"model": shifted}, threshold=0.5, count=200, units=units).estimates("model")["brier"]
        widths.append(found["high"] - found["low"])
    assert widths[1] > 1.5 * widths[0]


@pytest.mark.parametrize(
    ("target", "probability", "match"),
    [
        ([], [], "no rows to score"),
        ([0, 2], [0.1, 0.2], "the target holds 2: it is 0 or 1"),
        ([0, 1], [0.1], r"'model' predicts values of shape \(1,\): \(2,\) is needed"),
        ([0, 1], [0.1, np.nan], "'model' predicts values that are missing or not between 0 and 1"),
        ([0, 1], [0.1, 1.5], "give probabilities"),
    ],
)
def test_bootstrap_refuses_what_cannot_be_scored(target: object, probability: object, match: str) -> None:
    with pytest.raises(DataError, match=match):
        score(target, {"model": probability}, threshold=0.5)
