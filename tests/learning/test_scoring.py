from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from pipeline.errors import DataError
from pipeline.learning.metrics import METRICS
from pipeline.learning.scoring import Ranking, Resampling, bootstrap, clearly_better, periods

THRESHOLD = 0.4


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


@pytest.mark.parametrize("decimals", [16, 2, 1])
@pytest.mark.parametrize("weights", ["ones", "drawn", "real"])
def test_measure_equals_scikit_learn_with_weights_and_ties(decimals: int, weights: str) -> None:
    target, probability = made(800, decimals=decimals)
    generator = np.random.default_rng(5)
    given = {
        "ones": np.ones(800, dtype=np.int64),
        "drawn": np.bincount(generator.integers(800, size=800), minlength=800),
        "real": generator.random(800),
    }[weights]
    found = dict(zip(METRICS, Ranking(target, probability, THRESHOLD).measure(given), strict=True))
    assert found == pytest.approx(by_sklearn(target, probability, given), rel=1e-12)


def test_measure_takes_certainty_as_scikit_learn_does_when_it_is_wrong() -> None:
    target, probability = np.array([0, 1], dtype=np.int8), np.array([1.0, 0.0])
    found = dict(zip(METRICS, Ranking(target, probability, 0.5).measure(np.ones(2, dtype=np.int64)), strict=True))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(target, probability))
    assert found["roc_auc"] == 0


@pytest.mark.parametrize("rows", [[0, 0, 0], [1, 1, 1]])
def test_metrics_are_nan_when_they_have_no_meaning(rows: list[int]) -> None:
    target = np.array(rows, dtype=np.int8)
    scores = bootstrap(target, {"model": [0.1, 0.2, 0.3]}, threshold=0.9, resampling=Resampling(count=5))
    found = scores.estimates("model")
    assert all(np.isnan(found["roc_auc"][end]) for end in ("value", "low", "high"))
    assert np.isnan(found["precision"]["value"])
    assert found["accuracy"]["value"] == 1 - target[0]


def test_an_interval_is_nan_when_too_few_resamples_define_it() -> None:
    target, probability = np.array([1] + [0] * 19), np.linspace(1, 0, 20)
    found = bootstrap(target, {"model": probability}, threshold=0.5, resampling=Resampling(count=50))
    assert found.estimates("model")["roc_auc"]["value"] == 1
    assert np.isnan(found.estimates("model")["roc_auc"]["low"])


def test_bootstrap_is_the_same_to_the_last_digit_with_one_seed_and_another_with_another() -> None:
    target, probability = made(300)
    first, again, other = (
        bootstrap(target, {"model": probability}, threshold=0.5, resampling=Resampling(count=20, seed=seed))
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first.draws["model"], again.draws["model"])
    assert not np.array_equal(first.draws["model"], other.draws["model"])


def test_bootstrap_equals_scoring_the_drawn_rows_again() -> None:
    target, probability = made(200)
    scores = bootstrap(target, {"model": probability}, threshold=THRESHOLD, resampling=Resampling(count=1, seed=7))
    drawn = np.random.default_rng(7).integers(200, size=200)
    expected = by_sklearn(target[drawn], probability[drawn], None)
    assert scores.draws["model"][0] == pytest.approx(list(expected.values()), rel=1e-12)


def test_difference_is_paired_so_that_equal_models_differ_by_nothing() -> None:
    target, probability = made(300)
    models = {"one": probability, "same": probability, "worse": np.random.default_rng(1).permutation(probability)}
    scores = bootstrap(target, models, threshold=0.5, resampling=Resampling(count=100))
    assert all(set(found.values()) == {0.0} for found in scores.difference("one", "same").values())
    assert scores.difference("one", "worse")["roc_auc"]["low"] > 0
    assert scores.difference("one", "worse")["log_loss"]["high"] < 0


def test_difference_is_narrower_than_the_metrics_when_models_are_alike() -> None:
    target, probability = made(2000)
    noisy = np.clip(probability + np.random.default_rng(2).normal(scale=0.01, size=2000), 0, 1)
    scores = bootstrap(target, {"a": probability, "b": noisy}, threshold=0.5, resampling=Resampling(count=100))
    width = {name: found["high"] - found["low"] for name, found in scores.estimates("a").items()}
    paired = {name: found["high"] - found["low"] for name, found in scores.difference("a", "b").items()}
    assert paired["roc_auc"] < width["roc_auc"] / 3


