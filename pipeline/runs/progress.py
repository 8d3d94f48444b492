"""Progress: what whoever watches a run is told."""

from typing import Protocol

from pipeline.runs.plan import Decision
from pipeline.runs.record import StageRecord


class Progress(Protocol):
    """Whoever wants to know how a run goes. Called from several threads."""

    def started(self, decision: Decision) -> None:
        """Say that a stage starts, and why."""

    def cell_done(self, stage: str, done: int, total: int, cell: str, seconds: float) -> None:
        """Say that a code cell ended."""

    def retried(self, record: StageRecord) -> None:
        """Say that a stage did not end well and is tried again."""

    def finished(self, record: StageRecord) -> None:
        """Say what became of a stage."""
