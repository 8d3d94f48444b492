import pandas as pd
import pytest

from pipeline.errors import DataError
from pipeline.monitoring.windows import cut


def rows(start: str, end: str, freq: str, zone: str | None = None) -> pd.DataFrame:
    return pd.DataFrame({"at": pd.date_range(start, end, freq=freq, tz=zone, unit="us")})


@pytest.mark.parametrize(
    ("table", "first", "last", "count"),
    [
        (rows("2026-05-03", "2026-12-30", "D"), "2026-05", "2026-12", 8),
        (rows("2026-05-03", "2026-07-02", "D", "America/New_York"), "2026-05", "2026-07", 3),
        (rows("2026-05-03", "2026-06-30", "D"), "2026-04-27", "2026-06-29", 10),
        (rows("2026-05-03", "2026-05-08", "h"), "2026-05-03", "2026-05-08", 6),
        (rows("2026-05-03 00:30", "2026-05-03 05:00", "min"), "2026-05-03 00:00", "2026-05-03 05:00", 6),
        (rows("2022-02-01", "2026-05-01", "D"), "2022Q1", "2026Q2", 18),
        (rows("1980-02-01", "2026-05-01", "MS"), "1980", "2026", 47),
        (rows("2026-05-03 00:00", "2026-05-03 00:50", "min"), "part 1 of 4", "part 4 of 4", 4),
    ],
)
def test_cut_takes_months_or_the_next_unit_that_makes_a_series(
    table: pd.DataFrame, first: str, last: str, count: int
) -> None:
    found = cut(table.sample(frac=1, random_state=0), "at")
    assert (next(iter(found)), list(found)[-1], len(found)) == (first, last, count)
    assert pd.concat(found.values())["at"].sort_values().tolist() == table["at"].tolist()


def test_cut_uses_the_months_of_the_columns_own_zone() -> None:
    table = rows("2026-05-31 23:30", "2026-08-31 23:30", "D", "America/New_York")
    assert list(cut(table, "at")) == ["2026-05", "2026-06", "2026-07", "2026-08"]


def test_cut_leaves_out_months_without_rows() -> None:
    table = pd.concat([rows("2026-01-05", "2026-02-20", "D"), rows("2026-06-05", "2026-06-20", "D")])
    assert list(cut(table, "at")) == ["2026-01", "2026-02", "2026-06"]


def test_cut_makes_equal_parts_in_the_order_of_the_table_when_time_does_not_tell_rows_apart() -> None:
    found = cut(rows("2026-05-03", "2026-05-03 00:09", "min").assign(x=range(10)), "at")
    assert {name: part["x"].tolist() for name, part in found.items()} == {
        "part 1 of 4": [0, 1],
        "part 2 of 4": [2, 3, 4],
        "part 3 of 4": [5, 6],
        "part 4 of 4": [7, 8, 9],
    }
    assert list(cut(rows("2026-05-03", "2026-05-03 00:01", "min"), "at")) == ["part 1 of 2", "part 2 of 2"]


def test_cut_makes_no_series_when_there_is_no_time() -> None:
    found = cut(pd.DataFrame({"x": range(10)}), None)
    assert {name: part["x"].tolist() for name, part in found.items()} == {"all rows": list(range(10))}


def test_cut_finds_no_window_when_there_are_no_rows() -> None:
    assert cut(rows("2026-05-03", "2026-05-08", "D")[:0], "at") == {}


def test_cut_refuses_rows_that_fall_in_no_window() -> None:
    table = pd.DataFrame({"at": pd.to_datetime(["2026-05-03", None])})
    with pytest.raises(DataError, match="1 of 2 rows have no 'at', so they fall in no window"):
        cut(table, "at")
