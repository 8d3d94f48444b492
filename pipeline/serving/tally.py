"""Tally: what was seen of a trial, by one process or by all that answer, in a file that each keeps of its own.

A key counts once, however often it comes: all of its requests go to the same of the two, so that they say no more than
one. Which keys they were is not kept, but their digests, with the trial as salt.
"""

import json
import secrets
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.models import trials
from pipeline.models.trials import Mode, Trial
from pipeline.serving import evidence
from pipeline.serving.evidence import Events, Finding
from pipeline.store.objects import write_atomic

_MOST = 5000  # events of a kind that one process keeps: it is known long before
_UNITS = 2000  # different ones, of which it is known that failures are rare enough
_USUAL = 100  # answers of the champion, after which it is known which are slow
_RECENT = 1000


class Side(StrEnum):
    """Whose request it was."""

    CHALLENGER = "challenger"
    CHAMPION = "champion"


def _sides() -> dict[Side, set[str]]:
    return {side: set() for side in Side}


@dataclass(kw_only=True)
class Tally:
    """Counts of one trial.

    Attributes
    ----------
    requests
        How many each of the two was asked.
    units
        Different ones that the challenger was asked, as many as are looked at.
    failed, slow
        Units with such an event.
    slow_s
        From where on an answer is slow, in seconds.
    why
        Why the challenger failed first.
    """

    requests: Counter[Side] = field(default_factory=Counter)
    units: set[str] = field(default_factory=set)
    failed: dict[Side, set[str]] = field(default_factory=_sides)
    slow: dict[Side, set[str]] = field(default_factory=_sides)
    slow_s: float = inf
    why: str = ""

    def findings(self, mode: Mode, share: float) -> list[Finding]:
        """Judge failures, and slowness of a canary: a shadow is asked when nobody waits, so it may take its time."""
        if mode is Mode.SHADOW:
            return [evidence.errors(self._events(self.failed), 0.5)]
        failures = evidence.errors(self._events(self.failed), share)
        return [failures, evidence.latency(self._events(self.slow), share, self.slow_s)]

    def _events(self, seen: dict[Side, set[str]]) -> Events:
        return Events(
            challenger=len(seen[Side.CHALLENGER]),
            champion=len(seen[Side.CHAMPION]),
            of_challenger=self.requests[Side.CHALLENGER],
            of_champion=self.requests[Side.CHAMPION],
            units=len(self.units),
            bad=len(seen[Side.CHALLENGER] & self.units),
        )

    def written(self) -> bytes:
        """Write it so that `read` reads it."""
        told = {"requests": self.requests, "units": sorted(self.units), "why": self.why}
        seen = {
            name: {side: sorted(units.copy()) for side, units in kind.items()}
            for name, kind in {"failed": self.failed, "slow": self.slow}.items()
        }
        return json.dumps(told | seen | {"slow_s": self.slow_s if self.slow_s < inf else None}).encode()


def read(data: bytes) -> Tally:
    """Read what `Tally.written` wrote.

    Raises
    ------
    ValueError, KeyError
        If it is something else.
    """
    told = json.loads(data)
    seen = {name: {side: set(told[name][side]) for side in Side} for name in ("failed", "slow")}
    asked = Counter({side: int(told["requests"].get(side, 0)) for side in Side})
    return Tally(requests=asked, units=set(told["units"]), why=told["why"], slow_s=told["slow_s"] or inf, **seen)


def together(tallies: Iterable[Tally]) -> Tally:
    """Put together what several processes saw; a unit that came to two of them counts once."""
    found = Tally()
    for each in tallies:
        found.requests.update(each.requests)
        found.units |= each.units.copy()
        for side in Side:
            found.failed[side] |= each.failed[side].copy()
            found.slow[side] |= each.slow[side].copy()
        found.slow_s, found.why = min(found.slow_s, each.slow_s), found.why or each.why
    return found


class Counting:
    """The tally of this process, and those of the others."""

    def __init__(self, trial: Trial) -> None:
        self.own, self._others = Tally(), Tally()
        self._usual: deque[float] = deque(maxlen=_RECENT)
        self._trial, self._name, self._kept = trial, f"{secrets.token_hex(8)}.json", b""

    def answered(self, side: Side, unit: str, latency_s: float) -> None:
        """Count an answer. Which is slow, the champion's answers before it say."""
        self._asked(side, unit)
        if latency_s > self.own.slow_s:
            _add(self.own.slow[side], unit)
        if side is Side.CHAMPION:
            self._usual.append(latency_s)
            if self.own.requests[side] % _USUAL == 0:
                self.own.slow_s = sorted(self._usual)[int(0.95 * len(self._usual))]

    def failed(self, side: Side, unit: str, why: str) -> None:
        """Count a failure."""
        self._asked(side, unit)
        _add(self.own.failed[side], unit)
        if side is Side.CHALLENGER:
            self.own.why = self.own.why or why

    def _asked(self, side: Side, unit: str) -> None:
        self.own.requests[side] += 1
        if side is Side.CHALLENGER and len(self.own.units) < _UNITS:
            self.own.units.add(unit)

    def all(self) -> Tally:
        """Return what all processes saw by the last `exchange`, and this one since."""
        return together([self._others, self.own])

    def exchange(self) -> None:
        """Write down what this process saw, and read what others did.

        Raises
        ------
        StoreError
            If a file cannot be written or read.
        """
        told, file = self.own.written(), folder(self._trial) / self._name
        if told != self._kept:
            write_atomic(file, told)
            self._kept = told
        self._others = together(_read(file.parent, besides=file))


def kept(trial: Trial) -> Tally:
    """Read what all processes saw of a trial.

    Raises
    ------
    StoreError
        If a file cannot be read.
    """
    return together(_read(folder(trial)))


def folder(trial: Trial) -> Path:
    """Return where the tallies of a trial stand."""
    return trials.log_file().with_suffix("") / trial.id.removeprefix("sha256:")[:16]


def _read(place: Path, besides: Path | None = None) -> list[Tally]:
    try:
        return [read(path.read_bytes()) for path in sorted(place.glob("*.json")) if path != besides]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"what was seen of a trial cannot be read from {place}: {error}. Remove what is damaged."
        ) from (error)


def _add(seen: set[str], unit: str) -> None:
    if len(seen) < _MOST:
        seen.add(unit)
