"""Promotion: which version of a model answers, and every one that ever did. Owns the log in the project's state folder.

Light on purpose: it is asked while a run is planned, so it imports nothing but the standard library at the top.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.errors import ModelError
from pipeline.models import takeover
from pipeline.models.log import Event, Line, Log
from pipeline.store.objects import project_store
from pipeline.turns import turn

NONE = "none"
SCHEME = "champion:"
_BESIDES = "?besides="
_LOG = Path("models") / "log.jsonl"
_DECIDED = frozenset({"run", "when", "by", "reason"})


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A version of a model became champion.

    Attributes
    ----------
    name
        Registered model: each has a champion of its own.
    version
        Its version in the registry, 1 and up.
    model_digest
        Digest of the model's bytes in the object store.
    data_digest, test_digest
        Of the tables it learnt from and was tested on, there too.
    threshold
        A row is positive from this probability up, 0 to 1; None where nothing is decided so.
    run
        Id of the run that made the version.
    by, reason
        Who did it and why; empty where the gates alone decided.
    when
        Moment of the promotion, UTC.
    """

    name: str
    version: int
    model_digest: str
    data_digest: str
    test_digest: str
    threshold: float | None
    run: str
    by: str = ""
    reason: str = ""
    when: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        texts = (self.name, self.model_digest, self.data_digest, self.test_digest, self.run)
        if any(not isinstance(text, str) or not text for text in texts):
            raise TypeError("name, model_digest, data_digest, test_digest and run are texts that are not empty")
        if not isinstance(self.by, str) or not isinstance(self.reason, str):
            raise TypeError("by and reason are texts")
        if self.threshold is not None and not (isinstance(self.threshold, float) and 0 <= self.threshold <= 1):
            raise TypeError(f"threshold is a number from 0 to 1 or None, not {self.threshold!r}")
        if type(self.version) is not int or self.version < 1:
            raise TypeError(f"version is a whole number from 1 up, not {self.version!r}")
        if self.when.tzinfo is None:
            raise TypeError("when has a time zone")

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.name!r} version {self.version}"

    def as_scrap(self) -> dict[str, str | int | float | None]:
        """Return the model and what it was made from, without what was decided about it, when and by whom."""
        return {name: value for name, value in asdict(self).items() if name not in _DECIDED}


def history(name: str | None = None) -> tuple[Promotion, ...]:
    """Read every promotion and rollback of a model, or of all models, oldest first; the last one answers.

    Raises
    ------
    ModelError
        If the log was changed; with the first line that is not what was written.
    """
    return tuple(_of_line(line) for line in _log().lines() if name in {None, line.facts.get("name")})


def champion(name: str) -> Promotion | None:
    """Return the version of a model that answers now; a stage that asks depends on the answer."""
    found = next(reversed(history(name)), None)
    _audit(name, "", found)
    return found


def incumbent(name: str, model_digest: str) -> Promotion | None:
    """Return the newest champion that is another model than this one; a stage that asks depends on the answer.

    A stage that is run again after its own model was promoted sees the same incumbent as before.
    """
    found = _besides(name, model_digest)
    _audit(name, model_digest, found)
    return found


def previous(name: str) -> Promotion | None:
    """Return the newest champion that is another version than the present one: what a rollback returns to."""
    past = history(name)
    return next((line for line in reversed(past) if line.version != past[-1].version), None)


def withdrawn(name: str) -> frozenset[int]:
    """Return the versions that a rollback took from the champion's place, and that were not promoted again since."""
    found: set[int] = set()
    present = 0
    for line in _log().lines():
        if line.facts.get("name") == name and line.event in {Event.PROMOTED, Event.ROLLED_BACK}:
            version = int(line.facts["version"])
            found = (found | {present} if line.event is Event.ROLLED_BACK else found) - {version}
            present = version
    return frozenset(found)


def fingerprint(uri: str) -> str:
    """Return what `champion` (`champion:NAME`) or `incumbent` (`champion:NAME?besides=DIGEST`) would answer now.

    Returns
    -------
    str
        The digest of its model, `none` where there is none.

    Raises
    ------
    ModelError
        If the uri is of another kind.
    """
    if not uri.startswith(SCHEME):
        raise ModelError(f"{uri!r} names no champion: such a source is written {SCHEME}<name of a model>.")
    name, _, model_digest = uri.removeprefix(SCHEME).partition(_BESIDES)
    return _digest(_besides(name, model_digest))


