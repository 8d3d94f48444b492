"""Owns databases: what a query answers, in batches. One of the importers of SQLAlchemy, and the one of duckdb."""

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from pipeline.data import addresses, columnar, heads
from pipeline.data.columnar import Columnar
from pipeline.errors import DataError, near
from pipeline.secrecy import KNOWN

_BATCH_ROWS = 50_000
_TABLES = (
    "select table_schema || '.' || table_name from information_schema.tables "
    "where table_schema not in ('pg_catalog', 'information_schema')"
)


@contextmanager
def answered(source: str, address: str, query: str | None) -> Iterator[Columnar]:
    """Ask a database, in a transaction that may only read.

    Parameters
    ----------
    source
        What to call the database in an error: without its password.
    query
        One query. Where the order of its answer matters (rows are taken at random, a run is compared with the last), it
        says `order by`.

    Raises
    ------
    DataError
        If there is no query, the extra is not installed, the database cannot be reached, or refuses the query.
    """
    _check_there(source, address)
    opened = _duckdb if addresses.scheme_of(address) == "duckdb" else _sqlalchemy
    with _translated(source), opened(address) as ask:
        if not query:
            raise _no_query(source, ask, addresses.scheme_of(address))
        schema, batches = ask(query)
        heads.check_names(schema.names, source)
        columnar.check_types(schema, source)
        answers = itertools.chain([batches], (ask(query)[1] for _ in itertools.count()))
        yield Columnar(schema=schema, batches=lambda: _told(source, next(answers)))


def _told(source: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    with _translated(source):
        yield from batches


@contextmanager
def _duckdb(address: str) -> Iterator[Any]:
    import duckdb

    with duckdb.connect(str(addresses.database(address)), read_only=True) as connection:

        def ask(query: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
            answer = connection.sql(query)
            if answer is None:
                raise ValueError("it is no query that gives rows")
            reader: Any = answer.to_arrow_reader(_BATCH_ROWS)
            return reader.schema, reader

        yield ask


@contextmanager
def _sqlalchemy(address: str) -> Iterator[Any]:
    import sqlalchemy

    url, options = _url(address), dict[str, object]()
    if url.get_backend_name() == "postgresql":
        options = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection, ExitStack() as stack:
        asking = connection.execution_options(stream_results=True, no_parameters=True, **options)
        if url.get_backend_name() == "sqlite":
            asking.exec_driver_sql("pragma query_only = on")

        def ask(query: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
            answer = stack.enter_context(closing(asking.exec_driver_sql(query)))
            if not answer.returns_rows:
                raise ValueError("it is no query that gives rows")
            names = list(answer.keys())
            parts = (_batch(names, part) for part in answer.partitions(_BATCH_ROWS))
            return _begun(names, parts)

        yield ask


def _url(address: str) -> Any:  # noqa: ANN401 - a URL of SQLAlchemy
    import sqlalchemy

    url = sqlalchemy.make_url(address)
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url.set(database=str(addresses.database(address))) if url.get_backend_name() == "sqlite" else url


def _begun(names: Sequence[str], parts: Iterator[pa.RecordBatch]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Look at the first batch, which says what the columns are."""
    first = next(parts, None)
    if first is None:
        return pa.schema([(name, pa.null()) for name in names]), iter(())
    return first.schema, itertools.chain([first], parts)


def _batch(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    columns = [_array(list(column)) for column in zip(*rows, strict=True)]
    return pa.record_batch(columns, names=list(names))


def _array(values: list[Any]) -> pa.Array:
    """Give a column of an answer its type; in one of several types, each value becomes a text."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds & {Decimal}:
        values = [float(value) if isinstance(value, Decimal) else value for value in values]
    if kinds & {UUID, dict, list, memoryview}:
        values = [_text(value) for value in values]
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values])


def _text(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict | list) else value if value is None else str(value)


def _no_query(source: str, ask: Any, scheme: str) -> DataError:  # noqa: ANN401 - asks the database
    listed = "select name from sqlite_master where type in ('table', 'view')" if scheme == "sqlite" else _TABLES
    schema, batches = ask(listed)
    found = sorted(str(name) for batch in batches for name in batch.column(0).to_pylist()) if len(schema) else []
    return DataError(
        f"{source} is a database, and no query is named. Set `query` in [tool.pipeline.data], a select from one of "
        f"its tables: {near('', found)}"
    )


def _check_there(source: str, address: str) -> None:
    """Check that a database in a file is there: to open one that is not would make it."""
    path = addresses.database(address)
    if path is not None and not path.is_file():
        beside = [each.name for each in path.parent.iterdir() if each.is_file()] if path.parent.is_dir() else []
        raise DataError(f"{source} is not there in {path.parent}: {near(path.name, beside)}")


@contextmanager
def _translated(source: str) -> Iterator[None]:
    """Say in the project's words what a database refuses; its own may repeat a password, which is taken out."""
    try:
        yield
    except DataError:
        raise
    except ImportError as error:
        raise DataError(
            f"{source} is a database. Install the extra 'sql': pip install 'stagebook[sql]' ({error})."
        ) from error
    except Exception as error:  # noqa: BLE001 - drivers raise classes of their own, which are translated here
        said = " ".join(str(getattr(error, "orig", None) or error).split())[:400].rstrip(".")
        raise DataError(f"{source} cannot be queried: {KNOWN.scrub(said)}. Mend the address or the query.") from None
