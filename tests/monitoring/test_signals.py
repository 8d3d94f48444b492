"""Signals say how large things are, whether that is known, and whether chance explains it."""

import numpy as np
import pandas as pd
import pytest

from pipeline.monitoring import drift, signals
from pipeline.monitoring.served import AT, SECONDS
from pipeline.monitoring.worsening import Said


def _part(start: str, rows: int, seconds: float = 0.01) -> pd.DataFrame:
    return pd.DataFrame({AT: pd.date_range(start, periods=rows, freq="s", tz="UTC"), SECONDS: seconds})


def _requests(*counted: tuple[str, int, int]) -> pd.DataFrame:
    table = pd.DataFrame(counted, columns=["minute", "status", "count"])
    return table.assign(minute=pd.to_datetime(table["minute"], utc=True))


def _only(table: pd.DataFrame, window: str) -> "pd.Series[float]":
    return table[table["window"] == window].iloc[0]


def test_moved_is_known_and_real_only_where_drift_says_so() -> None:
    drawn = np.random.default_rng(0)
    before = pd.DataFrame({"x": drawn.normal(size=4000)})
    after = {"same": pd.DataFrame({"x": drawn.normal(size=1000)}), "few": before[:20]}
    after["moved"] = after["same"] + 2
    found = signals.moved(drift.compare(before, after, ["x"]), weights={"x": 0.1}).set_index("window")
    assert found["is_known"].to_dict() == {"same": True, "few": False, "moved": True}
    assert found["is_real"].to_dict() == {"same": False, "few": False, "moved": True}
    assert 0.05 < found.loc["moved", "harm"] < 0.1


def test_strange_counts_new_words_and_new_gaps_and_no_numbers_out_of_range() -> None:
    before = pd.DataFrame({"x": np.arange(500.0), "word": ["a", "b"] * 250})
    after = before.assign(x=before["x"] + 900, word=["a", "c"] * 250)
    found = signals.strange(drift.compare(before, {"w": after}, ["x", "word"]), least=100, weights={})
    assert found.set_index("subject")["size"].to_dict() == {"x": 0.0, "word": 0.5}
    assert (
        found.set_index("subject")["told"]["word"] == "has 0.0% missing (0.0% before) and 50.0% never seen, such as c"
    )


def test_worse_is_not_known_where_labels_are_not_in_and_not_real_where_they_say_otherwise() -> None:
    found = pd.DataFrame(
        {
            "window": ["a", "b", "c"],
            "worse": [0.0, 0.1, np.nan],
            "value": [0.8, 0.7, np.nan],
            "p": [0.5, 0.001, np.nan],
            "said": [Said.HOLDS, Said.WORSE, Said.IMMATURE],
        }
    )
    told = signals.worse(found, "roc_auc", 0.8, said="is")
    assert told["is_known"].tolist() == [True, True, False]
    assert told["is_real"].tolist() == [False, True, False]
    assert told["harm"].tolist()[:2] == pytest.approx([0.0, 0.125])
    assert not signals.worse(found, "roc_auc", 0.8, said="is", apart=["b"])["is_real"].any()


def test_worse_slices_allow_for_how_many_there_are() -> None:
    promised = pd.DataFrame({"column": "c", "slice": list("ab"), "value": 0.8, "low": 0.78, "high": 0.82})
    now = pd.DataFrame(
        {
            "column": "c",
            "slice": list("ab"),
            "rows": 500,
            "value": [0.77, 0.6],
            "low": [0.74, 0.57],
            "high": [0.8, 0.63],
        }
    )
    found = signals.worse_slices("w", now, promised, better=1, least=100)
    assert found["subject"].tolist() == ["c = a", "c = b"]
    assert found["is_real"].tolist() == [False, True]


def test_slow_is_the_time_in_which_nearly_all_are_answered() -> None:
    part = _part("2026-01-01", 200)
    part.loc[:19, SECONDS] = 2.0
    found = _only(signals.slow({"w": part}, least=100), "w")
    assert (found["size"], found["is_known"]) == (pytest.approx(2000), True)


def test_requests_belong_to_the_window_that_had_begun() -> None:
    windows = {"first": _part("2026-01-01 10:00:30", 200), "second": _part("2026-01-01 11:00:00", 200)}
    counts = signals.counted(
        windows,
        _requests(
            ("2026-01-01 09:59", 200, 1),
            ("2026-01-01 10:30", 500, 3),
            ("2026-01-01 11:00", 422, 5),
            ("2026-01-01 12:00", 200, 95),
        ),
    )
    assert counts.to_dict("index") == {
        "first": {"requests": 4, "failed": 3, "refused": 0},
        "second": {"requests": 100, "failed": 0, "refused": 5},
    }
    failed, refused = signals.failed(counts, least=100), signals.refused(counts, least=100)
    assert not _only(failed, "first")["is_known"]
    assert _only(refused, "second")["size"] == 0.05
    told = signals.served(windows, counts)
    assert told.loc["second", ["rows", "refused"]].tolist() == [200, 0.05]


def test_silent_misses_all_rows_or_none() -> None:
    found = [_only(signals.silent("last", since), "last") for since in ("", "2026-11-30T10:00:00+00:00")]
    assert [each["size"] for each in found] == [0.0, 1.0]
    assert all(each["is_known"] and each["is_real"] for each in found)


def test_nothing_is_counted_where_there_is_no_window() -> None:
    assert signals.counted({}, _requests()).empty


def test_scarce_judges_neither_the_first_windows_nor_the_last_one() -> None:
    windows = {name: _part("2026-01-01", rows) for name, rows in zip("abcde", (100, 120, 110, 20, 5), strict=True)}
    found = signals.scarce(windows).set_index("window")
    assert found["is_known"].to_dict() == {"a": False, "b": False, "c": True, "d": True, "e": False}
    assert found.loc["d", "size"] == pytest.approx(1 - 20 / 110)
