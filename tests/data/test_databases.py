import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import postgres
import psycopg
import pytest

from pipeline.data import columns
from pipeline.data.fingerprints import fingerprint
from pipeline.data.sources import load, told
from pipeline.errors import DataError, SecretError
from pipeline.store import digest

ROWS = [(1, "2024-01-01", 1.5, None, "yes"), (2, "2024-01-02", None, "x", "no"), (3, "2024-01-03", 2.5, "y", "no")]
ASK = 'select * from customers order by "key"'
COLUMNS = "key integer, day date, size numeric(8, 2), kind text, paid text"


@pytest.fixture(scope="module")
def warehouse() -> Iterator[str]:
    with postgres.server() as address:
        with psycopg.connect(address.replace("[secret WAREHOUSE_PASSWORD]", postgres.SECRET)) as connection:
            connection.execute(f"create table customers ({COLUMNS})")
            connection.cursor().executemany("insert into customers values (%s, %s, %s, %s, %s)", ROWS)
        yield address


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", postgres.SECRET)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"create table customers ({COLUMNS})")
        connection.executemany("insert into customers values (?, ?, ?, ?, ?)", ROWS)
    return path


def as_expected(table: pd.DataFrame) -> bool:
    assert list(table) == ["key", "day", "size", "kind", "paid"]
    assert table["day"].dtype == "datetime64[us]"
    assert table["size"].tolist()[::2] == [1.5, 2.5]
    return table["paid"].tolist() == ["yes", "no", "no"]


@pytest.mark.slow
@pytest.mark.usefixtures("password")
def test_load_asks_a_postgresql_server(warehouse: str) -> None:
    assert as_expected(load(warehouse, target="paid", time="day", query=ASK))
    assert told(warehouse) == "all 3 rows"
    assert columns.names(warehouse, query=ASK) == ["key", "day", "size", "kind", "paid"]


@pytest.mark.slow
def test_load_takes_the_whole_address_from_a_secret(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", warehouse.replace("[secret WAREHOUSE_PASSWORD]", postgres.SECRET))
    assert as_expected(load("secret:WAREHOUSE_URL", target="paid", query=ASK))


@pytest.mark.slow
def test_error_of_a_server_does_not_repeat_the_password(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "not-the-right-one")
    with pytest.raises(DataError, match=r"cannot be queried: .*password authentication failed") as caught:
        load(warehouse, target="paid", query=ASK)
    assert "not-the-right-one" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.slow
@pytest.mark.usefixtures("password")
@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, r"no query is named\. Set `query` .*public\.customers"),
        ("select * from custmers", 'cannot be queried: relation "custmers" does not exist'),
        ("delete from customers", 'cannot be queried: syntax error at or near "delete"'),
        ("select 1 as a, 2 as a", "more than one column 'a'"),
        ("select array[1] as a, 'x' as paid", "TEXT"),
        ("select * from customers where false", r"has no rows \(5 columns\)"),
    ],
)
def test_load_says_what_is_wrong_with_a_query(warehouse: str, query: str | None, message: str) -> None:
    if message == "TEXT":
        assert load(warehouse, target="paid", query=query)["a"].tolist() == ["[1]"]
        return
    with pytest.raises(DataError, match=message):
        load(warehouse, target="paid", query=query)


@pytest.mark.slow
@pytest.mark.usefixtures("password")
def test_load_takes_some_rows_of_a_large_answer(warehouse: str) -> None:
    query = "select i, i % 2 as paid from generate_series(1, 120000) i order by i"
    table = load(warehouse, target="paid", query=query, rows=1000)
    assert len(table) == 1000
    assert table["i"].is_monotonic_increasing
    assert "1,000 of 120,000 rows" in told(warehouse)


@pytest.mark.usefixtures("password")
def test_fingerprint_of_a_server_is_unknown() -> None:
    assert fingerprint("postgresql://reader:[secret WAREHOUSE_PASSWORD]@db/rows") == digest.UNKNOWN


def test_load_asks_a_sqlite_file_and_its_fingerprint_follows_it(file: Path) -> None:
    source = f"sqlite:///{file}"
    assert as_expected(load(source, target="paid", time="day", query=ASK))
    before = fingerprint(source)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("delete from customers where key = 1")
    assert fingerprint(source) != before


def test_load_reads_a_sqlite_column_of_several_types_as_text(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("update customers set size = 'much' where key = 1")
    assert load(f"sqlite:///{file}", target="paid", query=ASK)["size"].tolist()[::2] == ["much", "2.5"]


def test_load_only_reads_a_database(file: Path) -> None:
    with pytest.raises(DataError, match="cannot be queried: attempt to write a readonly database"):
        load(f"sqlite:///{file}", target="paid", query="delete from customers")


def test_load_asks_a_duckdb_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table customers ({COLUMNS})")
        connection.executemany("insert into customers values (?, ?, ?, ?, ?)", ROWS)
    assert as_expected(load(f"duckdb:///{path}", target="paid", time="day", query=ASK))
    with pytest.raises(DataError, match=r"no query is named\. Set `query` .*main\.customers"):
        load(f"duckdb:///{path}", target="paid")


def test_load_names_near_databases_when_the_file_is_missing(file: Path) -> None:
    with pytest.raises(DataError, match=r"row\.db is not there in .*: did you mean 'rows\.db'"):
        load(f"sqlite:///{file.with_name('row.db')}", target="paid", query=ASK)
    assert not file.with_name("row.db").exists()


@pytest.mark.parametrize(
    "source",
    [
        "postgresql://reader:hunter2hunter2@db/rows",
        "https://hunter2hunter2@host/rows.csv",
        "https://host/rows.csv?X-Amz-Signature=hunter2hunter2",
    ],
)
def test_load_refuses_a_password_in_the_open(source: str) -> None:
    for refuse in (load, columns.check):
        with pytest.raises(DataError, match="has a password or a token in it, which reports would show") as caught:
            refuse(source, **({"target": "paid"} if refuse is load else {"named": {"target": "paid"}}))
        assert "hunter2" not in str(caught.value)


def test_load_says_which_secret_is_missing() -> None:
    with pytest.raises(SecretError, match="there is no secret 'NO_SUCH_URL'"):
        load("secret:NO_SUCH_URL", target="paid")
