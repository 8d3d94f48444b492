import pandas as pd
import pytest

from pipeline.data import roles
from pipeline.errors import DataError


def series(values: list[object], dtype: str | None = None) -> pd.Series:
    return pd.Series(values, name="column", dtype=dtype)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["2024-01-31", "2024-02-01"], "2024-01-31"),
        (["2024-01-31T10:00:00", "2024-02-01T11:30:00"], "2024-01-31 10:00"),
        (["1/31/24", "2/1/24"], "2024-01-31"),
        (["31/1/2024 10:00", "1/2/2024 11:30"], "2024-01-31 10:00"),
        (["31.1.2024", "1.2.2024"], "2024-01-31"),
        ([20240131, 20240201], "2024-01-31"),
    ],
)
def test_moments_reads_dates_that_can_be_read_in_one_way(written: list[object], expected: str) -> None:
    assert roles.moments(series(written), "rows.csv").iloc[0] == pd.Timestamp(expected)


def test_moments_reads_offsets_that_change_with_the_clocks() -> None:
    read = roles.moments(series(["2024-01-01 05:00-05:00", "2024-07-01 05:00-04:00"]), "rows.csv")
    assert read.tolist() == [pd.Timestamp("2024-01-01 10:00Z"), pd.Timestamp("2024-07-01 09:00Z")]


def test_moments_leaves_datetimes_as_they_are() -> None:
    given = pd.Series(pd.date_range("2024", periods=3, tz="Europe/Berlin"))
    assert roles.moments(given, "rows.csv") is given


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["2024-01-31", None], "rows.csv: column 'column', named as time, is missing in 1 of 2 rows"),
        (["2024-01-31", "soon"], "no date, such as 'soon'. Write dates as 2026-11-23"),
        (["1/31/24", "never"], "no date, such as '1/31/24', 'never'"),
        (["1/2/2024", "2/3/2024"], "can be read as %m/%d/%Y or as %d/%m/%Y"),
        ([1.5, 2.5], "no date, such as '1.5', '2.5'"),
    ],
)
def test_moments_refuses_what_is_no_date_or_two(written: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.moments(series(written), "rows.csv")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", None], "named as id, is missing in 1 of 2 rows"),
        (["a", "b", "a"], "names 2 rows more than once, such as 'a'. Remove repeated rows"),
    ],
)
def test_unique_refuses_ids_that_name_no_row_or_two(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.unique(series(values), "rows.csv")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([True, False, None], "boolean", True),
        ([False, True], "bool", True),
        ([0, 1, 1], "int64", 1),
        ([1.0, 2.0, None], "float64", 2.0),
        (["No", "Yes", "Yes"], "str", "Yes"),
        (["good", "bad", "good"], "str", "bad"),
        (["good", "bad", "good"], "category", "bad"),
    ],
)
def test_positive_is_yes_or_the_larger_or_the_rarer(values: list[object], dtype: str, expected: object) -> None:
    found = roles.positive(series(values, dtype), "rows.csv")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([None, None], "named as target, is missing in every row"),
        (["yes", "yes", None], "is 'yes' wherever there is a value: nothing to learn"),
        (["a", "b", "c", "d"], r"has 4 values \('a', 'b', 'c', ...\), and must have two"),
    ],
)
def test_positive_refuses_a_target_without_two_values(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.positive(series(values), "rows.csv")


def test_encode_writes_one_where_the_value_is_the_positive() -> None:
    coded = roles.encode(series(["yes", "no", "yes"]), positive="yes")
    assert coded.tolist() == [1, 0, 1]
    assert coded.dtype == "int8"
