"""The runner: walks the graph, reuses what it can, has the rest executed, and records all of it."""

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.errors import Interrupted, PipelineError
from pipeline.runs.execution import Executor
from pipeline.runs.ledger import Entry
from pipeline.runs.plan import Decision, Planner
from pipeline.runs.presence import present
from pipeline.runs.record import BAD, GOOD, RunRecord, ScrapRecord, StageRecord, Status, now
from pipeline.runs.reports import Reports, RunFolder
from pipeline.store import codecs, objects

# Scraps that a run's record repeats.
VERDICT = "verdict"
MODEL_VERSION = "model_version"
WATCH = "watch"


@dataclass(kw_only=True)
class Runner:
    """One run.

    Attributes
    ----------
    jobs
        How many stages may run at the same time.
    """

    planner: Planner
    executor: Executor
    reports: Reports
    jobs: int
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
        with present(folder.folder):
            return self._recorded(folder, blank)

    def _recorded(self, folder: RunFolder, blank: RunRecord) -> RunRecord:
        clock = time.monotonic()
        record = replace(blank, run=folder.run, started=now())
        self.records = {name: StageRecord(name=name) for name in self.planner.graph.stages}
        try:
            self._walk(folder, record)
        except KeyboardInterrupt:
            self._close(Status.CANCELLED, "the run was stopped")
        except PipelineError as error:
            self._close(Status.FAILED, str(error))
            with suppress(PipelineError):
                folder.record(self._summary(record, clock))
            raise
        record = self._summary(record, clock)
        folder.record(record)
        self.reports.finish(folder)
        if record.status is Status.CANCELLED:
            raise Interrupted(f"the run {folder.run} was stopped. Run again: stages that were finished are reused.")
        return record

    def _walk(self, folder: RunFolder, record: RunRecord) -> None:
        running: dict[Future[StageRecord], str] = {}
        # More threads than jobs: a kernel may end while the next stage runs.
        with ThreadPoolExecutor(len(self.records) or 1) as pool:
            try:
                while True:
                    self._start_ready(folder, pool, running)
                    if not running:
                        return
                    folder.record(replace(record, stages=list(self.records.values())))
                    for done in wait(running, return_when=FIRST_COMPLETED).done:
                        self._finish(running.pop(done), done.result())
            except (KeyboardInterrupt, PipelineError):
                with _stopped_kernels():
                    self.records |= {name: future.result() for future, name in running.items()}
                raise

    def _start_ready(
        self, folder: RunFolder, pool: ThreadPoolExecutor, running: dict[Future[StageRecord], str]
    ) -> None:
        """Settle every stage whose upstreams are settled; as many of those that have to run are handed to the pool."""
        for name, known in self.records.items():
            if len(running) >= self.jobs:
                return
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
                told: Future[StageRecord] = Future()
                running[told] = name
                pool.submit(self._execute, folder, decision, told)

    def _execute(self, folder: RunFolder, decision: Decision, told: Future[StageRecord]) -> None:
        try:
            self.executor.progress.started(decision)
            self.executor.execute(folder, decision, told)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the record
            told.set_exception(error)

    def _finish(self, name: str, record: StageRecord) -> None:
        self.records[name] = record
        if record.status in GOOD:
            self.reports.show_latest(self.executor.root / record.report)
        self.executor.progress.finished(record)

    def _reuse(self, folder: RunFolder, decision: Decision, entry: Entry) -> StageRecord:
        folder.reuse(entry.stage, self.executor.root / entry.report)
        return replace(
            self.executor.blank(folder, decision),
            status=Status.REUSED,
            seconds=entry.seconds,
            peak_memory_bytes=entry.peak_memory_bytes,
            scraps=entry.scraps,
            sources=entry.trace.sources,
            executed_by=entry.run,
        )

    def _close(self, status: Status, reason: str) -> None:
        for name, record in self.records.items():
            if record.status is Status.PENDING:
                self.records[name] = replace(record, status=status, reason=reason)

    def _summary(self, record: RunRecord, clock: float) -> RunRecord:
        decided = [stage for stage in self.records.values() if stage.name in (self.planner.only or self.records)]
        scraps = {name: scrap for stage in decided for name, scrap in stage.scraps.items()}
        verdict = _verdict(scraps[VERDICT].value) if VERDICT in scraps else None
        return replace(
            record,
            status=_status({stage.status for stage in self.records.values()}, verdict),
            ended=now(),
            seconds=round(time.monotonic() - clock, 3),
            stages=list(self.records.values()),
            verdict=verdict,
            model_version=_table(scraps[MODEL_VERSION].value) if MODEL_VERSION in scraps else None,
            watch=_table(self._whole(scraps[WATCH])) if WATCH in scraps else None,
        )

    def _whole(self, scrap: ScrapRecord) -> Any:  # noqa: ANN401 - whatever a notebook glued
        """Return a value that may be too large for the report."""
        if scrap.inline or scrap.kind != "literal":
            return scrap.value
        return codecs.load(objects.project_store(self.executor.root), scrap.digest, scrap.kind)


def _verdict(value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a notebook glued
    """Return the verdict; one that is none, or does not say that it passed, has not."""
    if isinstance(value, dict) and isinstance(value.get("passed"), bool):
        return value
    return {"passed": False, "gates": [], "problem": f"the scrap {VERDICT!r} is no verdict: {value!r}"}


def _table(value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - whatever a notebook glued
    """Return what a stage says of its version, or of what it watched; None where that is no table."""
    return value if isinstance(value, dict) else None


def _status(stages: set[Status], verdict: dict[str, Any] | None) -> Status:
    if Status.CANCELLED in stages:
        return Status.CANCELLED
    for bad in (Status.DIED, Status.TIMED_OUT, Status.FAILED):
        if bad in stages & BAD:
            return bad
    if verdict is not None and not verdict["passed"]:
        return Status.REFUSED
    return Status.SUCCEEDED


def _stopped_kernels() -> AbstractContextManager[None]:
    from pipeline.runs.kernels import LIVE

    return LIVE.stop()
