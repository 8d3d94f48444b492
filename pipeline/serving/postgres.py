"""PostgreSQL: the log of traffic in a database that several services write to. One of the importers of SQLAlchemy.

Each model has a schema of its own, `traffic_NAME`, made where it is missing.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.data import addresses
from pipeline.errors import DataError, SettingsError, StoreError
from pipeline.secrecy import KNOWN
from pipeline.serving import tables

if TYPE_CHECKING:
    import sqlalchemy

_TABLES = tables.made(real="DOUBLE PRECISION", whole="BIGINT", counted="BIGINT GENERATED ALWAYS AS IDENTITY")
_TURN = "SELECT pg_advisory_xact_lock(7305463)"  # several services may start at once
_THERE = "SELECT to_regclass('requests') IS NOT NULL"
# What is answered must not be lost with the server, whatever its administrator has chosen for others.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
_TAKEN = """
SELECT count(*) * (SELECT coalesce(avg(pg_column_size(newest)), 0) FROM (
    SELECT * FROM {table} ORDER BY at DESC LIMIT 1000) AS newest)
    * pg_total_relation_size('{table}') / greatest(pg_table_size('{table}'), 1) FROM {table}
"""
_CONNECTING = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "options": "-c statement_timeout=30s"}
_AGAIN_S = 1.0  # after the server was not there: who asks meanwhile is told at once
_LONGEST = 63  # characters of a name


class Postgres:
    """A database; see `traffic.Database`.

    Parameters
    ----------
    source
        `postgresql://USER:[secret NAME]@HOST/DATABASE`, or `secret:NAME` for the whole.
    model
        Whose traffic.

    Raises
    ------
    SettingsError
        If it is no address of PostgreSQL, has a password in it, or the extra is not installed.
    SecretError
        If the secret is missing.
    StoreError
        If the server is not there, or its tables cannot be made.
    """

    def __init__(self, source: str, model: str) -> None:
        self.source, self._failed_at, self._why = source, -_AGAIN_S, ""
        self._engine = _engine(source, schema_of(model))
        with self._translated(), self._engine.begin() as connection:
            if not connection.exec_driver_sql(_THERE).scalar():
                for statement in (_TURN, f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema_of(model))}", *_TABLES):
                    connection.exec_driver_sql(statement.replace("%", "%%"))
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def commit(self) -> Iterator["Postgres._Doing"]:
        """Write what the block does, all of it or nothing."""
        with self._translated(), self._engine.begin() as connection:
            yield Postgres._Doing(connection)

    def ask(self, question: str, words: Sequence[Any]) -> list[Sequence[Any]]:
        """Answer a question."""
        with self._translated(), self._reading.connect() as connection:
            return Postgres._Doing(connection).ask(question, words)

    def size_bytes(self) -> int:
        """Return about what the rows take that are there, from the newest 1000 of each table, with its indexes.

        Files do not tell: they keep their size when rows are removed, and nobody may lock a log to shrink it.
        """
        return sum(int(self.ask(_TAKEN.format(table=table), ())[0][0]) for table in ("predictions", "labels"))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    class _Doing:
        def __init__(self, connection: "sqlalchemy.Connection") -> None:
            self._connection = connection

        def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
            marks = f"({', '.join('?' * len(rows[0]))})"
            self._connection.exec_driver_sql(_marked(statement.format(rows=marks)), [tuple(row) for row in rows])

        def do(self, statement: str, words: Sequence[Any]) -> int:
            return self._connection.exec_driver_sql(_marked(statement), tuple(words)).rowcount

        def ask(self, question: str, words: Sequence[Any]) -> list[Sequence[Any]]:
            return [tuple(row) for row in self._connection.exec_driver_sql(_marked(question), tuple(words))]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

        if time.monotonic() - self._failed_at < _AGAIN_S:
            raise StoreError(self._why)
        try:
            yield
        except SQLAlchemyError as error:
            said = " ".join(str(getattr(error, "orig", None) or error).split())[:300].rstrip(".")
            self._why = (
                f"the log of predictions at {self.source} cannot be used: {KNOWN.scrub(said)}. Start the server, make "
                "room, and let the user write there."
            )
            if isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
                self._failed_at = time.monotonic()
            raise StoreError(self._why) from None


def schema_of(model: str) -> str:
    """Name the schema of a model; a long name is cut off, and told from others by a digest."""
    name = f"traffic_{model}"
    if len(name.encode()) <= _LONGEST:
        return name
    return f"{name.encode()[:40].decode(errors='ignore')}_{hashlib.sha256(model.encode()).hexdigest()[:16]}"


def _engine(source: str, schema: str) -> "sqlalchemy.Engine":
    try:
        import sqlalchemy

        addresses.check(source)
        url = sqlalchemy.make_url(addresses.resolve(source))
        if url.get_backend_name() not in {"postgresql", "postgres"}:
            raise SettingsError(
                f"traffic in [tool.pipeline.serve] is {source!r}: it is left out for a file of SQLite, or "
                "`postgresql://USER:[secret NAME]@HOST/DATABASE`."
            )
        url = url.set(drivername="postgresql+psycopg")
        engine = sqlalchemy.create_engine(url, pool_pre_ping=True, connect_args=_CONNECTING)
    except ImportError as error:
        raise SettingsError(
            f"the log of predictions is to be in PostgreSQL. Install the extra 'sql': pip install 'stagebook[sql]' "
            f"({error})."
        ) from error
    except (DataError, sqlalchemy.exc.ArgumentError) as error:
        raise SettingsError(f"traffic in [tool.pipeline.serve]: {KNOWN.scrub(str(error))}") from None
    sqlalchemy.event.listen(engine, "connect", lambda connection, _: _prepare(connection, schema))
    return engine


def _prepare(connection: Any, schema: str) -> None:  # noqa: ANN401 - a connection of psycopg
    """Make a new connection write to the schema, and durably."""
    connection.execute("SELECT set_config('search_path', %s, false)", (_quoted(schema),))
    connection.execute(_DURABLE)
    connection.commit()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _marked(statement: str) -> str:
    return statement.replace("?", "%s")
