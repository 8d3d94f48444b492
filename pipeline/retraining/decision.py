"""Decision: whether a model is trained anew, by what a watch saw, what was tried, and what is allowed. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pipeline.monitoring.findings import Finding, Kind, Outcome
from pipeline.retraining.aftermath import Aftermath
from pipeline.retraining.attempts import TRIED, Attempt, Result, fruitless
from pipeline.retraining.policy import Policy


class Action(StrEnum):
    """What is to be done."""

    WAIT = "wait"
    RETRAIN = "retrain"
    ROLL_BACK = "roll back"
    CALL = "call a person"


class Cause(StrEnum):
    """What can ask for another training."""

    PERFORMANCE = "performance"
    DRIFT = "drift"
    SCHEDULE = "schedule"
    NEW_DATA = "new data"
    BY_HAND = "by hand"


_CAUSES = {
    Kind.PERFORMANCE: Cause.PERFORMANCE,
    Kind.ESTIMATE: Cause.PERFORMANCE,
    Kind.INPUT: Cause.DRIFT,
    Kind.PREDICTION: Cause.DRIFT,
}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Something that asks for another training."""

    cause: Cause
    message: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known besides.

    Attributes
    ----------
    now
        The moment of the decision, UTC.
    version
        Of the champion, 0 where there is none.
    since
        When it became champion, UTC; None where there is none.
    made_from
        Labelled rows that the champion was trained and tested on; 0 where nobody knows.
    rows
        Labelled rows that are known by now, of those that `after` says.
    after
        Version whose rows they are later than; 0: they are all that were served.
    data
        Digest of all that would be learnt from; empty where nobody can know before it is read.
    """

    now: datetime
    version: int
    since: datetime | None
    made_from: int
    rows: int
    after: int
    data: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be done, and why.

    Attributes
    ----------
    causes
        What asks for another training.
    held
        What holds it back.
    """

    action: Action
    causes: tuple[Reason, ...]
    held: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON: what is glued."""
        causes = [{"cause": str(each.cause), "message": each.message} for each in self.causes]
        return {"action": str(self.action), "causes": causes, "held": list(self.held)}


def decide(  # noqa: PLR0913 - all that a decision rests on, by name
    policy: Policy,
    outcome: Outcome,
    past: Sequence[Attempt],
    facts: Facts,
    *,
    aftermath: Aftermath | None = None,
    because: str = "",
) -> Decision:
    """Decide.

    Parameters
    ----------
    outcome
        What the watch saw.
    past
        Attempts, oldest first.
    aftermath
        How the champion compares with the one before it on rows since its promotion; None where that cannot be told.
    because
        Why a person wants it: then nothing holds it back. Empty: nobody asked.
    """
    if because:
        return Decision(action=Action.RETRAIN, causes=(Reason(cause=Cause.BY_HAND, message=because),), held=())
    if aftermath is not None and aftermath.is_worse:
        return Decision(action=Action.ROLL_BACK, causes=(), held=(aftermath.message,))
    causes = tuple(_causes(policy, outcome, past, facts))
    if not causes:
        return Decision(action=Action.WAIT, causes=(), held=("nothing asks for it",))
    if (count := fruitless(past)) >= policy.fruitless:
        return Decision(action=Action.CALL, causes=causes, held=(_called(count),))
    held = tuple(_held(policy, outcome, past, facts))
    return Decision(action=Action.WAIT if held else Action.RETRAIN, causes=causes, held=held)


def told(decision: Decision) -> str:
    """Say a decision in a sentence or two."""
    why = "; ".join(f"{each.cause} ({each.message})" for each in decision.causes)
    against = "; ".join(each.rstrip(".") for each in decision.held)
    match decision.action:
        case Action.RETRAIN:
            return f"Yes, it is trained anew: {why}."
        case Action.ROLL_BACK:
            return f"Back to the one before: {against}."
        case Action.CALL:
            return f"Not by itself, a person has to look: {against}."
    return f"Not now: {f'{why}, but ' if why else ''}{against}."


def scrap(decision: Decision, facts: Facts, *, alarms: int) -> dict[str, Any]:
    """Return a decision as it is glued, with what it rests on.

    Parameters
    ----------
    alarms
        How many findings stand that somebody has to act on.
    """
    rests_on = {"rows": facts.rows, "after": facts.after, "data": facts.data}
    return decision.as_dict() | {"facts": rests_on, "alarms": alarms}


def new_rows(past: Sequence[Attempt], facts: Facts) -> int:
    """Count the labelled rows that came since data was last learnt from."""
    alike = (each.rows for each in reversed(past) if each.result in TRIED and each.after == facts.after)
    return facts.rows - next(alike, 0)


def _causes(policy: Policy, outcome: Outcome, past: Sequence[Attempt], facts: Facts) -> Iterator[Reason]:
    if facts.version == 0:
        return
    wanted = {Cause.PERFORMANCE: policy.performance, Cause.DRIFT: policy.drift}
    for finding in outcome.findings:
        cause = _CAUSES.get(finding.kind)
        if cause is not None and wanted[cause] and finding.version == facts.version and finding.is_alarm:
            shown, of = _shown(policy, outcome, finding)
            if shown >= policy.bad:
                yield Reason(cause=cause, message=f"{finding.message.rstrip('.')} ({shown} of the newest {of} windows)")
    if policy.every_days is not None and (due := _last(past, facts)) is not None:
        days = (facts.now - due) / timedelta(days=1)
        if days >= policy.every_days:
            yield Reason(cause=Cause.SCHEDULE, message=f"the last training was {days:.1f} days ago")
    yield from _grown(policy, new_rows(past, facts), facts)


def _grown(policy: Policy, fresh: int, facts: Facts) -> Iterator[Reason]:
    """Ask for it where the rows have grown by a share, not by a number: a fifth more is worth the same at any size.

    For errors fall with a power of the rows learnt from (Hestness et al. 2017, "Deep learning scaling is predictable,
    empirically"). So what never changes is learnt anew more and more seldom.
    """
    if facts.made_from and fresh >= policy.growth * facts.made_from:
        share = f"{fresh / facts.made_from:.0%} of the {facts.made_from:,} that version {facts.version} is made from"
        yield Reason(cause=Cause.NEW_DATA, message=f"{fresh:,} labelled rows are new, {share}")


def _shown(policy: Policy, outcome: Outcome, finding: Finding) -> tuple[int, int]:
    """Count the newest windows that show a finding, and how many those are; immature ones say nothing of labels."""
    judged = [each.name for each in outcome.windows if finding.kind is not Kind.PERFORMANCE or each.is_mature]
    newest = judged[-policy.windows :]
    return len({*finding.windows, finding.window} & set(newest)), len(newest)


def _last(past: Sequence[Attempt], facts: Facts) -> datetime | None:
    return past[-1].begun if past and (facts.since is None or past[-1].begun > facts.since) else facts.since


def _held(policy: Policy, outcome: Outcome, past: Sequence[Attempt], facts: Facts) -> Iterator[str]:
    broken = [each for each in outcome.alarms if each.kind is Kind.SCHEMA]
    if broken:
        yield f"what comes in is broken, and nothing is to be learnt from it: {broken[0].message}"
    if past and past[-1].result is Result.WAITING and past[-1].version > facts.version:
        yield f"version {past[-1].version} passed its gates and waits for somebody's approval"
    yield from _too_soon(policy, past, facts)
    if (fresh := new_rows(past, facts)) < policy.new_rows:
        yield f"{max(fresh, 0):,} labelled rows are new, of {policy.new_rows:,} that are asked for"
    tried = [each for each in past if each.data and each.data == facts.data and each.result in TRIED]
    if tried:
        when = f"{tried[-1].begun:%Y-%m-%d %H:%M} UTC"
        yield f"nothing is new since {when}, when the same data was learnt from: {tried[-1].result}"


def _too_soon(policy: Policy, past: Sequence[Attempt], facts: Facts) -> Iterator[str]:
    begun = [each.begun for each in past if each.result is not Result.STOPPED]
    if begun and (hours := (facts.now - begun[-1]) / timedelta(hours=1)) < policy.cooldown_h:
        yield f"the last one began {hours:.1f} hours ago, and {policy.cooldown_h:g} lie between two"
    today = sum(facts.now - each < timedelta(days=1) for each in begun)
    if today >= policy.a_day:
        yield f"{today} began within 24 hours, the most that a day may have"


def _called(count: int) -> str:
    return (
        f"{count} trainings in a row came to nothing, so another one alone would hardly help. Look at their reports, "
        'mend what is wrong, and begin anew: `pipeline retrain --because "..."`'
    )
