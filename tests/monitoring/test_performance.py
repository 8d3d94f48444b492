import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from pipeline.learning.scoring import Resampling
from pipeline.monitoring.performance import METRICS, by_window, observed, quantiles


@pytest.fixture
def table() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    score = generator.random(4000)
    return pd.DataFrame(
        {
            "at": pd.date_range("2026-05-01", periods=4000, freq="h", unit="us"),
            "label": (generator.random(4000) < score).astype("int8"),
            "score": score,
        }
    )


def scored(windows: dict[str, pd.DataFrame], time: str | None = "at") -> pd.DataFrame:
    return by_window(windows, target="label", prediction="score", time=time, resampling=Resampling(count=50))


def test_by_window_scores_each_window_with_an_interval(table: pd.DataFrame) -> None:
    found = scored({"first": table[:1500], "second": table[1500:]})
    assert found["metric"].tolist() == [*METRICS, *METRICS]
    row = found[(found["window"] == "second") & (found["metric"] == "roc_auc")].iloc[0]
    assert row["value"] == pytest.approx(roc_auc_score(table["label"][1500:], table["score"][1500:]))
    assert row["low"] < row["value"] < row["high"]
    assert (row["rows"], row["labelled"]) == (2500, 2500)
    assert row["observed"] == pytest.approx(table["label"][1500:].mean())
    assert row["predicted"] == pytest.approx(table["score"][1500:].mean())


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
    found = quantiles({"a": table[:2000], "b": table[2000:]}, "score")
    assert found.columns.tolist() == ["window", "rows", "mean", "0.1", "0.25", "0.5", "0.75", "0.9"]
    assert found["0.5"].tolist() == [table["score"][:2000].median(), table["score"][2000:].median()]


def test_by_window_says_what_the_rate_alone_would_score(table: pd.DataFrame) -> None:
    found = scored({"now": table}).set_index("metric")
    rate = np.full(len(table), table["label"].mean())
    assert found.loc["log_loss", "guess"] == pytest.approx(log_loss(table["label"], rate))
    assert found.loc["brier", "guess"] == pytest.approx(brier_score_loss(table["label"], rate))
    assert found.loc["average_precision", "guess"] == pytest.approx(average_precision_score(table["label"], rate))
    assert found.loc["roc_auc", "guess"] == 0.5
    assert scored({"now": table.assign(label=1)}).set_index("metric").loc["log_loss", "guess"] == 0


def test_observed_counts_days_as_independent_where_there_are_enough() -> None:
    days = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=40 * 24, freq="h"), "target": 0.0})
    days["target"] = (days["time"].dt.day_of_year % 2).astype(float)  # every day is all of one kind
    found = observed({"may": days}, target="target", time="time").loc["may"]
    alone = observed({"may": days}, target="target", time=None).loc["may"]
    assert found["rate"] == alone["rate"] == 0.5
    assert found["high"] - found["low"] > 4 * (alone["high"] - alone["low"])


def test_observed_is_missing_where_no_label_is_in() -> None:
    table = pd.DataFrame({"target": [np.nan, np.nan]})
    assert observed({"may": table}, target="target", time=None).loc["may"].isna().all()
