"""Log: what happened to models, one line each, never changed afterwards: each line holds the digest of the one before.

Whoever changes, removes or inserts a line breaks the chain there. A file beside the log holds the number and the digest
of its last line, so that lines which are cut off at the end are missed too. Light on purpose: it is read while a run is
planned.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError, StoreError
from pipeline.store import digest
from pipeline.store.objects import write_atomic

FIRST = "sha256:" + 64 * "0"
"""What the first line has in the place of the digest of a line before it."""

_CURE = "Bring the log back from a copy; what it said until then still holds."


class Event(StrEnum):
    """What can happen to a model."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back"
    TRIED = "tried"
    TRIAL_ENDED = "trial ended"
    BEGUN = "retraining begun"
    ENDED = "retraining ended"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the log.

    Attributes
    ----------
    number
        1 and up.
    when
        In UTC.
    facts
        What is known of it, by name: whatever JSON can hold.
    before
        Digest of the line before.
    digest
        Of all the others.
    """

    number: int
    when: datetime
    event: Event
    facts: Mapping[str, Any]
    before: str
    digest: str


@dataclass(frozen=True)
class Log:
    """The log in a file. One process at a time may add to it."""

    path: Path

    @property
    def anchor(self) -> Path:
        """The file that holds the number and the digest of the last line."""
        return self.path.with_suffix(".anchor.json")

    def lines(self) -> tuple[Line, ...]:
        """Read the lines, oldest first; what a crash left half written at the end was never said.

        Raises
        ------
        ModelError
            If the log was changed; with the first line that is not what was written.
        """
        return tuple(self._checked())

    def add(self, event: Event, facts: Mapping[str, Any], *, when: datetime) -> Line:
        """Write one more line; it is on the disk when this returns.

        Raises
        ------
        ModelError
            As in `lines`; nothing is added to a log that was changed.
        StoreError
            If the file cannot be written.
        """
        known = self.lines()
        line = _line(len(known) + 1, when, event, facts, known[-1].digest if known else FIRST)
        try:
            self._append(_written(line))
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror or error}. Make it writable.") from error
        write_atomic(self.anchor, json.dumps({"lines": line.number, "digest": line.digest}).encode())
        return line

    def copy_until(self, moment: datetime, path: Path) -> None:
        """Write the log as it was at a moment to another file."""
        known = [line for line in self.lines() if line.when <= moment]
        write_atomic(path, b"".join(map(_written, known)))

    def _append(self, data: bytes) -> None:
        whole = sum(map(len, self._raw()))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.truncate(whole)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _raw(self) -> list[bytes]:
        """Read the whole lines as bytes."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        return [line for line in data.splitlines(keepends=True) if line.endswith(b"\n")]

    def _checked(self) -> Iterator[Line]:
        last, number, marks = FIRST, 0, self._anchored()
        for number, raw in enumerate(self._raw(), start=1):
            line = self._parsed(number, raw)
            if line.before != last or marks.get(number, line.digest) != line.digest:
                raise self._broken(number, "it does not follow from the one before it")
            last = line.digest
            yield line
        if (said := max(marks, default=0)) > number:
            raise self._broken(number + 1, f"it is missing: {said} were written")

    def _parsed(self, number: int, raw: bytes) -> Line:
        try:
            found = json.loads(raw)
            line = Line(**{**found, "when": datetime.fromisoformat(found["when"]), "event": Event(found["event"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._broken(number, f"it is no line of a log: {error}") from error
        if _line(number, line.when, line.event, line.facts, line.before) != line:
            raise self._broken(number, "it was changed after it was written")
        return line

    def _anchored(self) -> dict[int, str]:
        try:
            found = json.loads(self.anchor.read_bytes())
            return {int(found["lines"]): str(found["digest"])}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{self.anchor} is damaged: {error}. {_CURE}") from error

    def _broken(self, number: int, reason: str) -> ModelError:
        return ModelError(f"{self.path}, line {number}: {reason}. {_CURE}")


def _line(number: int, when: datetime, event: Event, facts: Mapping[str, Any], before: str) -> Line:
    said = {"number": number, "when": when.isoformat(), "event": event, "facts": facts, "before": before}
    return Line(number=number, when=when, event=event, facts=facts, before=before, digest=digest.of_json(said))


def _written(line: Line) -> bytes:
    said = {**vars(line), "when": line.when.isoformat()}
    return (json.dumps(said, sort_keys=True) + "\n").encode()
