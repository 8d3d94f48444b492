import numpy as np
import pandas as pd
import pytest

from pipeline.learning.unseen import newer, unseen

LEARNT = pd.DataFrame(
    {
        "key": ["a", "b", "c"],
        "at": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]),
        "size": [1.0, 2.0, np.nan],
        "kind": ["x", None, "y"],
    }
)
ROWS = pd.DataFrame(
    {
        "key": ["b", "d", "e", "f"],
        "at": pd.to_datetime(["2026-01-05", "2026-01-01", "2026-01-03", "2026-01-04"]),
        "size": [3.0, 1.0, np.nan, 2.0],
        "kind": ["x", "x", "y", None],
    }
)


def test_unseen_goes_by_name_where_rows_have_one() -> None:
    assert unseen(ROWS, LEARNT, name="key", time="at").tolist() == [False, True, True, True]


def test_unseen_goes_by_time_when_rows_have_no_name() -> None:
    assert unseen(ROWS, LEARNT, name=None, time="at").tolist() == [True, False, False, True]
    assert unseen(ROWS, LEARNT.drop(columns="key"), name="key", time="at").tolist() == [True, False, False, True]


def test_unseen_goes_by_content_when_rows_have_neither() -> None:
    known, rows = LEARNT[["size", "kind"]], ROWS[["size", "kind"]]
    assert unseen(rows, known, name=None, time=None).tolist() == [True, False, False, False]
    assert unseen(rows, known.drop(columns="size"), name="key", time="at").tolist() == [False] * 4


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (pd.Series([1, 2]), pd.Series([2.0, 3.0])),
        (pd.Series([1, 2], dtype="Int64"), pd.Series([2.0, np.nan])),
        (pd.Series(["a", "b"]), pd.Series(["b", "c"], dtype="category")),
        (pd.Series(["a", "b"]), pd.Series(["b", None], dtype="object")),
        (pd.Series([True, True]), pd.Series([1, 0], dtype="int8")),
        (
            pd.to_datetime(pd.Series(["2026-01-01", "2026-01-02"])),
            pd.to_datetime(pd.Series(["2026-01-02", "2026-01-03"])),
        ),
    ],
)
def test_unseen_compares_values_and_not_their_types(before: pd.Series, now: pd.Series) -> None:
    found = unseen(pd.DataFrame({"x": now}), pd.DataFrame({"x": before}), name=None, time=None)
    assert found.tolist() == [False, True]


def test_newer_goes_by_time_before_names() -> None:
    assert newer(ROWS, LEARNT, name="key", time="at").tolist() == [True, False, False, True]
    assert newer(ROWS, LEARNT.drop(columns="at"), name="key", time="at").tolist() == [False, True, True, True]
    assert newer(ROWS, LEARNT, name="key", time=None).tolist() == [False, True, True, True]
