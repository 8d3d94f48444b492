"""Alerts: findings that somebody has to act on, told to each place once when they begin and once when they are over."""

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, RootModel, ValidationError

from pipeline.errors import StoreError
from pipeline.monitoring.findings import Kind, Outcome
from pipeline.store.objects import write_atomic
from pipeline.turns import turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PATIENCE_S = 60.0


class Alert(BaseModel):
    """An alarm that was seen and is not yet told to be over.

    Attributes
    ----------
    model, version
        Who answers.
    kind, subject
        What it is about: with the model, what it is told apart by.
    message
        What the newest watch says of it.
    report
        Where it is read about, from the project's root; empty where nowhere.
    since
        When it was first seen.
    told
        Places that have heard that it began, and not yet that it is over.
    over
        Whether it is over; gone once all of them have heard that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    version: int
    kind: Kind
    subject: str
    message: str
    report: str = ""
    since: AwareDatetime
    told: tuple[str, ...] = ()
    over: bool = False

    @property
    def name(self) -> str:
        """What it is told apart by."""
        return f"{self.model}:{self.kind}:{self.subject}"


class _Kept(RootModel[list[Alert]]):
    """What stands in the file."""


@dataclass(frozen=True, kw_only=True)
class News:
    """What people have to hear.

    Attributes
    ----------
    began, ended
        Alerts in the order of their findings, and those that are over.
    """

    began: Sequence[Alert]
    ended: Sequence[Alert]

    def __bool__(self) -> bool:
        return bool(self.began or self.ended)

    @property
    def summary(self) -> str:
        """In a few words, whose they are and how many."""
        models = sorted({alert.model for alert in (*self.began, *self.ended)})
        counts = [f"{len(some)} {word}" for some, word in ((self.began, "to act on"), (self.ended, "over")) if some]
        return f"{', '.join(models)}: {', '.join(counts)}"


def followed(alerts: Sequence[Alert], outcome: Outcome, report: str, now: datetime) -> list[Alert]:
    """Bring alerts up to date with what a watch saw.

    One that the watch could not judge stays as it is: that there is too little data does not end it. Alerts of other
    models stay too.

    Parameters
    ----------
    report
        Path of the watch's own report.
    """
    known = {alert.name: alert for alert in alerts}
    for finding in outcome.alarms:
        told = {"model": outcome.model, "kind": finding.kind, "subject": finding.subject, "since": now}
        fresh = Alert(**told, version=finding.version, message=finding.message, report=report)
        before = known.get(fresh.name, fresh)
        known[fresh.name] = fresh if before.over else _continued(fresh, before)
    standing = {f"{outcome.model}:{finding.name}" for finding in outcome.alarms}
    return _without_old(
        alert if alert.name in standing or not _judged(alert, outcome) else alert.model_copy(update={"over": True})
        for alert in known.values()
    )


def news(alerts: Sequence[Alert], place: str) -> News:
    """Return what a place has not heard yet."""
    began = [alert for alert in alerts if not alert.over and place not in alert.told]
    return News(began=began, ended=[alert for alert in alerts if alert.over and place in alert.told])


def heard(alerts: Sequence[Alert], place: str) -> list[Alert]:
    """Return the alerts once a place has heard its news."""
    return _without_old(alert.model_copy(update={"told": _knowing(alert, place)}) for alert in alerts)


def _knowing(alert: Alert, place: str) -> tuple[str, ...]:
    """Return the places that know that it stands, once this one has heard."""
    others = {each for each in alert.told if each != place}
    return tuple(sorted(others if alert.over else others | {place}))


def _without_old(alerts: "Iterable[Alert]") -> list[Alert]:
    """Leave out what is over where nobody knows that it began, or all know that it ended."""
    return [alert for alert in alerts if alert.told or not alert.over]


@contextmanager
def kept(path: Path) -> "Iterator[list[Alert]]":
    """Give the alerts of a file, to be changed; written as they are when the block ends well, one process at a time.

    Raises
    ------
    StoreError
        If the file cannot be read or written.
    BusyError
        If another process holds it.
    """
    with turn(path.with_suffix(".lock"), _PATIENCE_S):
        alerts = _read(path)
        yield alerts
        write_atomic(path, _Kept(alerts).model_dump_json(indent=1).encode())


def _read(path: Path) -> list[Alert]:
    try:
        return _Kept.model_validate_json(path.read_bytes()).root
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        raise StoreError(f"the alerts in {path} cannot be read. Remove the file: what stands is told again.") from error


def _continued(fresh: Alert, before: Alert) -> Alert:
    return fresh.model_copy(update={"since": before.since, "told": before.told})


def _judged(alert: Alert, outcome: Outcome) -> bool:
    return alert.model == outcome.model and alert.kind in outcome.judged
