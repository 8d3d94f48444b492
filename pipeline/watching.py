"""Watching: a run of the stages that watch, on what all others left last."""

from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.monitoring import findings, silence
from pipeline.monitoring.findings import Outcome
from pipeline.runs.record import RunRecord
from pipeline.runs.runner import WATCH
from pipeline.stages.graph import Graph
from pipeline.workflow import Workflow

SILENT = "silent_since"
"""The parameter by which stages that watch are told since when nobody asks any more, where that is unusual."""


def workflow_of(root: Path) -> Workflow:
    """Prepare a run of the stages that glue `watch`.

    Raises
    ------
    UsageError
        If no stage does.
    """
    work = Workflow(root, [], {}, {})
    watching = watchers(work.whole)
    if not watching:
        raise UsageError(f"no stage watches: one does whose notebook has glue({WATCH!r}, ...). Add such a notebook.")
    model = str(work.table.get("models", {}).get("name", "model"))
    given = silent_since(work.whole, model, datetime.now(UTC))
    return Workflow(root, sorted(watching), given, {}, watching)


def watchers(graph: Graph) -> frozenset[str]:
    """Name the stages that watch."""
    return frozenset(name for name, stage in graph.stages.items() if WATCH in stage.glues)


def silent_since(graph: Graph, model: str, now: datetime) -> dict[str, str]:
    """Return the parameter of the stages that take it; none where nothing unusual is to be told."""
    takers = [name for name in watchers(graph) if SILENT in graph.stages[name].parameters]
    found = silence.since(model, now) if takers else None
    return {f"{name}.{SILENT}": found.isoformat() for name in takers if found}


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
