"""Watching: a run of the stages that watch, on what all others left last."""

from pathlib import Path

from pipeline.errors import UsageError
from pipeline.monitoring import findings
from pipeline.monitoring.findings import Outcome
from pipeline.runs.record import RunRecord
from pipeline.runs.runner import WATCH
from pipeline.workflow import Workflow


def workflow_of(root: Path) -> Workflow:
    """Prepare a run of the stages that glue `watch`.

    Raises
    ------
    UsageError
        If no stage does.
    """
    whole = Workflow(root, [], {}, {}).whole
    watching = frozenset(name for name, stage in whole.stages.items() if WATCH in stage.glues)
    if not watching:
        raise UsageError(f"no stage watches: one does whose notebook has glue({WATCH!r}, ...). Add such a notebook.")
    return Workflow(root, sorted(watching), {}, {}, watching)


def missing(work: Workflow) -> list[str]:
    """Name the stages that the watch takes from and that have left nothing."""
    needed = [name for name in work.graph.stages if name not in work.only]
    return [name for name in needed if not any(True for _ in work.ledger.entries(name))]


def report_of(record: RunRecord, work: Workflow) -> str:
    """Return the path of the report of a watch, from the project's root."""
    return next((stage.report for stage in record.stages if stage.name in work.only and stage.report), "")


def outcome_of(record: RunRecord) -> Outcome | None:
    """Return what a run's watch saw; None where it had nothing to watch.

    Raises
    ------
    DataError
        If it left something else.
    """
    return None if record.watch is None else findings.outcome(record.watch)
