"""Execution of one stage: from its decision to its record, with a kernel in between, again where settings say so."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import handoff
from pipeline.runs import scrubbing
from pipeline.runs.forking import Source
from pipeline.runs.job import Job, Outcome
from pipeline.runs.ledger import Entry, Ledger
from pipeline.runs.limits import Limits
from pipeline.runs.notes import traced
from pipeline.runs.nursery import Nursery
from pipeline.runs.plan import Decision
from pipeline.runs.progress import Progress
from pipeline.runs.record import Failure, ScrapRecord, StageRecord, Status
from pipeline.runs.reports import RunFolder
from pipeline.runs.trace import World
from pipeline.stages.graph import Graph
from pipeline.stages.injection import Values, inject
from pipeline.store import literals

Succeeded = Callable[[Outcome], None]


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Executes stages.

    Attributes
    ----------
    values
        Checked parameters by stage.
    retry
        How often a stage that ended in a status is tried again.
    nursery
        Where kernels come from.
    """

    root: Path
    graph: Graph
    world: World
    values: Mapping[str, Values]
    ledger: Ledger
    progress: Progress
    limits: Limits
    retry: Mapping[Status, int]
    nursery: Nursery

    def blank(self, folder: RunFolder, decision: Decision) -> StageRecord:
        """Return the record of a stage before anything happened to it."""
        return StageRecord(
            name=decision.stage,
            reason=decision.reason,
            parameters=self.values[decision.stage].readable(),
            upstreams=self._upstreams(folder, decision.stage),
            report=folder.path(decision.stage),
        )

    def execute(self, folder: RunFolder, decision: Decision, told: Future[StageRecord]) -> None:
        """Execute a stage, again as often as its ending allows, and remember its trace where it went well.

        Parameters
        ----------
        told
            Gets the record: of a stage that went well before its kernel has ended, so that others need not wait for it.
        """
        attempts: list[str] = []
        while not told.done():
            record = self._attempt(folder, decision, tuple(attempts), told)
            tried = len(attempts)
            if tried < self.retry.get(record.status, 0) and record.report:
                attempts.append(folder.set_aside(decision.stage, tried + 1))
                self.progress.retried(record)
            elif not told.done():
                told.set_result(record)

    def _attempt(
        self, folder: RunFolder, decision: Decision, attempts: tuple[str, ...], told: Future[StageRecord]
    ) -> StageRecord:
        stage, clock, started_ns = decision.stage, time.monotonic(), time.time_ns()
        source, spawned = self.nursery.source(stage)
        from pipeline.runs import engine  # takes its time, and what forks kernels has started meanwhile

        blank = replace(self.blank(folder, decision), executed_by=folder.run, attempts=attempts)

        def record(outcome: Outcome) -> StageRecord:
            folder.seal(stage)
            found = replace(
                blank,
                status=outcome.status,
                reason=outcome.reason or blank.reason,
                failure=outcome.failure,
                scraps=_scraps(folder.report(stage)),
                seconds=round(time.monotonic() - clock, 3),
                peak_memory_bytes=max(outcome.peak_memory_bytes, outcome.notes.get("peak_memory_bytes", 0)),
                sources=outcome.notes.get("sources", {}),
                kernel=_kernel(source, spawned or outcome.spawned),
            )
            return scrubbing.clean(found)

        def succeeded(outcome: Outcome) -> None:
            found = record(outcome)
            if outcome.notes:
                self._remember(found, outcome.notes, started_ns)
            told.set_result(found)

        try:
            outcome = engine.execute(self._job(folder, stage, source, succeeded))
            return told.result() if told.done() else record(outcome)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is this stage's failure, and the run goes on
            failure = Failure(cell=0, name=type(error).__name__, message=str(error))
            return scrubbing.clean(replace(blank, status=Status.FAILED, failure=failure, report=""))

    def _job(self, folder: RunFolder, name: str, source: Source | None, succeeded: Succeeded) -> Job:
        stage = self.graph.stages[name]
        document = inject(stage.notebook.document, self.values[name], self._upstreams(folder, name))
        path = stage.notebook.path.relative_to(self.root).as_posix()
        document["metadata"]["pipeline"] = {"run": folder.run, "stage": name, "source": path}
        return Job(
            document=document,
            root=self.root,
            target=folder.report(name),
            outputs=stage.glues,
            limits=self.limits,
            work=self.nursery.work,
            variables=self.nursery.variables,
            source=source,
            cell_done=lambda *what: self.progress.cell_done(name, *what),
            succeeded=succeeded,
        )

    def _remember(self, record: StageRecord, notes: Mapping[str, Any], started_ns: int) -> None:
        stage, parameters = self.graph.stages[record.name], self.values[record.name].tagged()
        trace = traced(
            notes,
            code=stage.code(),
            texts=[json.dumps(record.parameters), *(cell.source for cell in stage.notebook.code)],
            parameters=parameters,
            upstreams=self.graph.upstreams(record.name),
            imported=self.nursery.needs[record.name].modules,
            world=self.world,
            started_ns=started_ns,
        )
        entry = Entry(
            stage=record.name,
            run=record.executed_by,
            report=record.report,
            seconds=record.seconds,
            peak_memory_bytes=record.peak_memory_bytes,
            scraps=record.scraps,
            trace=trace,
        )
        self.ledger.add(entry)

    def _upstreams(self, folder: RunFolder, name: str) -> dict[str, str]:
        return {parameter: folder.path(stage) for parameter, stage in self.graph.stages[name].upstreams.items()}


def _kernel(source: Source | None, why: str) -> str:
    if why:
        return f"spawned: {why}"
    return "forked" if source else "spawned"


def _scraps(report: Path) -> dict[str, ScrapRecord]:
    return {name: _scrap_record(scrap) for name, scrap in handoff.scraps(report).items()}


def _scrap_record(scrap: handoff.Scrap) -> ScrapRecord:
    kind, _, digest = scrap.identity.rpartition(" ")
    size_bytes = scrap.record.get("bytes") or len(json.dumps(scrap.payload))
    value = literals.readable(scrap.record.get("exact", scrap.payload["data"])) if scrap.inline else None
    return ScrapRecord(
        kind=kind, digest=digest, size_bytes=size_bytes, rows=scrap.record.get("rows"), inline=scrap.inline, value=value
    )
