"""Text however it is written: what is found out, what settings say, and what is wrong with a file."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.data import columns
from pipeline.data.sources import load, told
from pipeline.errors import DataError


def read(folder: Path, content: str | bytes, name: str = "rows.csv", **asked: object) -> pd.DataFrame:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load(str(path), **{"target": "y"} | asked)


@pytest.mark.parametrize(
    ("content", "expected", "said"),
    [
        ("a;y\n1,5;2,25\n3;4,1\n", {"a": [1.5, 3.0], "y": [2.25, 4.1]}, "between semicolons, decimal comma"),
        ("a;y\n1.234,5;1\n2.345,25;2\n", {"a": [1234.5, 2345.25], "y": [1, 2]}, "decimal comma"),
        ('a,y\n"1,234",1\n"2,345.5",2\n', {"a": [1234.0, 2345.5], "y": [1, 2]}, "between commas"),
        ("a\ty\n1\t2\n", {"a": [1], "y": [2]}, "between tabs"),
        ("a|y\nx, z|2\n", {"a": ["x, z"], "y": [2]}, "between pipes"),
        ("a,y\n'p, q',1\n'r, s',2\n", {"a": ["p, q", "r, s"], "y": [1, 2]}, "quoted by '"),
        ('a, y\n"p, q", "1"\n"r", "2"\n', {"a": ["p, q", "r"], "y": [1, 2]}, "between commas"),
        ("a,y\n?,1\n2.5,2\n", {"a": [None, 2.5], "y": [1, 2]}, "between commas"),
        ("a,y\n007,1\n010,2\n", {"a": ["007", "010"], "y": [1, 2]}, "between commas"),
        ("a,y\n12345678901234567890,1\n1,2\n", {"a": ["12345678901234567890", "1"], "y": [1, 2]}, "utf-8"),
        ("a,y\nTRUE,1\nfalse,2\n", {"a": [True, False], "y": [1, 2]}, "utf-8"),
        ("a,y\n2024-02-30,1\n", {"a": ["2024-02-30"], "y": [1]}, "utf-8"),
        ("a,y\r1,2\r3,4\r", {"a": [1, 3], "y": [2, 4]}, "utf-8"),
        ("a,y\nMünchen,1\n".encode("latin-1"), {"a": ["München"], "y": [1]}, "cp1252"),
        ("a,y\né,1\n".encode("utf-16"), {"a": ["é"], "y": [1]}, "utf-16"),
        ("a,y\nab,1\n".encode("utf-16-be"), {"a": ["ab"], "y": [1]}, "utf-16-be"),
        ("a,y\né,1\n".encode("utf-8-sig"), {"a": ["é"], "y": [1]}, "utf-8"),
        ("=1+1,y\n<b>x</b>,1\n", {"=1+1": ["<b>x</b>"], "y": [1]}, "utf-8"),
    ],
)
def test_load_finds_out_how_text_is_written(
    tmp_path: Path, content: str | bytes, expected: dict[str, list[Any]], said: str
) -> None:
    table = read(tmp_path, content)
    assert table.astype("object").where(table.notna(), None).to_dict("list") == expected
    assert said in told(str(tmp_path / "rows.csv"))
    assert columns.names(str(tmp_path / "rows.csv"), wanted=["y"]) == list(expected)


@pytest.mark.parametrize(
    "content",
    ["1,5;2,5\n1,7;3,5\n4,5;6,5\n", "p;x\ne;x\ne;b\np;b\n", "Köln;1\nBonn;2\n", "3;2024-01-01\n4;2024-01-02\n"],
)
def test_load_names_the_columns_when_there_is_no_header(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content, target="column_2")
    assert list(table) == ["column_1", "column_2"]
    assert len(table) == content.count("\n")
    assert "no header" in told(str(tmp_path / "rows.csv"))


def test_load_takes_the_first_line_for_a_header_when_it_has_a_column_that_is_named(tmp_path: Path) -> None:
    assert list(read(tmp_path, "2019,2020\n1,2\n3,4\n", target="2020")) == ["2019", "2020"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("31/12/2020", "2020-12-31"),
        ("12/31/20", "2020-12-31"),
        ("31.12.2020", "2020-12-31"),
        ("31-Dec-2020", "2020-12-31"),
        ("2020/12/31 13:45", "2020-12-31 13:45"),
        ("2020-12-31T13:45:00", "2020-12-31 13:45"),
        ("Dec 31 2020", "2020-12-31"),
    ],
)
def test_load_finds_out_how_dates_are_written(tmp_path: Path, written: str, day: str) -> None:
    assert read(tmp_path, f"d,y\n{written},1\n,2\n")["d"].tolist()[0] == pd.Timestamp(day)


def test_load_reads_dates_as_those_of_another_column_when_day_and_month_may_be_either(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,y\n01/02/2021,25/12/2021,1\n")
    assert table["a"].tolist() == [pd.Timestamp(datetime(2021, 2, 1))]  # noqa: DTZ001 - a table without zones
    assert read(tmp_path, "a,y\n01/02/2021,1\n")["a"].tolist() == ["01/02/2021"]
    assert read(tmp_path, "a,y\n01/02/2021,1\n", reading={"date_format": "%m/%d/%Y"})["a"].dt.month.tolist() == [1]


def test_load_reads_as_settings_say(tmp_path: Path) -> None:
    asked = {"delimiter": ":", "quote": "", "header": False, "decimal": ",", "encoding": "cp1250"}
    table = read(tmp_path, 'Ł"ódź:1,250\n'.encode("cp1250"), target="column_2", reading=asked)
    assert table.to_dict("list") == {"column_1": ['Ł"ódź'], "column_2": [1.25]}


def test_load_gives_columns_the_types_that_settings_say(tmp_path: Path) -> None:
    types = {"a": "text", "b": "number", "c": "boolean", "d": "category", "e": "date"}
    table = read(tmp_path, "a,b,c,d,e,f,y\n1,2,yes,4,2024-01-01,6,7\n", types=types, drop=["f"])
    assert table.dtypes.astype(str).to_dict() == {
        "a": "str",
        "b": "float64",
        "c": "bool",
        "d": "category",
        "e": "datetime64[us]",
        "y": "int64",
    }


@pytest.mark.parametrize(
    ("content", "asked", "message"),
    [
        ("a,y\n1,2\n1\n", {}, r"has 1 values in line 3 and 2 columns .*taken for text in utf-8, values between commas"),
        ('a,y\n1,2\n3,"4\n5,6\n7,8\n', {}, "a value of column 'y' holds whole rows, such as '5,6'"),
        ('a,y\n1,2\n3,"4\n5,6', {}, "the file ends within a quoted value"),
        ("a,y,y\n1,2,3\n", {}, "more than one column 'y'"),
        ("a,y\n1,\0\n", {}, "byte of value 0 in line 2"),
        (b"\xc3\xa9,y\n\xc3\xa9,1\n\xe9,2\n", {}, "written in two encodings: line 3 is not UTF-8"),
        (
            b"a,y\n\xcc\xee\xf1\xea\xe2\xe0,1\n",
            {},
            r"is not UTF-8 \(line 2\), and too short to tell its encoding: it may be",
        ),
        (b"a,y\n\xe9,1\n", {"reading": {"encoding": "utf-8"}}, "is not written in utf-8: .*Name its encoding"),
        (
            b"a,y\n" + b"x,1\n" * 80_000 + b"\xe9,1\n",
            {"reading": {"encoding": "utf-8"}},
            "is not written in utf-8 in line 80002",
        ),
        ("a;y\nx;1,234\n", {}, "column 'y' such as '1,234' can be read as 1.234 or as 1234. Set `decimal`"),
        ("a,y\n1,2\n", {"reading": {"delimitr": ";"}}, "unknown key 'delimitr': did you mean 'delimiter'"),
        ("a,y\n1,2\n", {"reading": {"delimiter": ";;"}}, r"data.reading.delimiter \(one character\) is ';;'"),
        ("a,y\n1,2\n", {"reading": {"encoding": "utf-99"}}, "data.reading.encoding is 'utf-99', which Python does not"),
        ("a,y\nx,2\n", {"types": {"a": "number"}}, "column 'a' is to be number .*and holds 'x'"),
        ("a,y\nx,2\n", {"types": {"a": "boolean"}}, "column 'a' is to be boolean .*and holds 'x'"),
        ("a,y\nx,2\n", {"types": {"a": "numbr"}}, "column 'a' cannot be 'numbr': did you mean 'number'"),
        ("a,y\nx,2\n", {"types": {"b": "number"}}, "no column 'b', named in data.types"),
    ],
)
def test_load_says_what_is_wrong_with_a_text(
    tmp_path: Path, content: str | bytes, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, content, **asked)


WORDS = st.text(st.characters(codec="cp1252", exclude_categories=("C", "Z")), min_size=1, max_size=8).map(
    lambda word: f"w{word}w"
)
NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda value: round(value, 2)))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(WORDS, NUMBERS, st.integers(-(10**12), 10**12)), min_size=2, max_size=30),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"]),
    decimal=st.sampled_from(".,"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_load_reads_back_what_was_written_in_any_dialect(  # noqa: PLR0913, PLR0917 - what a dialect is made of
    tmp_path: Path, rows: list[Any], delimiter: str, encoding: str, decimal: str, quoting: int, end: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["word", "size", "y"])
    for word, size, count in rows:
        writer.writerow([word, "" if size is None else str(size).replace(".", decimal), count])
    asked = {"encoding": encoding.removesuffix("-sig"), "decimal": decimal}
    table = read(tmp_path, text.getvalue().encode(encoding), reading=asked)
    assert table["word"].tolist() == [word for word, _, _ in rows]
    assert table["y"].tolist() == [count for _, _, count in rows]
    sizes = [float("nan") if size is None else size for _, size, _ in rows]
    pd.testing.assert_series_equal(table["size"], pd.Series(sizes, name="size", dtype="float64"))
