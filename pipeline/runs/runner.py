"""The runner: walks the graph, reuses what it can, executes the rest, and records all of it."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from pipeline import handoff
from pipeline.errors import Interrupted
from pipeline.runs.ledger import Entry, Ledger
from pipeline.runs.plan import Decision, Planner
from pipeline.runs.record import BAD, GOOD, Failure, RunRecord, ScrapRecord, StageRecord, Status, now
from pipeline.runs.reports import Reports, RunFolder
from pipeline.runs.trace import Trace, traced
from pipeline.stages.injection import Values, inject
from pipeline.stages.notebook import load
from pipeline.store import literals

# Scraps that a run's record repeats.
VERDICT = "verdict"
MODEL_VERSION = "model_version"


class Progress(Protocol):
    """Whoever wants to know how a run goes. Called from several threads."""

    def started(self, decision: Decision) -> None:
        """Say that a stage starts, and why."""

    def cell_done(self, stage: str, done: int, total: int, cell: str, seconds: float) -> None:
        """Say that a code cell ended."""

    def finished(self, record: StageRecord) -> None:
        """Say what became of a stage."""


@dataclass(kw_only=True)
class Runner:
    """One run.

    Attributes
    ----------
    values
        Checked parameters by stage.
    jobs
        How many stages may run at the same time.
    cell_timeout_s
        Longest time for one cell, None for no limit.
    """

    root: Path
    planner: Planner
    values: Mapping[str, Values]
    ledger: Ledger
    reports: Reports
    scratch: Path
    progress: Progress
    jobs: int
    cell_timeout_s: int | None
    records: dict[str, StageRecord] = field(default_factory=dict)

    def run(self, blank: RunRecord) -> RunRecord:
        """Walk the graph to its end, whatever happens to single stages.

        Parameters
        ----------
        blank
            The record with everything that is known before the first stage; `run` and `started` are set here.

        Raises
        ------
        RunError, StoreError
            If the run cannot be recorded.
        Interrupted
            If somebody stopped it; what was finished is recorded and will be reused.
        """
        folder = self.reports.start()
        clock = time.monotonic()
        record = replace(blank, run=folder.run, started=now())
        self.records = {name: StageRecord(name=name) for name in self.planner.graph.stages}
        try:
            self._walk(folder, record)
        except KeyboardInterrupt:
            self._cancel()
        record = self._summary(record, clock)
        folder.record(record)
        self.reports.finish(folder)
        if record.status is Status.CANCELLED:
            raise Interrupted(f"the run {folder.run} was stopped. Run again: stages that were finished are reused.")
        return record

    def _walk(self, folder: RunFolder, record: RunRecord) -> None:
        with ThreadPoolExecutor(self.jobs) as pool:
            running: dict[Future[StageRecord], str] = {}
            try:
                while True:
                    self._start_ready(folder, pool, running)
                    folder.record(replace(record, stages=list(self.records.values())))
                    if not running:
                        return
                    for done in wait(running, return_when=FIRST_COMPLETED).done:
                        self._finish(running.pop(done), done.result())
            except KeyboardInterrupt:
                _stop_kernels()
                self.records |= {name: future.result() for future, name in running.items()}
                raise

    def _start_ready(
        self, folder: RunFolder, pool: ThreadPoolExecutor, running: dict[Future[StageRecord], str]
    ) -> None:
        """Settle every stage whose upstreams are settled; those that have to run are handed to the pool."""
        for name, known in self.records.items():
            upstreams = [self.records[up] for up in self.planner.graph.upstreams(name)]
            if known.status is not Status.PENDING or name in running.values():
                continue
            if any(up.status is Status.PENDING for up in upstreams):
                continue
            if blockers := [up.name for up in upstreams if up.status not in GOOD]:
                reason = f"{', '.join(blockers)} did not succeed"
                self._finish(name, replace(known, status=Status.SKIPPED, reason=reason))
                continue
            decision = self.planner.decide(name, {up.name: up.scraps for up in upstreams})
            if decision.entry is not None:
                self._finish(name, self._reuse(folder, decision, decision.entry))
            else:
                self.progress.started(decision)
                running[pool.submit(self._execute, folder, decision)] = name

    def _finish(self, name: str, record: StageRecord) -> None:
        self.records[name] = record
        if record.status in GOOD:
            self.reports.show_latest(self.root / record.report)
        self.progress.finished(record)

    def _blank(self, folder: RunFolder, decision: Decision) -> StageRecord:
        name = decision.stage
        return StageRecord(
            name=name,
            reason=decision.reason,
            parameters=self.values[name].readable(),
            upstreams=self._upstreams(folder, name),
            report=self._relative(folder.report(name)),
        )

    def _reuse(self, folder: RunFolder, decision: Decision, entry: Entry) -> StageRecord:
        folder.reuse(entry.stage, self.root / entry.report)
        return replace(
            self._blank(folder, decision),
            status=Status.REUSED,
            seconds=entry.seconds,
            peak_memory_bytes=entry.peak_memory_bytes,
            scraps=entry.scraps,
            executed_by=entry.run,
        )

    def _execute(self, folder: RunFolder, decision: Decision) -> StageRecord:
        """Execute a stage in a kernel, record it, and remember its trace where it went well."""
        from pipeline.runs import engine

        stage, clock, started_ns = decision.stage, time.monotonic(), time.time_ns()
        blank = replace(self._blank(folder, decision), executed_by=folder.run)
        notes_file = self.scratch / f"{folder.run}.{stage}.json"
        log_file = notes_file.with_suffix(".log")
        try:
            outcome = engine.execute(self._job(folder, stage, notes_file, log_file))
            folder.seal(stage)
            notes = _notes(notes_file)
            found = replace(blank, scraps=self._scraps(folder.report(stage)), reason=outcome.reason or blank.reason)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is this stage's failure, and the run goes on
            failure = Failure(cell=0, name=type(error).__name__, message=str(error))
            return replace(blank, status=Status.FAILED, failure=failure, report="")
        finally:
            notes_file.unlink(missing_ok=True)
            log_file.unlink(missing_ok=True)
        done = replace(
            found,
            status=outcome.status,
            failure=outcome.failure,
            seconds=round(time.monotonic() - clock, 3),
            peak_memory_bytes=notes.get("peak_memory_bytes", 0),
        )
        if done.status is Status.SUCCEEDED and notes:
            self._remember(done, self._trace(stage, notes, started_ns))
        return done

    def _job(self, folder: RunFolder, name: str, notes_file: Path, log_file: Path) -> Any:  # noqa: ANN401 - the engine's Job
        from pipeline.runs import engine

        path = self.planner.graph.stages[name].notebook.path
        document = inject(load(path), self.values[name], self._upstreams(folder, name))
        document["metadata"]["pipeline"] = {"run": folder.run, "stage": name, "source": self._relative(path)}
        return engine.Job(
            document=document,
            root=self.root,
            target=folder.report(name),
            trace_file=notes_file,
            log_file=log_file,
            cell_timeout_s=self.cell_timeout_s,
            cell_done=lambda *what: self.progress.cell_done(name, *what),
        )

    def _trace(self, stage: str, notes: Mapping[str, Any], started_ns: int) -> Trace:
        code, parameters = self.planner.graph.stages[stage].code(), self.values[stage].tagged()
        return traced(notes, code=code, parameters=parameters, world=self.planner.world, started_ns=started_ns)

    def _remember(self, record: StageRecord, trace: Trace) -> None:
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

    def _scraps(self, report: Path) -> dict[str, ScrapRecord]:
        return {name: _scrap_record(scrap) for name, scrap in handoff.scraps(report).items()}

    def _upstreams(self, folder: RunFolder, name: str) -> dict[str, str]:
        upstreams = self.planner.graph.stages[name].upstreams
        return {parameter: self._relative(folder.report(stage)) for parameter, stage in upstreams.items()}

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _cancel(self) -> None:
        for name, record in self.records.items():
            if record.status is Status.PENDING:
                self.records[name] = replace(record, status=Status.CANCELLED, reason="the run was stopped")

    def _summary(self, record: RunRecord, clock: float) -> RunRecord:
        scraps = {name: scrap for stage in self.records.values() for name, scrap in stage.scraps.items()}
        verdict = _verdict(scraps[VERDICT].value) if VERDICT in scraps else None
        version = scraps[MODEL_VERSION].value if MODEL_VERSION in scraps else None
        return replace(
            record,
            status=_status({stage.status for stage in self.records.values()}, verdict),
            ended=now(),
            seconds=round(time.monotonic() - clock, 3),
            stages=list(self.records.values()),
            verdict=verdict,
            model_version=version,
        )


def _verdict(value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a notebook glued
    """Return the verdict; one that is none, or does not say that it passed, has not."""
    if isinstance(value, dict) and isinstance(value.get("passed"), bool):
        return value
    return {"passed": False, "gates": [], "problem": f"the scrap {VERDICT!r} is no verdict: {value!r}"}


def _status(stages: set[Status], verdict: Mapping[str, Any] | None) -> Status:
    if Status.CANCELLED in stages:
        return Status.CANCELLED
    for bad in (Status.DIED, Status.TIMED_OUT, Status.FAILED):
        if bad in stages & BAD:
            return bad
    if verdict is not None and not verdict["passed"]:
        return Status.REFUSED
    return Status.SUCCEEDED


def _scrap_record(scrap: handoff.Scrap) -> ScrapRecord:
    kind, _, digest = scrap.identity.rpartition(" ")
    size_bytes = scrap.record.get("bytes") or len(json.dumps(scrap.payload))
    value = literals.readable(scrap.record.get("exact", scrap.payload["data"])) if scrap.inline else None
    return ScrapRecord(
        kind=kind, digest=digest, size_bytes=size_bytes, rows=scrap.record.get("rows"), inline=scrap.inline, value=value
    )


def _notes(path: Path) -> dict[str, Any]:
    """Read what the kernel traced; nothing where it could not write."""
    try:
        notes: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return notes


def _stop_kernels() -> None:
    from pipeline.runs.kernels import LIVE

    LIVE.stop()
