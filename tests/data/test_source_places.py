"""Files of any kind, wherever they are and however they are compressed."""

import bz2
import gzip
import json
import lzma
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.data import columns
from pipeline.data.fingerprints import fingerprint
from pipeline.data.sources import load, told
from pipeline.errors import DataError

ROWS = b"a,y\n1,yes\n2,no\n"
LINES = b'{"a": 1, "y": "yes"}\n{"a": 2.5, "y": "no", "d": "2024-01-01 10:00:00"}\n'
TABLE = pd.DataFrame({"a": [1, 2], "y": ["yes", "no"]})


def same(source: str) -> bool:
    assert columns.names(source) == ["a", "y"]
    return load(source, target="y").equals(TABLE)


@pytest.mark.parametrize("squeeze", [gzip.compress, bz2.compress, lzma.compress, partial(pa.compress, codec="zstd")])
def test_load_reads_what_is_compressed_whatever_it_is_called(tmp_path: Path, squeeze: Callable[[bytes], Any]) -> None:
    data = squeeze(ROWS)
    if not isinstance(data, bytes):
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(ROWS)
        data = sink.getvalue().to_pybytes()
    (tmp_path / "rows.csv").write_bytes(data)
    assert same(str(tmp_path / "rows.csv"))


def test_load_reads_the_one_file_of_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "rows.zip", "w") as archive:
        archive.writestr("__MACOSX/._rows.csv", "x")
        archive.writestr("inner/rows.csv", ROWS)
    assert same(str(tmp_path / "rows.zip"))
    with zipfile.ZipFile(tmp_path / "rows.zip", "a") as archive:
        archive.writestr("more.csv", ROWS)
    with pytest.raises(DataError, match=r"an archive of 2 files \('inner/rows.csv', 'more.csv'\)\. Give one file"):
        load(str(tmp_path / "rows.zip"), target="y")


@pytest.mark.parametrize(
    "data", [gzip.compress(ROWS * 100, mtime=0)[:-20], b"PK\x03\x04 no zip", b"\xfd7zXZ\x00 no", b"BZh no"]
)
def test_load_says_that_a_compressed_file_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "rows.csv.gz").write_bytes(data)
    with pytest.raises(DataError, match=r"rows\.csv\.gz (is damaged or cut off|cannot be opened): "):
        load(str(tmp_path / "rows.csv.gz"), target="y")


def test_load_reads_a_folder_of_parquet_with_its_partitions(tmp_path: Path) -> None:
    pd.DataFrame({"y": [1, 2, 3], "kind": ["b", "a", "b"]}).to_parquet(tmp_path / "rows", partition_cols=["kind"])
    table = load(str(tmp_path / "rows"), target="y")
    assert sorted(zip(table["y"], table["kind"], strict=True)) == [(1, "b"), (2, "a"), (3, "b")]
    assert columns.names(str(tmp_path / "rows")) == ["y", "kind"]
    before = fingerprint(str(tmp_path / "rows"))
    pd.DataFrame({"y": [4]}).to_parquet(tmp_path / "rows" / "kind=a" / "more.parquet")
    assert fingerprint(str(tmp_path / "rows")) != before


def test_load_refuses_files_of_several_tables(tmp_path: Path) -> None:
    pd.DataFrame({"y": [1], "a": [1]}).to_parquet(tmp_path / "one.parquet")
    pd.DataFrame({"y": [1], "b": [1]}).to_parquet(tmp_path / "two.parquet")
    with pytest.raises(
        DataError, match=r": two.parquet and one.parquet do not have the same columns: only one of them has 'a'"
    ):
        load(str(tmp_path), target="y")


def test_load_refuses_a_column_of_lists(tmp_path: Path) -> None:
    pd.DataFrame({"y": [1], "a": [[1, 2]]}).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match=r"column 'a' holds list<.*>, not one value a row\. Leave it out"):
        load(str(tmp_path / "rows.parquet"), target="y")
    assert list(load(str(tmp_path / "rows.parquet"), target="y", drop=["a"])) == ["y"]


