import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import precision_score, recall_score, roc_auc_score

from pipeline.errors import DataError, SettingsError
from pipeline.learning.decisions import (
    balanced_threshold,
    cheapest_threshold,
    confusion,
    curves,
    half_width,
    reliability,
    wilson,
)


@pytest.fixture(scope="module")
def probability() -> np.ndarray:
    return np.random.default_rng(0).beta(2, 5, 2000).round(3)


@pytest.fixture(scope="module")
def target(probability: np.ndarray) -> np.ndarray:
    return (np.random.default_rng(1).random(2000) < probability).astype(np.int8)


def test_balanced_threshold_calls_as_many_rows_positive_as_are(target: np.ndarray, probability: np.ndarray) -> None:
    fine = probability + np.arange(2000) * 1e-9
    flagged = fine >= balanced_threshold(target, fine)
    assert flagged.sum() == target.sum()
    assert precision_score(target, flagged) == recall_score(target, flagged)


def test_balanced_threshold_is_one_of_the_probabilities_when_many_are_equal() -> None:
    assert balanced_threshold([1, 0, 0, 1], [0.9, 0.8, 0.7, 0.6]) == 0.8
    assert balanced_threshold([1, 0], [0.5, 0.5]) == 0.5
    assert balanced_threshold([1, 1], [0.2, 0.5]) == 0.2


def test_balanced_threshold_is_refused_when_no_row_is_positive() -> None:
    with pytest.raises(DataError, match="no row is positive"):
        balanced_threshold([0, 0], [0.1, 0.2])


def test_confusion_counts_each_row_once_and_the_threshold_as_positive() -> None:
    counts = confusion([0, 0, 1, 1, 1], [0.1, 0.5, 0.5, 0.9, 0.2], 0.5)
    assert counts.to_numpy().tolist() == [[1, 1], [1, 2]]
    assert (counts.index.name, counts.columns.name) == ("actual", "predicted")


def test_confusion_keeps_a_class_that_has_no_row() -> None:
    assert confusion([1, 1], [0.9, 0.9], 0.5).to_numpy().tolist() == [[0, 0], [0, 2]]


def test_reliability_bins_hold_equally_many_rows_and_cover_what_is_calibrated(
    target: np.ndarray, probability: np.ndarray
) -> None:
    table = reliability(target, probability)
    assert table["rows"].sum() == 2000
    assert table["rows"].between(180, 220).all()
    assert ((table["low"] <= table["predicted"]) & (table["predicted"] <= table["high"])).sum() >= 8
    first = probability < np.quantile(probability, 0.09)
    assert table["predicted"].iloc[0] == pytest.approx(probability[first].mean(), abs=0.01)


def test_reliability_has_one_bin_when_all_predictions_are_equal() -> None:
    table = reliability([0, 1, 1, 1], [0.3] * 4)
    assert table[["predicted", "observed", "rows"]].to_numpy().tolist() == [[0.3, 0.75, 4]]


@pytest.mark.parametrize(("hits", "rows"), [(0, 5), (5, 5), (3, 10), (400, 1000)])
def test_wilson_equals_scipy(hits: int, rows: int) -> None:
    found = binomtest(hits, rows).proportion_ci(method="wilson")
    assert wilson(hits, rows) == (found.low, found.high)


def test_curves_are_short_and_keep_the_area(target: np.ndarray, probability: np.ndarray) -> None:
    found = curves(target, probability)
    roc = found["roc"]
    assert len(roc) <= 400
    assert (roc.iloc[0].tolist(), roc.iloc[-1].tolist()) == ([0, 0], [1, 1])
    assert np.trapezoid(roc["y"], roc["x"]) == pytest.approx(roc_auc_score(target, probability), abs=1e-3)
    assert found["precision"]["y"].iloc[0] == pytest.approx(target.mean())


def test_cheapest_threshold_costs_least_of_all() -> None:
    generator = np.random.default_rng(0)
    probability = generator.random(500).round(2)
    target = (generator.random(500) < probability).astype(int)
    costs = {"false_positive": 1.0, "false_negative": 4.0}

    def cost(threshold: float) -> float:
        table = confusion(target, probability, threshold)
        return table.loc[0, 1] * costs["false_positive"] + table.loc[1, 0] * costs["false_negative"]

    found = cheapest_threshold(target, probability, costs)
    assert cost(found) == min(cost(each) for each in np.unique(probability))
    assert found == pytest.approx(0.2, abs=0.12)  # of true probabilities it is 1 / (1 + 4)
    dear = {"false_positive": 1000.0, "false_negative": 1.0}
    assert cheapest_threshold([0, 1], [0.9, 0.1], dear) == 1.0


@pytest.mark.parametrize("costs", [{"false_positive": 1.0}, {"false_positive": 1.0, "false_negative": 0.0}, {"a": 1.0}])
def test_cheapest_threshold_refuses_costs_that_are_none(costs: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=r"`costs` in \[tool.pipeline.evaluation\] is .*numbers above 0"):
        cheapest_threshold([0, 1], [0.2, 0.8], costs)


def test_half_width_holds_the_share_of_new_rows_that_it_promises() -> None:
    generator = np.random.default_rng(0)
    held = [
        np.mean(np.abs(generator.normal(size=400)) <= half_width(generator.normal(size=99), 0.9)) for _ in range(300)
    ]
    assert np.mean(held) == pytest.approx(0.9, abs=0.01)
    assert half_width([1.0, -3.0], 0.9) == 3.0
