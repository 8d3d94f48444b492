"""What is said of all rows is the same whether they are all held or only some."""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.data import profile, snapshots
from pipeline.data.sources import described, load, told
from pipeline.errors import DataError

ROWS, HELD = 3000, 500
RULES = (
    "columns:\n  n: {type: integer, least: 0, most: 5000, unique: true}\n  x: {type: number, missing: true, most: 10}\n"
)
REST = "  w: {type: text, one_of: [a, b, c]}\n  t: {type: datetime}\n  y: {type: integer}\n  b: {type: boolean}\n"


@pytest.fixture
def table() -> pd.DataFrame:
    chance = np.random.default_rng(0)
    frame = pd.DataFrame({"n": range(ROWS), "x": chance.normal(size=ROWS).round()})
    frame["x"] = frame["x"].mask(chance.random(ROWS) < 0.1)
    frame["w"], frame["y"] = chance.choice(["a", "b", "c"], ROWS, p=[0.5, 0.3, 0.2]), chance.integers(0, 2, ROWS)
    frame["t"] = pd.date_range("2026-01-01", periods=ROWS, freq="h").astype("datetime64[us]")
    return frame.assign(b=chance.random(ROWS) < 0.5)


@pytest.fixture
def rules(tmp_path: Path) -> str:
    (tmp_path / "rules.yaml").write_text(RULES + REST)
    return str(tmp_path / "rules.yaml")


def write(table: pd.DataFrame, folder: Path, kind: str) -> str:
    path = folder / f"rows.{kind}"
    if kind == "db":
        with closing(sqlite3.connect(path)) as database:
            table.to_sql("rows", database, index=False)
        return f"sqlite:///{path}"
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, row_group_size=700)
    return str(path)


def others(held: pd.DataFrame) -> list[int]:
    """Name three rows that are not held, whatever they hold."""
    return [number for number in range(10, ROWS) if number not in set(held["n"])][:3]


def query(source: str) -> str | None:
    return "select * from rows" if source.startswith("sqlite") else None


@pytest.mark.parametrize("kind", ["parquet", "csv", "db"])
def test_profile_is_of_all_rows_where_some_are_held(table: pd.DataFrame, tmp_path: Path, kind: str) -> None:
    source = write(table, tmp_path, kind)
    whole = load(source, target="y", time="t", id="n", query=query(source))
    expected = profile.columns(whole)
    assert described(source, expected) is expected
    some = load(source, target="y", time="t", id="n", query=query(source), rows=HELD)
    assert len(some) == HELD
    pd.testing.assert_frame_equal(described(source, profile.columns(some)), expected)
    assert told(source).startswith("500 of 3,000 rows, taken uniformly at random (seed 0)")
    assert "columns and rules are of all" in told(source)


def test_load_refuses_a_row_that_breaks_a_rule_though_it_is_not_held(
    table: pd.DataFrame, tmp_path: Path, rules: str
) -> None:
    some = load(write(table, tmp_path, "parquet"), target="y", time="t", rows=HELD, schema=rules)
    one, two, three = others(some)
    table.loc[one, "x"], table.loc[two, "w"], table.loc[three, "n"] = 11.0, "d", 9
    source = write(table, tmp_path, "parquet")
    assert 11.0 not in set(load(source, target="y", time="t", rows=HELD)["x"])
    with pytest.raises(DataError, match=r"rows\.parquet \(rules: .*rules\.yaml\) breaks its schema") as raised:
        load(source, target="y", time="t", rows=HELD, schema=rules)
    assert "'x' must be 10 or less, and is not in 1 of 3000 rows: 11.0" in str(raised.value)
    assert "'w' must be one of 'a', 'b', 'c', and is not in 1 of 3000 rows: 'd'" in str(raised.value)
    assert "'n' must be unique, and is not in 2 of 3000 rows: 9" in str(raised.value)


def test_load_refuses_ids_that_repeat_though_they_are_not_held(table: pd.DataFrame, tmp_path: Path) -> None:
    one, *_ = others(load(write(table, tmp_path, "parquet"), target="y", id="n", rows=HELD))
    source = write(table.assign(n=table["n"].where(table["n"] != one, 9)), tmp_path, "parquet")
    with pytest.raises(DataError, match=r"'n' must be unique, and is not in 2 of 3000 rows: 9; it is named as id\."):
        load(source, target="y", id="n", rows=HELD)


def test_load_refuses_a_gap_in_time_though_it_is_not_held(table: pd.DataFrame, tmp_path: Path) -> None:
    one, *_ = others(load(write(table, tmp_path, "parquet"), target="y", rows=HELD))
    source = write(table.assign(t=table["t"].mask(table["n"] == one)), tmp_path, "parquet")
    with pytest.raises(DataError, match=r"'t' must be not missing, and is not in 1 of 3000 rows; it is named as time"):
        load(source, target="y", time="t", rows=HELD)


def test_load_tells_of_texts_that_are_not_what_their_column_is(table: pd.DataFrame, tmp_path: Path) -> None:
    texts = table.astype({"x": "object", "t": "object"})
    one, two, three = others(load(write(table, tmp_path, "csv"), target="y", rows=HELD))
    texts.loc[one, "x"], texts.loc[two, "t"] = "high", "soon"
    source = write(texts.astype({"n": "object"}).replace({"n": {three: 5.5}}), tmp_path, "csv")
    some = load(source, target="y", rows=HELD)
    assert some.dtypes.astype("str")[["n", "x"]].tolist() == ["int64", "float64"]
    assert "; 'x' must be of type number, and is not in 1 of 3000 rows: 'high'" in told(source)
    assert "; 'n' must be of type integer, and is not in 1 of 3000 rows: 5.5" in told(source)
    assert "; 't' must be of type datetime, and is not in 1 of 3000 rows: 'soon'" in told(source)
    found = described(source, profile.columns(some)).set_index("column")
    assert found.loc["x", "missing"] == pytest.approx((table["x"].isna().sum() + table["x"].notna()[one]) / ROWS)


def test_profile_of_all_rows_is_read_with_the_rows_where_a_run_is_run_again(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    monkeypatch.setenv("PIPELINE_ROOT", str(tmp_path))
    heard: list[tuple[str, str]] = []
    sys.addaudithook(lambda event, given: heard.append(given) if event == "pipeline.snapshot" else None)
    source = write(table, tmp_path, "parquet")
    some = profile.columns(load(source, target="y", rows=HELD))
    before, said = described(source, some), told(source)
    Path(source).unlink()
    monkeypatch.setenv(snapshots.VARIABLE, json.dumps(dict(heard)))
    load(source, target="y", rows=HELD)
    pd.testing.assert_frame_equal(described(source, some), before)
    assert told(source) == said
