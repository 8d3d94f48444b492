"""Attempts: each time that a model was trained anew by itself, why, on what, and what came of it.

They stand in a log whose lines are bound to one another (`models.log`). What began is written before it begins, so that
one that a crash cut off is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.models.log import Event, Log

_LOG = Path("retraining") / "log.jsonl"


class Result(StrEnum):
    """What came of an attempt."""

    RUNNING = "running"
    PROMOTED = "promoted"
    WAITING = "waits for approval"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    STOPPED = "stopped"
    ROLLED_BACK = "rolled back"


TRIED = frozenset({Result.PROMOTED, Result.WAITING, Result.REFUSED, Result.UNCHANGED, Result.ROLLED_BACK})
"""What says that the data was learnt from to the end: it would teach the same again."""

FRUITLESS = frozenset({Result.REFUSED, Result.UNCHANGED, Result.FAILED, Result.ROLLED_BACK})


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A training.

    Attributes
    ----------
    begun, ended
        Moments, UTC; `ended` None while it runs.
    causes
        What asked for it, a sentence each.
    by_hand
        Whether a person asked for it.
    data
        Digest of all that it learnt from; empty where nobody can know.
    rows, after
        Labelled rows that were known then, later than those of which version; 0: all that were served.
    champion
        Version that answered then, 0 for none.
    result, run, version
        What came of it, in which run, and the version that it made; empty and 0 where there is none.
    """

    begun: datetime
    causes: tuple[str, ...]
    by_hand: bool
    data: str
    rows: int
    champion: int
    after: int = 0
    ended: datetime | None = None
    result: Result = Result.RUNNING
    run: str = ""
    version: int = 0


@dataclass(frozen=True)
class Attempts:
    """The attempts at one model. One process at a time may add to them.

    Raises
    ------
    ModelError
        From every method: if the log was changed.
    """

    model: str
    log: Log = field(default_factory=lambda: Log(project.state() / _LOG))

    def past(self) -> tuple[Attempt, ...]:
        """Return all attempts, oldest first; one that never ended, and was not the last, was cut off."""
        found: dict[str, dict[str, Any]] = {}
        for line in self.log.lines():
            facts = dict(line.facts)
            if facts.pop("model") == self.model:
                _take(found, facts, line.event, line.when)
        return tuple(_attempt(facts) for facts in found.values())

    def begin(self, attempt: Attempt) -> None:
        """Note that an attempt begins."""
        facts = {name: value for name, value in vars(attempt).items() if name in _AT_FIRST}
        self._add(Event.BEGUN, facts, attempt.begun)

    def end(self, result: Result, *, run: str = "", version: int = 0, when: datetime | None = None) -> None:
        """Note what came of the newest attempt."""
        self._add(Event.ENDED, {"result": result, "run": run, "version": version}, when or datetime.now(UTC))

    def rolled_back(self, version: int) -> None:
        """Note that a version answers no longer, since it was worse than the one before it."""
        self._add(Event.ROLLED_BACK, {"version": version}, datetime.now(UTC))

    def close(self) -> None:
        """End an attempt that a crash cut off; whoever calls this is alone."""
        past = self.past()
        if past and past[-1].result is Result.RUNNING:
            self.end(Result.FAILED)

    def _add(self, event: Event, facts: Mapping[str, Any], when: datetime) -> None:
        self.log.add(event, {"model": self.model, **facts}, when=when)


_AT_FIRST = ("causes", "by_hand", "data", "rows", "after", "champion")


def _take(found: dict[str, dict[str, Any]], facts: dict[str, Any], event: Event, when: datetime) -> None:
    """Take a line of the log into what is known of the attempts, by number."""
    if event is Event.BEGUN:
        found[str(len(found))] = {**facts, "begun": when}
    elif event is Event.ENDED:
        found[str(len(found) - 1)] |= {**facts, "ended": when}
    else:
        for known in found.values():
            if known.get("version") == facts["version"] and known.get("result") == Result.PROMOTED:
                known["result"] = Result.ROLLED_BACK


def _attempt(facts: Mapping[str, Any]) -> Attempt:
    told = {**facts, "causes": tuple(facts["causes"]), "result": Result(facts.get("result", Result.RUNNING))}
    return Attempt(**told)


def fruitless(past: Sequence[Attempt]) -> int:
    """Count the attempts in a row, up to the newest, that came to nothing; a person who asks begins the count anew."""
    count = 0
    for each in reversed(past):
        if each.result is Result.PROMOTED or each.by_hand:
            break
        count += each.result in FRUITLESS
    return count