def promote(wanted: Promotion, *, against: str | None, timeout_s: float = 30.0) -> Promotion:
    """Make a version the champion of its name; nothing happens where it is that already.

    Parameters
    ----------
    wanted
        What to note.
    against
        Digest of the champion that the model was judged against, None where there was none. A verdict that was reached
        against another than the present one says nothing about it.
    timeout_s
        How long to wait for other promotions, in seconds.

    Returns
    -------
    Promotion
        What made this version champion.

    Raises
    ------
    ModelError
        If the model is not in the object store, it was judged against another champion than the present one, the log
        was changed, or another promotion holds the lock too long.
    """
    _require_stored(wanted)
    with _turn(timeout_s):
        past = history(wanted.name)
        if past and past[-1].as_scrap() == wanted.as_scrap():
            return past[-1]
        _require_judged(wanted, against, past)
        return _note(Event.PROMOTED, wanted)


def rollback(name: str, version: int | None, *, by: str, reason: str, timeout_s: float = 30.0) -> Promotion:
    """Let a version answer again that was champion before: the one before the present, or one that is named.

    Raises
    ------
    ModelError
        If there is none, that version never was champion or is so now, or its model is no longer in the object store.
    """
    with _turn(timeout_s):
        back = _once_champion(name, version)
        _require_stored(back)
        return _note(Event.ROLLED_BACK, replace(back, by=by, reason=reason, when=datetime.now(UTC)))


def copy_until(moment: datetime, folder: Path) -> None:
    """Write the history as it was at a moment into another state folder, for a stage that is run again.

    Raises
    ------
    ModelError
        As in `history`.
    """
    _log().copy_until(moment, folder / _LOG)


def log_file() -> Path:
    """Return where the log is: it changes with every promotion and rollback."""
    return project.state() / _LOG


def _log() -> Log:
    log = Log(log_file())
    takeover.take_over(log)
    return log


@contextmanager
def _turn(timeout_s: float) -> Iterator[None]:
    with turn(_log().path.with_suffix(".lock"), timeout_s):
        yield


def _note(event: Event, wanted: Promotion) -> Promotion:
    facts = {name: value for name, value in asdict(wanted).items() if name != "when"}
    return _of_line(_log().add(event, facts, when=wanted.when))


def _of_line(line: Line) -> Promotion:
    facts: Mapping[str, Any] = line.facts
    return Promotion(**facts, when=line.when)


def _besides(name: str, model_digest: str) -> Promotion | None:
    return next((past for past in reversed(history(name)) if past.model_digest != model_digest), None)


def _digest(found: Promotion | None) -> str:
    return found.model_digest if found else NONE


def _audit(name: str, model_digest: str, found: Promotion | None) -> None:
    besides = f"{_BESIDES}{model_digest}" if model_digest else ""
    sys.audit("pipeline.source", f"{SCHEME}{name}{besides}", _digest(found))


def _once_champion(name: str, version: int | None) -> Promotion:
    past = history(name)
    others = {line.version: line for line in past if line.version != past[-1].version}
    back = previous(name) if version is None else others.get(version)
    if back is None:
        known = f"versions {', '.join(map(str, sorted(others)))}" if others else "no other version"
        wanted = "nothing" if version is None else f"version {version}"
        raise ModelError(
            f"{name!r} cannot go back to {wanted}: {known} answered before the present champion. "
            "Only what was champion once comes back so; `pipeline history` lists all."
        )
    return back


def _require_stored(wanted: Promotion) -> None:
    if not project_store().has(wanted.model_digest):
        raise ModelError(
            f"version {wanted.version} of {wanted.name!r} cannot become champion: its model {wanted.model_digest} is "
            "not in the project's object store. Run the stage that made it again."
        )


def _require_judged(wanted: Promotion, against: str | None, past: tuple[Promotion, ...]) -> None:
    present = past[-1].model_digest if past else None
    if present not in {against, wanted.model_digest}:
        named = {line.model_digest: line.title for line in past} | {None: "none"}
        raise ModelError(
            f"{wanted.title} is not promoted: it was judged against {named.get(against, against)}, the champion is now "
            f"{named[present]}. Nothing was changed; evaluate again."
        )
