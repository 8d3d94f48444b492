from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.data import dates
from pipeline.errors import DataError


@pytest.mark.parametrize(
    "values",
    [
        ["2024-01-01", None, "9999-12-31"],
        ["2024-01-01 10:30", "2024-01-01T10:30:59.5", "2024-01-02"],
        ["2024-01-01T10:00:00Z", "2024-01-01T10:00:00+02:00"],
        [date(2024, 1, 1), None],
    ],
)
def test_read_makes_datetimes_of_iso_dates(values: list[object]) -> None:
    found = dates.read(pd.DataFrame({"on": values}), besides=set())["on"]
    assert pd.api.types.is_datetime64_any_dtype(found.dtype)
    assert found.isna().tolist() == [value is None for value in values]
    assert found.dt.year.dropna().tolist() == [int(str(value)[:4]) for value in values if value is not None]


@pytest.mark.parametrize(
    "values",
    [
        ["2024-01-01", "soon"],
        ["2024-01-01", "2024-02-30"],
        ["2024", "2025"],
        ["2024-01", "2024-02"],
        ["20240101", "20240102"],
        [None, None],
        [True, None],
        [1.5, 2.5],
        ["2024-01-01"] * 2000 + ["2024-01-01, or later"],
    ],
)
def test_read_leaves_all_else_as_it_is(values: list[object]) -> None:
    frame = pd.DataFrame({"on": values})
    pd.testing.assert_frame_equal(dates.read(frame, besides=set()), frame)


def test_read_knows_dates_among_categories_and_leaves_the_named_columns() -> None:
    frame = pd.DataFrame({"on": ["2024-01-01", "2024-01-02"], "key": ["2024-01-01", "2024-01-02"]})
    found = dates.read(frame.astype({"on": "category"}), besides={"key", None})
    assert found["on"].dt.day.tolist() == [1, 2]
    assert found["key"].tolist() == frame["key"].tolist()


def test_weekdays_are_named_and_sort_as_the_week_goes() -> None:
    told = dates.PARTS["weekday"](pd.Series([*pd.date_range("2024-01-01", periods=7), pd.NaT]))
    assert told.tolist()[:2] == ["1 Mon", "2 Tue"]
    assert told.isna().tolist() == [False] * 7 + [True]
    assert told.cat.categories.tolist() == sorted(dates.WEEKDAYS)


@pytest.mark.parametrize(("zone", "other"), [(None, None), ("Asia/Tokyo", None), (None, "UTC"), ("UTC", "UTC")])
def test_days_before_counts_days_whatever_the_zones(zone: str | None, other: str | None) -> None:
    first = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-09", None])).dt.tz_localize(zone)
    second = pd.Series(pd.to_datetime(["2024-01-02 12:00", "2024-01-02 00:00", "2024-01-03 00:00"])).dt.tz_localize(
        other
    )
    np.testing.assert_array_equal(dates.days_before(first, second), [1.5, -7.0, np.nan])


def test_days_before_reaches_to_the_end_of_all_days() -> None:
    last = pd.Series(pd.to_datetime(["9999-12-31"]))
    first = pd.Series(pd.to_datetime(["2024-01-01"])).dt.as_unit("ns")
    assert dates.days_before(last, first).tolist() == [-(date(9999, 12, 31) - date(2024, 1, 1)).days]


def test_checked_refuses_what_is_no_date_any_more() -> None:
    with pytest.raises(DataError, match="column 'on' held dates while learning, and now does not: it is str"):
        dates.checked(pd.DataFrame({"on": ["soon"]}), "on")


def test_read_takes_a_column_called_self() -> None:
    frame = pd.DataFrame({"self": ["2024-01-01"], "name": ["x"]})
    assert dates.read(frame, besides=set())["self"].dt.year.tolist() == [2024]
    assert frame["self"].tolist() == ["2024-01-01"]