def test_difference_to_best_takes_the_best_of_the_others_metric_by_metric() -> None:
    target, probability = made(300)
    ranked, calm = np.clip(2 * probability, 0, 1), np.full(300, target.mean())
    models = {"model": probability, "ranked": ranked, "calm": calm}
    cuts = {"model": 0.5, "ranked": 0.5, "calm": 0.9}
    scores = bootstrap(target, models, threshold=cuts, resampling=Resampling(count=20))
    found = scores.difference_to_best("model", ["calm", "ranked"])
    assert found["roc_auc"] == scores.difference("model", "ranked")["roc_auc"]
    assert found["brier"] == scores.difference("model", "calm")["brier"]
    assert found["precision"] == scores.difference("model", "ranked")["precision"]  # calm has none


def test_bootstrap_judges_each_model_at_its_own_threshold() -> None:
    target, probability = made(300)
    models, cuts = {"model": probability, "half": probability / 2}, {"model": 0.4, "half": 0.2}
    scores = bootstrap(target, models, threshold=cuts, resampling=Resampling(count=20))
    assert scores.estimates("half")["f1"] == scores.estimates("model")["f1"]


def test_table_has_a_row_for_each_model_and_metric() -> None:
    target, probability = made(100)
    models = {"dummy": np.full(100, 0.3), "model": probability}
    table = bootstrap(target, models, threshold=0.5, resampling=Resampling(count=9)).table("model")
    assert len(table) == 2 * len(METRICS)
    row = table[(table["model"] == "dummy") & (table["metric"] == "roc_auc")].iloc[0]
    assert row["value"] == row["low"] == row["high"] == 0.5
    assert row["difference"] == pytest.approx(metrics.roc_auc_score(target, probability) - 0.5)


@pytest.mark.slow
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



def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    everybody, by = made(200_000, seed=99)
    truth = dict(zip(METRICS, Ranking(everybody, by, THRESHOLD).measure(np.ones(200_000, dtype=np.int64)), strict=True))
    covered = dict.fromkeys(METRICS, 0)
    for seed in range(100):
        target, probability = made(400, seed=seed)
        resampling = Resampling(count=100, seed=seed)
        scores = bootstrap(target, {"model": probability}, threshold=THRESHOLD, resampling=resampling)
        for metric, found in scores.estimates("model").items():
            covered[metric] += found["low"] <= truth[metric] <= found["high"]
    assert all(86 <= count <= 99 for count in covered.values()), covered


def test_units_that_err_together_make_intervals_wider() -> None:
    days = np.repeat(np.arange(40), 25)
    target, probability = made(1000)
    shifted = np.clip(probability + np.random.default_rng(3).normal(scale=0.25, size=40)[days], 0, 1)
    widths = []
    for units in (None, days):
        resampling = Resampling(count=200, units=units)
        found = bootstrap(target, {"model": shifted}, threshold=0.5, resampling=resampling).estimates("model")["brier"]
        widths.append(found["high"] - found["low"])
    assert widths[1] > 1.5 * widths[0]


def test_weights_draw_all_rows_of_a_unit_alike() -> None:
    units = np.array([5, 5, 9, 9, 9])
    for weights in Resampling(count=5, units=units).weights(5):
        assert weights[0] == weights[1]
        assert weights[2] == weights[3] == weights[4]
        assert weights[[0, 2]].sum() == 2


def test_within_keeps_the_units_of_some_rows() -> None:
    rows = np.array([0, 2])
    assert Resampling(units=np.array([4, 5, 6])).within(rows).units.tolist() == [4, 6]
    assert Resampling().within(rows).units is None


@pytest.mark.parametrize(("hours", "name"), [(24 * 40, "day"), (100, "hour"), (10, "row")])
def test_periods_are_the_longest_of_which_there_are_enough(hours: int, name: str) -> None:
    times = pd.Series(pd.date_range("2026-01-01", periods=hours * 2, freq="30min"))
    found, units = periods(times)
    assert found == name
    assert len(np.unique(units)) == {"day": 40, "hour": 100, "row": 20}[name]


@pytest.mark.parametrize(
    ("target", "probability", "match"),
    [
        ([], [], "no rows to score"),
        ([0, 2], [0.1, 0.2], "the target holds 2: it is 0 or 1"),
        ([0, 1], [0.1], r"'model' predicts \(1,\) values for \(2,\) rows"),
        ([0, 1], [0.1, np.nan], "'model' predicts values that are missing or not between 0 and 1"),
        ([0, 1], [0.1, 1.5], "give probabilities"),
    ],
)
def test_bootstrap_refuses_what_cannot_be_scored(target: object, probability: object, match: str) -> None:
    with pytest.raises(DataError, match=match):
        bootstrap(target, {"model": probability}, threshold=0.5, resampling=Resampling())


def test_bootstrap_is_fast() -> None:
    target, probability = made(50_000)
    models = {f"m{power}": probability**power for power in (1, 2, 3, 4)}
    started = perf_counter()
    bootstrap(target, models, threshold=0.5, resampling=Resampling(count=30))
    assert perf_counter() - started < 2  # 0.1 s where nothing else runs; 300 resamples take ten times that
