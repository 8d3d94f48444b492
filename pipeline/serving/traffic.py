"""Traffic: every answered row and the truth that arrives later, on the disk before anybody hears of it.

One SQLite file in the project's state. What many requests say at the same time is written in one commit.
"""

import itertools
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError
from pipeline.goal import Label

_TABLES = """
CREATE TABLE IF NOT EXISTS predictions (
    id TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, version INTEGER NOT NULL, bundle TEXT NOT NULL,
    key TEXT, inputs TEXT NOT NULL, output TEXT NOT NULL, latency_s REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS labels (
    number INTEGER PRIMARY KEY, prediction TEXT NOT NULL REFERENCES predictions (id), at REAL NOT NULL,
    label TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS labels_of ON labels (prediction, number);
"""
_LATEST = "SELECT label FROM labels WHERE prediction = ? ORDER BY number DESC LIMIT 1"
_ASKED_AT_ONCE = 500  # of SQLite's parameters


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """An answered row.

    Attributes
    ----------
    id
        What the truth about it is sent by.
    at
        When it was answered, in seconds since 1970.
    model, version, bundle
        Who answered: registered model, its version, and the digest of its bundle.
    key
        What whoever asked calls the case; None where nothing was said.
    inputs, output
        The row as it was sent, and the answer.
    latency_s
        From the first byte of the request to the answer, in seconds, without the writing of it here.
    """

    id: str
    at: float
    model: str
    version: int
    bundle: str
    key: str | None
    inputs: Mapping[str, Any]
    output: Mapping[str, Any]
    latency_s: float


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What came true of a prediction."""

    prediction: str
    label: Label


_PROCESS, _COUNT = secrets.token_hex(4), itertools.count()


def new_id() -> str:
    """Make an id that no other has; later ones sort later, so that they are written one beside the other.

    Asking the system for chance each time would cost more than all else that is done for a row.
    """
    return f"{time.time_ns():016x}{_PROCESS}{next(_COUNT) & 0xFFFFFFFF:08x}"


class Traffic:
    """The file.

    Raises
    ------
    StoreError
        From every method: if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._translated():
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30.0)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("PRAGMA foreign_keys = ON")
            self._file.executescript(_TABLES)

    def write(self, batches: Sequence[Sequence[Prediction | Truth]]) -> list[int]:
        """Write what some requests said, all of it or nothing; it is on the disk when this returns.

        A truth that is said again changes nothing; another one of the same prediction is added, and the last one holds.

        Returns
        -------
            How many entries of each request were new.
        """
        with self._translated(), self._commit():
            return [sum(map(self._add, batch)) for batch in batches]

    def _add(self, entry: Prediction | Truth) -> bool:
        if isinstance(entry, Prediction):
            inputs, output = (json.dumps(each, ensure_ascii=False) for each in (entry.inputs, entry.output))
            row = (entry.id, entry.at, entry.model, entry.version, entry.bundle, entry.key, inputs, output)
            self._file.execute("INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, entry.latency_s))
            return True
        said = json.dumps(entry.label, ensure_ascii=False)
        if self._file.execute(_LATEST, (entry.prediction,)).fetchone() == (said,):
            return False
        new = "INSERT INTO labels (prediction, at, label) VALUES (?, ?, ?)"
        self._file.execute(new, (entry.prediction, time.time(), said))
        return True

    def unknown(self, predictions: Sequence[str]) -> list[str]:
        """Return the ids that no prediction has."""
        known: set[str] = set()
        with self._translated(), closing(sqlite3.connect(self.path, timeout=30.0)) as reading:
            for start in range(0, len(predictions), _ASKED_AT_ONCE):
                some = predictions[start : start + _ASKED_AT_ONCE]
                marks = ", ".join("?" * len(some))
                found = reading.execute(f"SELECT id FROM predictions WHERE id IN ({marks})", some)  # noqa: S608 - question marks
                known |= {row[0] for row in found}
        return [each for each in predictions if each not in known]

    def predictions(self) -> Iterator[tuple[Prediction, Label | None]]:
        """Yield every prediction in the order of its id, with the truth where it is known."""
        asked = f"SELECT *, ({_LATEST.replace('?', 'predictions.id')}) FROM predictions ORDER BY id"  # noqa: S608 - our own words
        with self._translated(), closing(sqlite3.connect(self.path, timeout=30.0)) as reading:
            for id_, at, model, version, bundle, key, inputs, output, latency_s, label in reading.execute(asked):
                told = {"id": id_, "at": at, "model": model, "version": version, "bundle": bundle, "key": key}
                said = {"inputs": json.loads(inputs), "output": json.loads(output), "latency_s": latency_s}
                yield Prediction(**told, **said), None if label is None else json.loads(label)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @contextmanager
    def _commit(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"the log of predictions at {self.path} cannot be used: {error}. Make room and make it writable."
            ) from error
