from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score

from pipeline.goal import Goal, Task
from pipeline.learning.metrics import of
from pipeline.learning.scoring.resampling import Resampling
from pipeline.monitoring import estimates
from pipeline.monitoring.performance import Watched

BINARY = Goal(task=Task.BINARY, classes=(0, 1))
SEVERAL = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
WATCHED = Watched(goal=BINARY, target="y", choice=0.4)


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(0)


def rows(draw: np.random.Generator, size: int, *, truth: Callable[..., object] = lambda p: p) -> pd.DataFrame:
    said = draw.beta(2, 4, size=size)
    return pd.DataFrame({"prediction": said, "y": (draw.random(size) < truth(said)).astype(float)})


def test_metrics_of_calibrated_probabilities_are_what_labels_show_on_average(draw: np.random.Generator) -> None:
    said = draw.beta(2, 4, size=300)
    found = estimates.expected(BINARY, said, resampling=Resampling(count=50), choice=0.4)
    realised = []
    for _ in range(300):
        truth = draw.random(300) < said
        called = said >= 0.4
        scores = (roc_auc_score(truth, said), log_loss(truth, said), accuracy_score(truth, called))
        realised.append([*scores, f1_score(truth, called)])
    names = ("roc_auc", "log_loss", "accuracy", "f1")
    assert [found[name]["value"] for name in names] == pytest.approx(np.mean(realised, axis=0), abs=0.008)


def test_accuracy_of_several_classes_is_the_mean_of_the_greatest_probability(draw: np.random.Generator) -> None:
    said = draw.dirichlet([1, 2, 3], size=400)
    found = estimates.expected(SEVERAL, said, resampling=Resampling(count=20))
    assert found["accuracy"]["value"] == pytest.approx(said.max(axis=1).mean())
    assert found["log_loss"]["value"] == pytest.approx(-(said * np.log(said)).sum(axis=1).mean())
    assert found["accuracy"]["low"] < found["accuracy"]["value"] < found["accuracy"]["high"]


def test_realised_metrics_lie_in_the_interval_in_95_of_100_windows(draw: np.random.Generator) -> None:
    windows = {str(place): rows(draw, 300) for place in range(60)}
    found = estimates.by_window(windows, WATCHED, resamples=100, seed=0)
    inside = 1 - found.groupby("metric")["surprising"].mean()
    assert inside[["roc_auc", "log_loss", "brier", "accuracy", "f1"]].between(0.88, 1.0).all()


def test_the_error_shows_when_probabilities_mean_something_else(draw: np.random.Generator) -> None:
    windows = {"fit": rows(draw, 4_000), "unfit": rows(draw, 4_000, truth=lambda _: 0.25)}
    found = estimates.by_window(windows, WATCHED, resamples=50, seed=0).set_index(["window", "metric"])
    assert abs(found.loc[("fit", "roc_auc"), "error"]) < 0.03
    assert found.loc[("unfit", "roc_auc"), "error"] < -0.15
    assert found.loc[("unfit", "roc_auc"), "surprising"]


def test_windows_are_estimated_before_any_label_is_in(draw: np.random.Generator) -> None:
    table = rows(draw, 1_000)
    some = table.assign(y=table["y"].where(table.index < 300))
    found = estimates.by_window({"none": table.assign(y=np.nan), "some": some}, WATCHED, resamples=20, seed=0)
    assert list(found["metric"]) == 2 * list(of(Task.BINARY))
    assert found.groupby("window", sort=False)["labelled"].first().tolist() == [0, 300]
    first = found.set_index(["window", "metric"]).xs("roc_auc", level="metric")
    assert first["value"].iloc[0] == first["value"].iloc[1]
    assert first["realised"].isna().tolist() == [True, False]
    assert not first["surprising"].any()


def test_a_regression_cannot_be_estimated(draw: np.random.Generator) -> None:
    goal = Goal(task=Task.REGRESSION)
    assert "only labels can tell" in estimates.obstacle(goal)
    assert estimates.obstacle(BINARY) == ""
    table = pd.DataFrame({"prediction": draw.normal(size=10), "y": np.nan})
    assert estimates.by_window({"now": table}, Watched(goal=goal, target="y"), resamples=5, seed=0).empty
