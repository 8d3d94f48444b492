import gzip
import sys
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

from pipeline.data.fingerprints import fingerprint
from pipeline.data.sources import load
from pipeline.errors import DataError

ROWS = "key,when,size,kind,paid\n007,2024-01-01,1.5,a,yes\n008,2024-01-02, ,b,no\n009,2024-01-03,2.5,,no\n"
heard: list[tuple[Any, ...]] = []
sys.addaudithook(lambda event, given: heard.append(given) if event == "pipeline.source" else None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_load_reads_csv_with_dates_ids_and_blanks_for_numbers(file: Path) -> None:
    table = load(str(file), target="paid", time="when", id="key")
    assert list(table["key"]) == ["007", "008", "009"]
    assert table["when"].dtype == "datetime64[us]"
    assert table["size"].isna().tolist() == [False, True, False]
    assert len(table) == 3


def test_load_reads_other_columns_of_dates_as_dates(tmp_path: Path) -> None:
    text = "on,seen,paid,due\n2024-01-01,2024-01-02 10:00,yes,2024-02-01\n2024-01-03,,no,when it suits\n"
    table = load(write(tmp_path / "dates.csv", text), target="paid", time="on")
    assert table["seen"].dt.hour.tolist()[:1] == [10]
    assert table["seen"].isna().tolist() == [False, True]
    assert table["due"].tolist() == ["2024-02-01", "when it suits"]


def test_load_reports_its_source_with_the_digest_that_fingerprint_gives(file: Path) -> None:
    heard.clear()
    load(str(file), target="paid")
    assert heard == [(str(file), fingerprint(str(file)))]


@pytest.mark.slow
def test_load_reports_an_example_as_its_source() -> None:
    heard.clear()
    with pytest.raises(DataError, match=r"example:flights has no column 'lat', .* did you mean 'late'"):
        load("example:flights", target="lat")
    assert heard == [("example:flights", fingerprint("example:flights"))]


def test_load_reads_what_is_compressed_and_tab_separated(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv.gz"
    path.write_bytes(gzip.compress(ROWS.replace(",", "\t").encode()))
    assert load(str(path), target="paid")["kind"].tolist()[:2] == ["a", "b"]


def test_load_reads_parquet_and_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    frame = pd.DataFrame({"when": pd.date_range("2024", periods=4, tz="UTC"), "paid": [True, None, False, True]})
    frame["paid"] = frame["paid"].astype("boolean")
    frame.to_parquet(path)
    pd.testing.assert_frame_equal(load(str(path), target="paid", time="when"), frame, check_freq=False)


def test_load_reads_a_url() -> None:
    with fsspec.open("memory://sources/rows.csv", "wt") as text:
        text.write(ROWS)
    assert len(load("memory://sources/rows.csv", target="paid")) == 3


def test_load_starts_a_relative_path_at_the_project(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file.parent / "pyproject.toml").write_text("[tool.pipeline]\n")
    (file.parent / "deeper").mkdir()
    monkeypatch.chdir(file.parent / "deeper")
    assert len(load("rows.csv", target="paid")) == 3


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("empty.csv", "", "is empty. Give a table that has columns and rows"),
        ("header.csv", "a,paid\n", r"has no rows \(2 columns\)"),
        ("twice.csv", "a,a,paid\n1,2,3\n", "more than one column 'a'. Give each its own name"),
        (
            "ragged.csv",
            "a,paid\n1,2\n1,2,3\n",
            "has 3 values in line 3 and 2 columns .*Give every row one value a column",
        ),
        ("blanks.csv", "a paid\n1 yes\n", "The table has one column only: is its delimiter another one"),
        ("rows.parquet", "no parquet", "cannot be read as a table"),
        ("rows.json", "[]", "one list in JSON, which has to be read whole. Write one object a line"),
        ("rows.pdf", "%PDF-1.4", "of a kind that is not read. Give text"),
        ("page.csv", "<!DOCTYPE html><html><table>", "is a page of HTML or XML, no table. Give the file"),
    ],
)
def test_load_says_what_is_wrong_with_a_file(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=f"{name}.*{message}"):
        load(write(tmp_path / name, text), target="paid")


def test_load_names_near_files_when_the_file_is_missing(file: Path) -> None:
    with pytest.raises(DataError, match=r"row\.csv is not there in .*: did you mean 'rows\.csv'"):
        load(str(file.with_name("row.csv")), target="paid")


def test_load_names_the_folder_when_that_is_missing(file: Path) -> None:
    with pytest.raises(DataError, match=r"is not there: there is no folder .*nowhere"):
        load(str(file.parent / "nowhere" / "rows.csv"), target="paid")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("memory://sources/no.csv", "is not there. Check the URL"),
        ("nothing://host/rows.csv", "cannot be opened: ValueError: Protocol not known: nothing. Check the URL"),
    ],
)
def test_load_says_what_is_wrong_with_a_url(source: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(source, target="paid")


def test_load_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is a folder without Parquet files\. Name one file in it"):
        load(str(tmp_path), target="paid")


def test_load_says_that_a_file_is_no_folder(file: Path) -> None:
    with pytest.raises(DataError, match=r"rows\.csv/below\.csv is not there: there is no folder .*rows\.csv"):
        load(f"{file}/below.csv", target="paid")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"target": "payed"}, "no column 'payed', named as target: did you mean 'paid'"),
        ({"target": "paid", "time": "wen"}, "no column 'wen', named as time: did you mean 'when'"),
        ({"target": "paid", "id": "kye"}, "no column 'kye', named as id: did you mean 'key'"),
        ({"target": "paid", "id": "paid"}, "'paid' is named as target and as id"),
        ({"target": "size"}, None),
        ({"target": "paid", "time": "kind"}, "'kind', named as time, is missing in 1 of 3 rows"),
        ({"target": "paid", "id": "paid2"}, "no column 'paid2'"),
    ],
)
def test_load_says_which_named_column_is_wrong(file: Path, named: dict[str, str], message: str | None) -> None:
    if message is None:
        assert len(load(str(file), **named)) == 3  # two values, one row not labelled yet
        return
    with pytest.raises(DataError, match=message):
        load(str(file), **named)
