import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.metrics import mutual_info_score, roc_auc_score

from pipeline.data import profile


@pytest.fixture
def frame() -> pd.DataFrame:
    drawn = np.random.default_rng(0)
    rows = 3000
    target = drawn.random(rows) < 0.3
    return pd.DataFrame(
        {
            "paid": target.astype("int8"),
            "when": pd.date_range("2024-01-01", periods=rows, freq="h"),
            "noise": drawn.normal(size=rows),
            "near": target + drawn.normal(size=rows),
            "after": target + drawn.normal(size=rows) * 0.2,
            "same": np.where(target, "yes", "no"),
            "kind": pd.Series(drawn.choice(["a", "b", "c"], rows)).where(~target | (drawn.random(rows) < 0.5)),
            "open": pd.array(drawn.random(rows) < 0.5, dtype="boolean"),
            "none": np.nan,
        }
    )


def test_columns_describes_each_column(frame: pd.DataFrame) -> None:
    told = profile.columns(frame).set_index("column")
    assert list(told.index) == list(frame.columns)
    assert told.loc["noise", "mean"] == pytest.approx(frame["noise"].mean())
    assert told.loc["kind", "missing"] == frame["kind"].isna().mean()
    assert told.loc["none", "distinct"] == 0
    assert told.loc["noise", "values"] == "each once"
    assert told.loc["when", "values"] == "2024-01-01 00:00:00 to 2024-05-04 23:00:00"
    assert told.loc["same", "values"].startswith("no 7")


def test_wilson_agrees_with_scipy() -> None:
    positives, rows = pd.Series([0, 3, 50]), pd.Series([10, 40, 50])
    bounds = profile.wilson(positives, rows)
    for place in range(3):
        expected = binomtest(positives[place], rows[place]).proportion_ci(method="wilson")
        assert bounds.loc[place].tolist() == pytest.approx([expected.low, expected.high])


def test_rates_counts_every_row_once_in_the_order_of_the_values(frame: pd.DataFrame) -> None:
    table = profile.rates(frame["near"], frame["paid"])
    assert table.index.name == "near"
    assert table["rows"].sum() == len(frame)
    assert table["positives"].sum() == frame["paid"].sum()
    assert table["rate"].iloc[0] < 0.1
    assert table["rate"].iloc[-1] > 0.8


def test_rates_gives_missing_values_and_rare_words_bins_of_their_own() -> None:
    words = pd.Series([*("common " * 60).split(), *map(str, range(40)), None, None], name="word")
    table = profile.rates(words, pd.Series([0, 1] * 51))
    assert table.index.tolist() == ["0", "common", "(other)", "(missing)"]


def test_rates_puts_words_in_the_order_of_their_rates() -> None:
    words = pd.Series(["a", "b", "c", None] * 50, name="word")
    table = profile.rates(words, pd.Series([1, 0, 1, 0, 1, 0, 0, 0] * 25))
    assert table["rate"].tolist() == [0.0, 0.5, 1.0, 0.0]
    assert table.index.tolist() == ["b", "c", "a", "(missing)"]
    assert table.index.name == "word"


def test_rates_bins_datetimes_by_day() -> None:
    when = pd.Series(pd.date_range("2024-01-01", periods=400), name="when").mask(pd.Series(range(400)) < 10)
    table = profile.rates(when, pd.Series([0, 1] * 200))
    assert table.index[-1] == "(missing)"
    assert table.index[-2] == "≤ 2025-02-03"


def test_associations_agrees_with_sklearn_where_bins_lose_nothing(frame: pd.DataFrame) -> None:
    coarse = frame["near"].round()
    found = profile.associations(coarse.to_frame(), frame["paid"]).iloc[0]
    entropy = mutual_info_score(frame["paid"], frame["paid"])
    assert found["auc"] == pytest.approx(roc_auc_score(frame["paid"], coarse), abs=0.002)
    assert found["information"] == pytest.approx(mutual_info_score(frame["paid"], coarse) / entropy)


def test_associations_counts_missing_values_as_a_value(frame: pd.DataFrame) -> None:
    found = profile.associations(frame[["kind", "none", "noise"]], frame["paid"]).set_index("column")
    assert found.loc["kind", "auc"] > 0.7
    assert found.loc["none", ["auc", "information"]].tolist() == [0.5, 0.0]
    assert found.loc["noise", "auc"] < 0.56


def test_associations_bound_the_area_as_hanley_and_mcneil_do() -> None:
    # Their example (Radiology 143:29): 58 normal and 51 abnormal cases, area 0.893, standard error 0.032.
    # Here each comes ten times, or else their ratings would be binned.
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    rating = pd.Series(np.repeat([1, 2, 3, 4, 5] * 2, 10 * np.array(normal + abnormal)), name="rating")
    target = pd.Series([0] * 580 + [1] * 510)
    found = profile.associations(rating.to_frame(), target).iloc[0]
    assert found["auc"] == pytest.approx(0.893, abs=0.001)
    for end, sign in (("low", -1), ("high", 1)):
        assert found[end] == pytest.approx(0.893 + sign * 1.96 * 0.032 / 10**0.5, abs=0.002)


def test_leaks_picks_what_knows_the_target(frame: pd.DataFrame) -> None:
    found = profile.leaks(profile.associations(frame.drop(columns=["paid", "when"]), frame["paid"]))
    assert dict(zip(found["column"], found["reason"], strict=True)) == {
        "same": "is the target under another name",
        "after": "ranks the target nearly perfectly",
    }


def test_leaks_is_empty_with_its_columns_when_nothing_is_suspected(frame: pd.DataFrame) -> None:
    found = profile.leaks(profile.associations(frame[["noise"]], frame["paid"]))
    assert found.empty
    assert list(found.columns) == ["column", "auc", "information", "reason"]


@pytest.mark.parametrize(
    ("days", "start"), [(40, "2024-01-01"), (300, "2024-01-01"), (1500, "2024-01-01"), (4000, "2024-01-01")]
)
def test_over_time_chooses_periods_for_at_most_sixty_points(days: int, start: str) -> None:
    when = pd.Series(pd.date_range(start, periods=days, tz="Europe/Berlin"))
    table = profile.over_time(pd.Series([0, 1] * (days // 2)), when)
    assert 10 <= len(table) <= 61
    assert table["rows"].sum() == days
    assert table["period"].iloc[0] == pd.Timestamp(start, tz="Europe/Berlin")


def test_over_time_has_no_interval_where_there_is_one_cluster() -> None:
    table = profile.over_time(pd.Series([0, 1, 1]), pd.Series(pd.to_datetime(["2024-01-01"] * 3)))
    assert table["rate"].tolist() == [pytest.approx(2 / 3)]
    assert table[["low", "high"]].isna().all(axis=None)


def test_over_time_covers_the_true_rate_about_as_often_as_it_says_when_days_are_alike() -> None:
    drawn = np.random.default_rng(1)
    days = 60 * 30
    daily = np.clip(drawn.normal(0.3, 0.1, days), 0, 1)
    when = pd.Series(np.repeat(pd.date_range("2020-01-01", periods=days), 40))
    table = profile.over_time(pd.Series((drawn.random(len(when)) < np.repeat(daily, 40)).astype(int)), when)
    assert ((table["low"] <= 0.3) & (table["high"] >= 0.3)).mean() > 0.85
