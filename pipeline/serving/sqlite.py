"""SQLite: the log of traffic in one file. The one that needs no server, and the fastest."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError

_TABLES = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, version INTEGER NOT NULL, bundle TEXT NOT NULL,
    key TEXT, inputs TEXT NOT NULL, output TEXT NOT NULL, latency_s REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS predictions_at ON predictions (at, id);
CREATE TABLE IF NOT EXISTS labels (
    number INTEGER PRIMARY KEY, prediction TEXT NOT NULL REFERENCES predictions (id) ON DELETE CASCADE,
    at REAL NOT NULL, label TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS labels_of ON labels (prediction, number);
CREATE INDEX IF NOT EXISTS labels_at ON labels (at, number);
CREATE TABLE IF NOT EXISTS requests (
    minute INTEGER NOT NULL, route TEXT NOT NULL, status INTEGER NOT NULL, version INTEGER NOT NULL,
    count INTEGER NOT NULL, seconds REAL NOT NULL, slowest_s REAL NOT NULL,
    PRIMARY KEY (minute, route, status, version)
) STRICT, WITHOUT ROWID;
"""
_PATIENCE_S = 30.0  # until another process has written


class SQLite:
    """A file of SQLite, made where it is missing; see `traffic.Database`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._translated():
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE_S)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("PRAGMA foreign_keys = ON")
            self._file.executescript(_TABLES)

    @contextmanager
    def commit(self) -> Iterator["SQLite._Doing"]:
        """Write what the block does, all of it or nothing."""
        with self._translated():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield SQLite._Doing(self._file)
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    def ask(self, question: str, words: Sequence[Any]) -> list[Sequence[Any]]:
        """Answer a question, on a connection of its own."""
        with self._translated(), closing(sqlite3.connect(self.path, timeout=_PATIENCE_S)) as reading:
            return reading.execute(question, words).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    class _Doing:
        def __init__(self, file: sqlite3.Connection) -> None:
            self._file = file

        def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
            self._file.executemany(statement, rows)

        def ask(self, question: str, words: Sequence[Any]) -> list[Sequence[Any]]:
            return self._file.execute(question, words).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"the log of predictions at {self.path} cannot be used: {error}. Make room and make it writable."
            ) from error
