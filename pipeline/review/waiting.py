"""Waiting: which runs somebody has to decide about, and what was decided last."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RunError
from pipeline.models.remark import FOLDER as REVIEW
from pipeline.models.remark import Decision
from pipeline.review.remarks import Remarks
from pipeline.runs.record import RunRecord, read_run
from pipeline.runs.runner import MODEL_VERSION


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision, the run that it is about, and what has changed since; `stale` is empty where nothing has."""

    run: str
    decision: Decision
    stale: str


def waiting(runs: Iterable[Path]) -> list[RunRecord]:
    """Return the runs whose model version passed the gates and nobody has decided about, newest first.

    A run that only reused the stage which registered a version has nothing new to decide about.
    """
    return [record for path in sorted(runs, reverse=True) if (record := _judged(path)) is not None]


def decided(runs: Iterable[Path]) -> list[Decided]:
    """Return all decisions about these runs, newest first."""
    found = [each for path in runs if (path / REVIEW).is_dir() for each in _decided(path)]
    return sorted(found, key=lambda each: each.decision.written, reverse=True)


def _judged(folder: Path) -> RunRecord | None:
    try:
        record = read_run(folder / "run.json")
    except RunError:
        return None
    return record if is_decidable(record) and is_open(folder) else None


def is_decidable(record: RunRecord) -> bool:
    """Say whether somebody has to decide about a run: it ended, registered a version itself, and its gates passed."""
    by = [stage.executed_by for stage in record.stages if MODEL_VERSION in stage.scraps]
    registered = bool(record.model_version) and by in ([], [record.run])
    passed = isinstance(record.verdict, dict) and record.verdict.get("passed") is True
    return record.ended is not None and registered and passed


def is_open(folder: Path) -> bool:
    """Say whether nobody has decided about the run in a folder as it is now."""
    return Remarks(folder).standing() is None


def _decided(folder: Path) -> list[Decided]:
    remarks = Remarks(folder)
    return [Decided(run=folder.name, decision=each, stale=remarks.stale(each)) for each in remarks.decisions()]
