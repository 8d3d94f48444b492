from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from pipeline.goal import Goal, Task
from pipeline.learning.metrics import of
from pipeline.learning.predictions import beside
from pipeline.models.comparison import Asked
from pipeline.monitoring.performance import Watched, by_window, observed, obstacle, quantiles

BINARY = Goal(task=Task.BINARY, classes=(0, 1))
METRICS = of(Task.BINARY)
WATCHED = Watched(goal=BINARY, target="label", time="at", choice=0.5)


@pytest.fixture
def table() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    score = generator.random(4000)
    return pd.DataFrame(
        {
            "at": pd.date_range("2026-05-01", periods=4000, freq="h", unit="us"),
            "label": (generator.random(4000) < score).astype("int8"),
            "prediction": score,
        }
    )


def scored(windows: dict[str, pd.DataFrame], time: str | None = "at") -> pd.DataFrame:
    return by_window(windows, replace(WATCHED, time=time), resamples=50, seed=0)


def test_by_window_scores_each_window_with_an_interval(table: pd.DataFrame) -> None:
    found = scored({"first": table[:1500], "second": table[1500:]})
    assert found["metric"].tolist() == [*METRICS, *METRICS]
    row = found[(found["window"] == "second") & (found["metric"] == "roc_auc")].iloc[0]
    assert row["value"] == pytest.approx(roc_auc_score(table["label"][1500:], table["prediction"][1500:]))
    assert row["low"] < row["value"] < row["high"]
    assert (row["rows"], row["labelled"]) == (2500, 2500)
    assert row["observed"] == pytest.approx(table["label"][1500:].mean())
    assert row["predicted"] == pytest.approx(table["prediction"][1500:].mean())


def test_by_window_is_the_same_to_the_last_digit_when_run_again(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(scored({"all": table}), scored({"all": table}), check_exact=True)
    assert not scored({"all": table}).equals(scored({"all": table}, time=None))


@pytest.mark.parametrize("dtype", ["float64", "Int8"])
def test_by_window_scores_the_rows_whose_labels_are_in(table: pd.DataFrame, dtype: str) -> None:
    late = table.assign(label=table["label"].astype(dtype).where(table.index < 1000))
    found = scored({"now": late}).set_index("metric")
    assert found.loc["brier", ["rows", "labelled"]].tolist() == [4000, 1000]
    assert found.loc["brier", "value"] == pytest.approx(
        scored({"now": table[:1000]}).set_index("metric").loc["brier", "value"]
    )


def test_by_window_has_no_metric_when_no_label_is_in(table: pd.DataFrame) -> None:
    found = scored({"now": table.assign(label=np.nan)})
    assert found["labelled"].tolist() == [0] * len(METRICS)
    assert found[["value", "low", "high", "observed", "predicted"]].isna().all(axis=None)


def test_by_window_has_no_ranking_when_all_labels_are_the_same(table: pd.DataFrame) -> None:
    found = scored({"now": table.assign(label=0)}).set_index("metric")
    assert np.isnan(found.loc["roc_auc", "value"])
    assert found.loc["log_loss", "value"] > 0


def test_quantiles_describe_each_window(table: pd.DataFrame) -> None:
    found = quantiles({"a": table[:2000], "b": table[2000:]}, BINARY)
    assert found.columns.tolist() == ["window", "rows", "mean", "0.1", "0.25", "0.5", "0.75", "0.9"]
    assert found["0.5"].tolist() == [table["prediction"][:2000].median(), table["prediction"][2000:].median()]


def test_by_window_says_what_the_rate_alone_would_score(table: pd.DataFrame) -> None:
    found = scored({"now": table}).set_index("metric")
    rate = np.full(len(table), table["label"].mean())
    assert found.loc["log_loss", "guess"] == pytest.approx(log_loss(table["label"], rate))
    assert found.loc["brier", "guess"] == pytest.approx(brier_score_loss(table["label"], rate))
    assert found.loc["average_precision", "guess"] == pytest.approx(average_precision_score(table["label"], rate))
    assert found.loc["roc_auc", "guess"] == 0.5
    assert scored({"now": table.assign(label=1)}).set_index("metric").loc["log_loss", "guess"] < 1e-12


def test_observed_counts_days_as_independent_where_there_are_enough() -> None:
    days = pd.DataFrame({"at": pd.date_range("2024-01-01", periods=40 * 24, freq="h"), "label": 0.0, "prediction": 0.5})
    days["label"] = (days["at"].dt.day_of_year % 2).astype(float)  # every day is all of one kind
    found = observed({"may": days}, WATCHED).loc["may"]
    alone = observed({"may": days}, replace(WATCHED, time=None)).loc["may"]
    assert found["rate"] == alone["rate"] == 0.5
    assert found["high"] - found["low"] > 4 * (alone["high"] - alone["low"])


def test_observed_is_missing_where_no_label_is_in() -> None:
    table = pd.DataFrame({"label": [np.nan, np.nan], "prediction": [0.5, 0.5]})
    assert observed({"may": table}, replace(WATCHED, time=None)).loc["may"].isna().all()


def test_several_classes_are_watched_by_how_often_they_are_right(table: pd.DataFrame) -> None:
    goal = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
    shares = np.random.default_rng(1).dirichlet([1, 1, 1], len(table))
    rows = beside(table.drop(columns="prediction"), shares, goal).assign(label=shares.argmax(axis=1))
    watched = replace(WATCHED, goal=goal)
    found = by_window({"now": rows}, watched, resamples=50, seed=0).set_index("metric")
    assert list(found.index) == list(of(Task.MULTICLASS))
    assert found.loc["f1_macro", ["value", "observed"]].tolist() == [1, 1]
    assert found.loc["f1_macro", "predicted"] == pytest.approx(shares.max(axis=1).mean())
    assert found.loc["roc_auc_ovr", "guess"] == 0.5
    assert observed({"now": rows}, watched).loc["now", "rate"] == 1
    assert quantiles({"now": rows}, goal)["0.5"].iloc[0] == pytest.approx(np.median(shares.max(axis=1)))


def test_numbers_are_watched_by_their_means_and_are_not_cut_to_shares(table: pd.DataFrame) -> None:
    goal = Goal(task=Task.REGRESSION)
    rows = table.assign(label=100 + 10 * table["prediction"], prediction=101 + 10 * table["prediction"])
    watched = replace(WATCHED, goal=goal, choice=None)
    found = by_window({"now": rows}, watched, resamples=50, seed=0).set_index("metric")
    assert found.loc["rmse", "value"] == pytest.approx(1)
    assert found.loc["rmse", "guess"] == pytest.approx(rows["label"].std(ddof=0))
    assert found.loc["r2", "guess"] == pytest.approx(0)
    assert observed({"now": rows}, watched).loc["now", "rate"] == pytest.approx(rows["label"].mean())


def test_obstacle_says_why_nothing_can_be_watched(table: pd.DataFrame) -> None:
    asked = Asked(goal=BINARY, target="label", time="at")
    assert obstacle(table[:0], table, asked) == "no row is later than those the champion was tested on"
    assert obstacle(table[:0], table, replace(asked, time=None)) == "the table has no time: nothing came later"
    assert obstacle(table, table, asked) == ""
    assert obstacle(table, table, replace(asked, goal=Goal(task=Task.REGRESSION))).startswith("the champion answers a")
