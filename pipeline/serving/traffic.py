"""Traffic: every answered row and the truth that arrives later, on the disk before anybody hears of it.

One SQLite file in the project's state, or a PostgreSQL database: see `Database`. What many requests say at the same
time is written in one commit.

Who watches reads with these; each holds one page of rows in memory, however long the log is, keeps nobody from writing
meanwhile, and takes a window of times `since <= at < until` in seconds since 1970:

- `answered`: predictions by the time of the prediction, each with its latest label and when that came; `known_until`
  tells what was known at an earlier moment, so that a window looks the same whenever it is judged.
- `labels`: labels by the time at which they came, corrections too, each with the time of its prediction.
- `requests`: how many requests of each minute ended with which status, and how long they took.
- `shadows`: what versions on trial said of predictions, by the time of these.
- `span`: when the first and the last prediction were made.
- `predictions`: all predictions with their latest labels, as pairs.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.goal import Label
from pipeline.serving import wire
from pipeline.serving.entries import Answered, Arm, Labelled, Prediction, Requests, Shadow, Truth, new_ids
from pipeline.serving.sqlite import SQLite

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = [
    "Answered",
    "Arm",
    "Database",
    "Labelled",
    "Prediction",
    "Requests",
    "Shadow",
    "Statements",
    "Traffic",
    "Truth",
    "new_ids",
]

Row = Sequence[Any]
Hide = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_AT_ONCE = 500  # words of one question
_PAGE_ROWS = 1000

_PREDICTION = "INSERT INTO predictions VALUES {rows}"
_SHADOW = "INSERT INTO shadows VALUES {rows}"
_LABEL = "INSERT INTO labels (prediction, at, label) VALUES {rows}"
_REQUESTS = """
INSERT INTO requests VALUES {rows} ON CONFLICT (minute, route, status, version) DO UPDATE SET
    count = requests.count + excluded.count, seconds = requests.seconds + excluded.seconds,
    slowest_s = CASE WHEN excluded.slowest_s > requests.slowest_s THEN excluded.slowest_s ELSE requests.slowest_s END
"""
_LATEST = """
SELECT prediction, label FROM labels WHERE number IN (
    SELECT max(number) FROM labels WHERE prediction IN ({marks}) GROUP BY prediction)
"""
_ANSWERED = """
SELECT predictions.*, labels.label, labels.at FROM predictions LEFT JOIN labels ON labels.number = (
    SELECT max(number) FROM labels WHERE prediction = predictions.id AND at <= ?)
