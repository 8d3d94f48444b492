import numpy as np
import pytest
from sklearn import metrics

from pipeline.errors import DataError
from pipeline.goal import Task
from pipeline.learning.metrics import of
from pipeline.learning.scoring.regression import RegressionScorer

ROWS = 501
ONES = np.ones(ROWS, dtype=np.int64)


def made(decimals: int = 16) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    target = 1000 + generator.gamma(2, 100, ROWS)
    return target, (target + generator.normal(scale=50, size=ROWS)).round(decimals)


def found(target: object, prediction: object, weights: np.ndarray, half_width: float | None = None) -> dict[str, float]:
    values = RegressionScorer("model", target, prediction, half_width).measure(weights)
    return dict(zip(of(Task.REGRESSION), values, strict=True))


def by_sklearn(target: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    given = {"sample_weight": weights}
    return {
        "rmse": metrics.root_mean_squared_error(target, prediction, **given),
        "mae": metrics.mean_absolute_error(target, prediction, **given),
        "r2": metrics.r2_score(target, prediction, **given),
        "median_absolute_error": metrics.median_absolute_error(target, prediction, **given),
        "mape": metrics.mean_absolute_percentage_error(target, prediction, **given),
    }


@pytest.mark.parametrize("decimals", [16, 0, -1])
@pytest.mark.parametrize("weights", ["ones", "drawn", "even", "real"])
def test_measure_equals_scikit_learn_with_weights_and_ties(decimals: int, weights: str) -> None:
    target, prediction = made(decimals)
    generator = np.random.default_rng(5)
    given = {
        "ones": ONES,
        "drawn": np.bincount(generator.integers(ROWS, size=ROWS), minlength=ROWS),
        "even": np.append(ONES[:-1], 0),
        "real": generator.random(ROWS),
    }[weights]
    values = found(target.round(decimals), prediction, given)
    assert np.isnan(values.pop("coverage"))
    assert values == pytest.approx(by_sklearn(target.round(decimals), prediction, given), rel=1e-11)


def test_median_of_drawn_rows_is_the_median_of_the_rows_repeated() -> None:
    target, prediction = np.array([0.0, 0.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0, 10.0])
    for weights in ([1, 1, 1, 1], [2, 0, 1, 1], [0, 2, 0, 2], [0, 0, 1, 0]):
        expected = np.median(np.repeat(prediction, weights))
        assert found(target, prediction, np.array(weights))["median_absolute_error"] == expected


def test_percentages_leave_out_rows_whose_target_is_zero() -> None:
    values = found([0.0, 10.0, -4.0], [5.0, 11.0, -5.0], np.ones(3, dtype=np.int64))
    assert values["mape"] == pytest.approx((0.1 + 0.25) / 2)
    assert np.isnan(found([0.0], [5.0], np.ones(1, dtype=np.int64))["mape"])


def test_r2_is_nan_when_the_target_does_not_vary() -> None:
    assert np.isnan(found([3.0, 3.0], [1.0, 2.0], np.ones(2, dtype=np.int64))["r2"])


def test_coverage_is_the_share_of_rows_within_their_interval_ends_included() -> None:
    assert found([0.5, -1.0, 2.0], [0.0, 0.0, 0.0], np.ones(3, dtype=np.int64), 1.0)["coverage"] == pytest.approx(2 / 3)


def test_metrics_are_nan_when_no_row_counts() -> None:
    target, prediction = made()
    assert all(np.isnan(value) for value in found(target, prediction, 0 * ONES).values())


@pytest.mark.parametrize(
    ("target", "prediction", "match"),
    [
        ([], [], "no rows to score"),
        ([1.0, 2.0], [1.0], r"'model' predicts values of shape \(1,\): \(2,\) is needed"),
        ([1.0, np.nan], [1.0, 2.0], "the target holds values that are missing or infinite"),
        ([1.0, 2.0], [1.0, np.inf], "'model' holds values that are missing or infinite"),
    ],
)
def test_scorer_refuses_what_cannot_be_scored(target: list[float], prediction: list[float], match: str) -> None:
    with pytest.raises(DataError, match=match):
        RegressionScorer("model", target, prediction, None)
