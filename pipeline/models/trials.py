"""Trials: which version is tried beside the champion, on how much of the traffic, who began that, and how it ended.

They stand in a log of their own beside that of promotions, chained in the same way. A trial is of one champion: a
promotion or rollback ends it. Light on purpose, for what answers reads it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.errors import ModelError, UsageError
from pipeline.models import promotion
from pipeline.models.log import Event, Line, Log
from pipeline.models.promotion import Promotion
from pipeline.turns import turn

_LOG = Path("models") / "trials.jsonl"
_MOST = 0.5  # beyond it the challenger would be the champion


class Mode(StrEnum):
    """Whether those who ask get the answers of a version on trial."""

    CANARY = "canary"
    SHADOW = "shadow"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A version is tried beside the champion.

    Attributes
    ----------
    name, version
        The registered model, and the version that is tried.
    model_digest
        Digest of its model's bytes in the object store.
    mode
        A canary answers; a shadow is asked too, and what it says is only written down.
    share
        Part of the traffic that it gets: of a canary above 0, at most 0.5; of a shadow at most 1.
    champion, since
        The champion that it is compared with: its version, and when it was promoted.
    by, reason
        Who began it and why.
    when
        Moment of the beginning, UTC.
    id
        Digest of its line in the log; empty before it stands there.
    """

    name: str
    version: int
    model_digest: str
    mode: Mode
    share: float
    champion: int
    since: datetime
    by: str
    reason: str
    when: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = ""

    @property
    def title(self) -> str:
        """What people call it."""
        return f"the {self.mode} of {self.name!r} version {self.version}"


@dataclass(frozen=True, kw_only=True)
class End:
    """How a trial ended.

    Attributes
    ----------
    by, reason
        Who ended it and why.
    evidence
        What was known by then, in words; empty where nobody asked.
    when
        In UTC.
    """

    by: str
    reason: str
    evidence: tuple[str, ...] = ()
    when: datetime


@dataclass(frozen=True, kw_only=True)
class Told:
    """A trial and its end; None while it goes on."""

    trial: Trial
    end: End | None


def start(wanted: Trial, *, timeout_s: float = 30.0) -> Trial:
    """Begin a trial; another one of the same model ends with it.

    Raises
    ------
    UsageError
        If the share is none.
    ModelError
        If the version is the champion, which has changed since the trial was thought of, or the log was changed.
    """
    _require_share(wanted)
    with _turn(timeout_s):
        answering = _champion(wanted.name)
        if (answering.version, answering.when) != (wanted.champion, wanted.since):
            raise ModelError(f"{answering.title} became champion meanwhile. Nothing was begun; look, and try again.")
        if wanted.version == answering.version:
            raise ModelError(f"{answering.title} is the champion: it has all of the traffic. Try another version.")
        if (going := present(wanted.name)) is not None:
            _end(going, by=wanted.by, reason=f"version {wanted.version} is tried instead")
        facts = {name: value for name, value in asdict(wanted).items() if name not in {"when", "id"}}
        line = _log().add(Event.TRIED, facts | {"since": wanted.since.isoformat()}, when=wanted.when)
    return replace(wanted, id=line.digest)


def against(name: str) -> dict[str, Any]:
    """Return what a trial of a model says of the champion that it is compared with.

    Raises
    ------
    ModelError
        If there is none, or the log of promotions was changed.
    """
    answering = _champion(name)
    return {"champion": answering.version, "since": answering.when}


def stop(trial: Trial, *, by: str, reason: str, evidence: tuple[str, ...] = (), timeout_s: float = 30.0) -> End:
    """End a trial; where it has ended already, that end holds.

    Raises
    ------
    ModelError
        If there is no such trial, or the log was changed.
    """
    with _turn(timeout_s):
        found = next((told for told in history(trial.name) if told.trial.id == trial.id), None)
        if found is None:
            raise ModelError(f"{trial.title} is not in the log of trials at {_log().path}, so it cannot be ended.")
        return found.end or _end(trial, by=by, reason=reason, evidence=evidence)


def present(name: str) -> Trial | None:
    """Return the trial of a model that goes on.

    Raises
    ------
    ModelError
        If a log was changed.
    """
    past = history(name)
    return past[-1].trial if past and past[-1].end is None else None


def history(name: str | None = None) -> tuple[Told, ...]:
    """Read every trial of a model, or of all models, oldest first.

    Raises
    ------
    ModelError
        If the log of trials, or that of promotions, was changed.
    """
    lines = [line for line in _log().lines() if name in {None, line.facts.get("name")}]
    ends = {line.facts["trial"]: _ended(line) for line in lines if line.event is Event.TRIAL_ENDED}
    begun = [_of_line(line) for line in lines if line.event is Event.TRIED]
    champions = promotion.history(name) if begun else ()
    return tuple(Told(trial=each, end=ends.get(each.id) or _overtaken(each, champions)) for each in begun)


def log_file() -> Path:
    """Return where the log is: it changes with every beginning and end."""
    return project.state() / _LOG


def _log() -> Log:
    return Log(log_file())


@contextmanager
def _turn(timeout_s: float) -> Iterator[None]:
    with turn(log_file().with_suffix(".lock"), timeout_s):
        yield


def _champion(name: str) -> Promotion:
    past = promotion.history(name)
    if not past:
        raise ModelError(f"no version of {name!r} is champion, so there is nothing to try another one beside.")
    return past[-1]


def _require_share(wanted: Trial) -> None:
    most = _MOST if wanted.mode is Mode.CANARY else 1.0
    if not 0 < wanted.share <= most:
        raise UsageError(f"{wanted.share:g} is no share of the traffic for a {wanted.mode}: above 0, at most {most:g}.")


def _end(trial: Trial, *, by: str, reason: str, evidence: tuple[str, ...] = ()) -> End:
    facts = {"name": trial.name, "version": trial.version, "trial": trial.id, "by": by, "reason": reason}
    return _ended(_log().add(Event.TRIAL_ENDED, facts | {"evidence": [*evidence]}, when=datetime.now(UTC)))


def _ended(line: Line) -> End:
    facts: Mapping[str, Any] = line.facts
    return End(by=facts["by"], reason=facts["reason"], evidence=tuple(facts["evidence"]), when=line.when)


def _of_line(line: Line) -> Trial:
    facts = dict(line.facts)
    told = facts | {"mode": Mode(facts["mode"]), "since": datetime.fromisoformat(facts["since"])}
    return Trial(**told, when=line.when, id=line.digest)


def _overtaken(trial: Trial, champions: tuple[Promotion, ...]) -> End | None:
    """Return the end that a promotion or rollback is; None where the same champion answers."""
    own = [each for each in champions if each.name == trial.name]
    here = next((n for n, each in enumerate(own) if (each.version, each.when) == (trial.champion, trial.since)), None)
    if here is None:
        return End(by="", reason="the log of promotions no longer has its champion", when=trial.when)
    if here == len(own) - 1:
        return None
    after = own[here + 1]
    became = "was promoted itself" if after.version == trial.version else f"is over: {after.title} became champion"
    return End(by=after.by, reason=f"version {trial.version} {became}", when=after.when)