WHERE (predictions.at, predictions.id) > (?, ?) AND predictions.at < ?
ORDER BY predictions.at, predictions.id LIMIT ?
"""
_LABELS = """
SELECT labels.number, prediction, predictions.at, label, labels.at FROM labels
JOIN predictions ON predictions.id = prediction
WHERE (labels.at, labels.number) > (?, ?) AND labels.at < ? ORDER BY labels.at, labels.number LIMIT ?
"""
_SHADOWS = """
SELECT predictions.at, shadows.* FROM shadows JOIN predictions ON predictions.id = prediction
WHERE (predictions.at, predictions.id) > (?, ?) AND predictions.at < ? ORDER BY predictions.at, predictions.id LIMIT ?
"""
_MINUTES = "SELECT * FROM requests WHERE minute >= ? AND minute < ? ORDER BY minute, route, status, version"


_OLD = "IN (SELECT id FROM predictions WHERE at < ? ORDER BY at, id LIMIT ?)"
_NTH = "SELECT at FROM predictions ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?"


class Database(Protocol):
    """Where traffic is kept. Statements are SQL that all of them understand, with `?` for each word.

    Raises
    ------
    StoreError
        From every method: if it cannot be read or written.
    """

    def commit(self) -> "AbstractContextManager[Statements]":
        """Do what stands in the block and write it to the disk, all of it or nothing."""

    def ask(self, question: str, words: Row) -> list[Row]:
        """Return an answer; any thread may ask, and nobody waits for it."""

    def size_bytes(self) -> int:
        """Return what it takes, without the room that removed rows have left, which is used again."""

    def close(self) -> None:
        """End."""


class Statements(Protocol):
    """What is done within a commit."""

    def many(self, statement: str, rows: Sequence[Row]) -> None:
        """Insert some rows, at least one, all as wide; they take the place of `{rows}`."""

    def do(self, statement: str, words: Row) -> int:
        """Do something, and return to how many rows."""

    def ask(self, question: str, words: Row) -> list[Row]:
        """Return an answer, with what this commit has done so far."""


class Traffic:
    """The log of one model.

    Parameters
    ----------
    place
        A file of SQLite, made where it is missing, or another database.
    hide
        Makes of a row what may be written of it.

    Raises
    ------
    StoreError
        From every method: if the log cannot be read or written.
    """

    def __init__(self, place: Path | Database, hide: Hide | None = None) -> None:
        self.database: Database = SQLite(place) if isinstance(place, Path) else place
        self._hide = hide

    def write(self, batches: Sequence[Sequence[Prediction | Shadow | Truth | Requests]]) -> list[int]:
        """Write what some requests said, all of it or nothing; it is on the disk when this returns.

        A truth that is said again changes nothing; another one of the same prediction is added, and the last one holds.

        Returns
        -------
            How many entries of each request were new.
        """
        entries = [entry for batch in batches for entry in batch]
        told = [entry.prediction for entry in entries if isinstance(entry, Truth)]
        with self.database.commit() as doing:
            news = _News({row[0]: row[1] for row in _chunked(doing.ask, _LATEST, told)}, self._hide)
            added = [sum(map(news.take, batch)) for batch in batches]
            for statement, rows in news.rows.items():
                if rows:
                    doing.many(statement, rows)
        return added

    def unknown(self, predictions: Sequence[str]) -> list[str]:
        """Return the ids that no prediction has."""
        found = _chunked(self.database.ask, "SELECT id FROM predictions WHERE id IN ({marks})", predictions)
        known = {row[0] for row in found}
        return [each for each in predictions if each not in known]

    def predictions(self) -> Iterator[tuple[Prediction, Label | None]]:
        """Yield every prediction in the order of time, with the latest label where there is one."""
        return ((each.prediction, each.label) for each in self.answered())

    def answered(
        self, since: float = -math.inf, until: float = math.inf, *, known_until: float = math.inf
    ) -> Iterator[Answered]:
        """Yield the predictions of a window in the order of time.

        Parameters
        ----------
        known_until
            Labels that came later are left out.
        """
        last: tuple[float, str] = (since, "")
        while page := self.database.ask(_ANSWERED, (known_until, *last, until, _PAGE_ROWS)):
            yield from map(_answered, page)
            last = (page[-1][1], page[-1][0])

    def labels(self, since: float = -math.inf, until: float = math.inf) -> Iterator[Labelled]:
        """Yield the labels that came in a window, in the order in which they came."""
        last: tuple[float, int] = (since, -1)
        while page := self.database.ask(_LABELS, (*last, until, _PAGE_ROWS)):
            for _, prediction, answered_at, label, at in page:
                yield Labelled(prediction=prediction, answered_at=answered_at, label=json.loads(label), at=at)
            last = (page[-1][4], page[-1][0])

    def shadows(self, since: float = -math.inf, until: float = math.inf) -> Iterator[Shadow]:
        """Yield what versions on trial said of the predictions of a window, in the order of these."""
        last: tuple[float, str] = (since, "")
        while page := self.database.ask(_SHADOWS, (*last, until, _PAGE_ROWS)):
            for _, prediction, trial, version, output, latency_s in page:
                told = {"prediction": prediction, "trial": trial, "version": version, "latency_s": latency_s}
                yield Shadow(**told, output=json.loads(output))
            last = (page[-1][0], page[-1][1])

    def requests(self, since: float = -math.inf, until: float = math.inf) -> list[Requests]:
        """Count the requests of the minutes that began in a window, by minute, route, status and version."""
        names = Requests.__dataclass_fields__
        return [Requests(**dict(zip(names, row, strict=True))) for row in self.database.ask(_MINUTES, (since, until))]

    def span(self) -> tuple[float, float] | None:
        """Return when the first and the last prediction were made; None where there is none."""
        ((first, last),) = self.database.ask("SELECT min(at), max(at) FROM predictions", ())
        return None if first is None else (first, last)

    def since(self, rows: int) -> float | None:
        """Return when the newest `rows` predictions began; None where there are not so many."""
        found = self.database.ask(_NTH, (rows - 1,))
        return found[0][0] if found else None

    def fitting(self, size_bytes: int) -> int | None:
        """Say about how many of the newest predictions take so much; None where all together take less."""
        taken = self.database.size_bytes()
        ((rows,),) = self.database.ask("SELECT count(*) FROM predictions", ())
        return max(1, rows * size_bytes // taken) if taken > size_bytes else None

    def remove(self, before: float, most: int) -> int:
        """Remove the oldest predictions made before a time, with their labels, and the counts of requests before it.

        Returns
        -------
            How many predictions were removed: `most`, until fewer are left.
        """
        with self.database.commit() as doing:
            doing.do("DELETE FROM requests WHERE minute < ?", (before,))
            # Labels go with their predictions, but not in a log that an early release began.
            doing.do(f"DELETE FROM labels WHERE prediction {_OLD}", (before, most))  # noqa: S608 - our own words
            return doing.do(f"DELETE FROM predictions WHERE id {_OLD}", (before, most))  # noqa: S608 - as above

    def close(self) -> None:
        """Close the log."""
        self.database.close()


def _encode(content: object) -> str:
    return wire.dump(content).decode()


class _News:
    """The rows that entries become, by statement.

    Parameters
    ----------
    latest
        Latest label of each prediction that something is said about, as JSON.
    """

    def __init__(self, latest: dict[str, str], hide: Hide | None) -> None:
        self._latest, self._hide = latest, hide
        self.rows: dict[str, list[Row]] = {_PREDICTION: [], _SHADOW: [], _LABEL: [], _REQUESTS: []}

    def take(self, entry: Prediction | Shadow | Truth | Requests) -> bool:
        """Take an entry, and say whether it is new."""
        if isinstance(entry, Prediction):
            inputs = self._hide(entry.inputs) if self._hide else entry.inputs
            self.rows[_PREDICTION].append((*entry[:6], _encode(inputs), _encode(entry.output), *entry[8:]))
            return True
        if isinstance(entry, Shadow):
            what = (entry.version, _encode(entry.output), entry.latency_s)
            self.rows[_SHADOW].append((entry.prediction, entry.trial, *what))
            return True
        if isinstance(entry, Requests):
            self.rows[_REQUESTS].append(tuple(vars(entry).values()))
            return True
        label = _encode(entry.label)
        if self._latest.get(entry.prediction) == label:
            return False
        self._latest[entry.prediction] = label
        self.rows[_LABEL].append((entry.prediction, time.time(), label))
        return True


def _chunked(ask: Callable[[str, Row], list[Row]], question: str, words: Sequence[str]) -> Iterator[Row]:
    """Ask about many words, some at a time."""
    for start in range(0, len(words), _AT_ONCE):
        some = words[start : start + _AT_ONCE]
        yield from ask(question.format(marks=", ".join("?" * len(some))), some)


def _answered(row: Row) -> Answered:
    id_, at, model, version, bundle, key, inputs, output, latency_s, arm, label, labelled_at = row
    told = {"id": id_, "at": at, "model": model, "version": version, "bundle": bundle, "key": key}
    said = {"inputs": json.loads(inputs), "output": json.loads(output), "latency_s": latency_s, "arm": Arm(arm)}
    known = None if label is None else json.loads(label)
    return Answered(prediction=Prediction(**told, **said), label=known, labelled_at=labelled_at)
