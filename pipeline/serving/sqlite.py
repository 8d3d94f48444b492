"""SQLite: the log of traffic in one file. The one that needs no server, and the fastest."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError
from pipeline.serving import tables

_TABLES = tables.made(real="REAL", whole="INTEGER", counted="INTEGER", strict="STRICT")
_ARM = "ALTER TABLE predictions ADD COLUMN arm TEXT NOT NULL DEFAULT 'champion'"  # which the first release had not
_TAKEN = """
SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size
"""
_PATIENCE_S = 30.0  # until another process has written
_MOST_AT_ONCE = 256  # rows of one statement


class SQLite:
    """A file of SQLite, made where it is missing; see `traffic.Database`."""

    def __init__(self, path: Path) -> None:
        self.path, self._turn = path, threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._translated():
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE_S)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("PRAGMA foreign_keys = ON")
            self._file.executescript(";".join(_TABLES))
        with self.commit() as doing:
            if "arm" not in [column[1] for column in doing.ask("PRAGMA table_info(predictions)", ())]:
                doing.ask(_ARM, ())

    @contextmanager
    def commit(self) -> Iterator["SQLite._Doing"]:
        """Write what the block does, all of it or nothing."""
        with self._turn, self._translated():
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

    def size_bytes(self) -> int:
        """Return what its pages take that are in use."""
        ((taken,),) = self.ask(_TAKEN, ())
        return int(taken)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    class _Doing:
        def __init__(self, file: sqlite3.Connection) -> None:
            self._file = file

        def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
            for some in _pieces(rows):
                self._file.execute(_many(statement, len(some), len(some[0])), [word for row in some for word in row])

        def do(self, statement: str, words: Sequence[Any]) -> int:
            return self._file.execute(statement, words).rowcount

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


def _pieces(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Cut rows into few pieces of few lengths, powers of two, so that their statements are known already.

    One statement takes many rows, for after each the threads that answer take their turn, which costs more than a row.
    """
    start = 0
    while left := len(rows) - start:
        size = min(1 << (left.bit_length() - 1), _MOST_AT_ONCE)
        yield rows[start : start + size]
        start += size


@cache
def _many(statement: str, rows: int, words: int) -> str:
    """Write a statement for some rows."""
    marks = f"({', '.join('?' * words)})"
    return statement.format(rows=", ".join([marks] * rows))
