"""Standing: what an author wants to know of a stage: whether it is fresh, why not, and where its last report is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.errors import RunError
from pipeline.runs.plan import Action, Decision
from pipeline.runs.record import GOOD, Status, read_run
from pipeline.runs.reports import LATEST, Reports


class State(StrEnum):
    """How a stage stands."""

    FRESH = "fresh"
    STALE = "stale"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True)
class LastReport:
    """The newest report of a stage: its path from the project's root, the run that it is of, and how that went."""

    path: str
    run: str
    status: Status


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a stage.

    Attributes
    ----------
    reason
        Why it is fresh, or not, or why nobody can say.
    report
        None where it has never run.
    """

    stage: str
    state: State
    reason: str
    report: LastReport | None = None


def verdict(stage: str, decisions: Sequence[Decision]) -> tuple[State, str]:
    """Say whether a stage is fresh, and why.

    Parameters
    ----------
    decisions
        About the stage and all that it needs.
    """
    own = next(decision for decision in decisions if decision.stage == stage)
    if own.action is Action.REUSE:
        return State.FRESH, own.reason
    if own.action is Action.RUN:
        return State.STALE, own.reason
    causes = [f"{each.stage}: {each.reason}" for each in decisions if each.action is Action.RUN]
    return State.STALE, "; ".join([own.reason, *causes])


def last_report(stage: str, reports: Reports) -> LastReport | None:
    """Find the newest report of a stage; a good one where stages read it, so that a view of it can be kept open."""
    for folder in reports.runs():
        if not (folder / f"{stage}.ipynb").is_file():
            continue
        try:
            found = next((each for each in read_run(folder / "run.json").stages if each.name == stage), None)
        except RunError:
            continue
        if found is not None and found.report:
            latest = reports.folder / LATEST / f"{stage}.ipynb"
            shown = latest if found.status in GOOD and latest.is_file() else reports.root / found.report
            return LastReport(path=_path(shown, reports.root), run=folder.name, status=found.status)
    return None


def _path(report: Path, root: Path) -> str:
    return report.relative_to(root).as_posix() if report.is_relative_to(root) else str(report)
