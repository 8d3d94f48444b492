import bz2
import gzip
import lzma
import subprocess
import sys
import zipfile
from pathlib import Path

import fsspec
import pandas as pd
import pytest

from pipeline.data import columns
from pipeline.errors import DataError

WANTED = {"target": "paid", "time": "when", "id": None}


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    "head",
    [
        "key,when,paid",
        '"key", "wh""en","a\nb"',
        "\ufeffkey,paid",
        "\n\nkey,paid",
        "key\tone,paid",
        "näher,paid",
    ],
)
def test_names_are_those_that_pandas_reads(tmp_path: Path, head: str) -> None:
    path = write(tmp_path / "rows.csv", f"{head}\n1,2,3\n".encode())
    assert columns.names(path) == list(pd.read_csv(path, skipinitialspace=True, nrows=0).columns)


@pytest.mark.parametrize(
    ("suffix", "squeeze"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress), ("GZ", gzip.compress)]
)
def test_names_of_a_compressed_file_are_read(tmp_path: Path, suffix: str, squeeze: type) -> None:
    path = write(tmp_path / f"rows.tsv.{suffix.lower()}", squeeze(b"key\twhen\tpaid\n1\t2\t3\n"))
    assert columns.names(path) == ["key", "when", "paid"]


def test_names_of_a_zipped_file_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "rows.csv.zip", "w") as archive:
        archive.writestr("rows.csv", "key,paid\n1,2\n")
    assert columns.names(str(tmp_path / "rows.csv.zip")) == ["key", "paid"]


def test_names_of_parquet_are_read(tmp_path: Path) -> None:
    pd.DataFrame({"key": [1], "paid": [True]}).to_parquet(tmp_path / "rows.parquet")
    assert columns.names(str(tmp_path / "rows.parquet")) == ["key", "paid"]


def test_names_at_a_url_are_read() -> None:
    with fsspec.open("memory://columns/rows.csv", "wt") as text:
        text.write("key,paid\n1,2\n")
    assert columns.names("memory://columns/rows.csv") == ["key", "paid"]


@pytest.mark.slow
def test_names_of_an_example_are_those_of_its_table() -> None:
    from pipeline.data.examples import flights

    assert columns.names("example:flights") == list(flights.load().columns)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "is empty. Give a table"),
        ("header.csv", b"when,paid\n", r"has no rows \(2 columns\)"),
        ("rows.parquet", b"no parquet", "cannot be read as a table"),
        ("rows.json", b"[{}]", r"one list in JSON, which has to be read whole\. Write one object a line"),
        ("rows.csv", b"when,payed\n1,2\n", "no column 'paid', named as target: did you mean 'payed'"),
    ],
)
def test_check_says_what_is_wrong_with_a_file(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=f"{name}.*{message}"):
        columns.check(write(tmp_path / name, content), WANTED)


def test_check_says_that_parquet_has_no_rows(tmp_path: Path) -> None:
    pd.DataFrame({"when": [], "paid": []}).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match=r"has no rows \(2 columns\)"):
        columns.check(str(tmp_path / "rows.parquet"), WANTED)


def test_check_does_not_import_pandas(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", b"when,paid\n1,2\n")
    code = f"import sys; from pipeline.data import columns; columns.check({path!r}, {WANTED!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "pyarrow"} & set(done.stdout.split())


def test_column_called_as_predictions_are_is_refused_with_the_cure() -> None:
    columns.free(["x", "predictions", "prediction_time"], "rows.csv")
    for name in ("prediction", "prediction_0"):
        with pytest.raises(DataError, match=f"rows.csv: column '{name}' is called as predictions .*Rename it, or name"):
            columns.free(["x", name], "rows.csv")