def test_load_reads_json_lines(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(LINES))
    table = load(str(tmp_path / "rows.jsonl.gz"), target="y")
    assert table["a"].tolist() == [1.0, 2.5]
    assert table["d"].tolist()[1] == pd.Timestamp("2024-01-01 10:00")
    assert columns.names(str(tmp_path / "rows.jsonl.gz")) == ["a", "y", "d"]


def test_load_says_which_column_of_json_changes_its_type(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"a": 1, "y": 1}\n{"a": "x", "y": 2}\n')
    with pytest.raises(DataError, match=r"Column\(/a\) changed from number to string"):
        load(str(tmp_path / "rows.jsonl"), target="y")


def workbook(path: Path, *sheets: str) -> str:
    book = openpyxl.Workbook()
    for title in sheets:
        sheet = book.create_sheet(title)
        for row in (
            ["a", "d", "y"],
            [1.0, pd.Timestamp("2024-01-01"), "yes"],
            [None, None, "no"],
            ["=1/0", None, "no"],
        ):
            sheet.append(row)
    book.save(path)
    return str(path)


def test_load_reads_a_sheet_and_runs_no_formula(tmp_path: Path) -> None:
    source = workbook(tmp_path / "rows.xlsx", "rows")
    table = load(source, target="y")
    assert table["a"].isna().tolist() == [False, True, True]
    assert table["d"].tolist()[0] == pd.Timestamp("2024-01-01")
    assert columns.names(source) == ["a", "d", "y"]


def test_load_asks_which_sheet_is_meant(tmp_path: Path) -> None:
    source = workbook(tmp_path / "rows.xlsx", "old", "new")
    with pytest.raises(DataError, match=r"2 sheets with something in them: 'old', 'new'\. Name one: `sheet`"):
        load(source, target="y")
    with pytest.raises(DataError, match="has no sheet 'nwe': did you mean 'new'"):
        load(source, target="y", reading={"sheet": "nwe"})
    assert len(load(source, target="y", reading={"sheet": "new"})) == 3


def test_load_takes_rows_at_random_in_their_order(tmp_path: Path) -> None:
    pd.DataFrame({"a": range(100_000), "y": 1}).to_parquet(tmp_path / "rows.parquet", row_group_size=10_000)
    source = str(tmp_path / "rows.parquet")
    table = load(source, target="y", rows=1000)
    assert len(table) == 1000
    assert table["a"].is_monotonic_increasing
    assert abs(table["a"].mean() - 50_000) < 4 * 100_000 / (12 * 1000) ** 0.5
    assert table.equals(load(source, target="y", rows=1000))
    assert not table.equals(load(source, target="y", rows=1000, seed=1))
    assert told(source).startswith("1,000 of 100,000 rows, taken uniformly at random (seed 1)")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "rows.csv").write_bytes(ROWS)
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_load_reads_from_the_web(web: str) -> None:
    assert same(f"{web}/rows.csv")
    assert fingerprint(f"{web}/rows.csv").startswith("sha256:")
    with pytest.raises(DataError, match=r"no\.csv is not there\. Check the URL"):
        load(f"{web}/no.csv", target="y")


@pytest.mark.parametrize(
    ("source", "package", "extra"),
    [
        ("s3://rows/rows.csv", "s3fs", "cloud"),
        ("gs://rows/rows.csv", "gcsfs", "cloud"),
        ("az://rows/rows.csv", "adlfs", "cloud"),
        ("sqlite:///{}/rows.db", "sqlalchemy", "sql"),
        ("{}/rows.xlsx", "openpyxl", "excel"),
    ],
)
def test_load_names_the_extra_that_is_not_installed(tmp_path: Path, source: str, package: str, extra: str) -> None:
    (tmp_path / "rows.db").touch()
    workbook(tmp_path / "rows.xlsx", "rows")
    given = json.dumps(source.format(tmp_path))
    code = (
        f"import sys; sys.modules[{package!r}] = None\nfrom pipeline.data import sources\n"
        f"try: sources.load({given}, target='y', query='select 1')\n"
        "except Exception as error: print(type(error), error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"pip install 'stagebook[{extra}]'" in done.stdout
    assert "DataError" in done.stdout
