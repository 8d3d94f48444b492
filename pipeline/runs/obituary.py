"""Obituary: finishes the record of a run whose runner was killed, from what it left behind."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import RunError
from pipeline.runs.ledger import Entry, Ledger
from pipeline.runs.presence import abandoned
from pipeline.runs.record import Failure, RunRecord, StageRecord, Status, read_run
from pipeline.runs.reports import Reports, RunFolder

REASON = "its runner ended without finishing it"


def finish_dead(reports: Reports, ledger: Ledger) -> None:
    """Finish the record of every run that can no longer finish its own: nobody holds the lock in its folder.

    Raises
    ------
    StoreError
        If a record cannot be written.
    """
    for path in abandoned(reports.folder):
        folder = RunFolder(path, reports.root)
        if (record := _unfinished(folder)) is not None:
            for half in path.glob(".*.tmp"):
                half.unlink()
            folder.record(_finished(folder, record, ledger))
            reports.finish(folder)


def _unfinished(folder: RunFolder) -> RunRecord | None:
    """Return the record of a run where it says that the run goes on; a run killed before its first one has none."""
    try:
        record = read_run(folder.folder / "run.json")
    except RunError:
        return None
    return None if record.ended else record


def _finished(folder: RunFolder, record: RunRecord, ledger: Ledger) -> RunRecord:
    ended = _last_written(folder.folder)
    return replace(
        record,
        status=Status.DIED,
        reason=REASON,
        ended=ended.isoformat(timespec="milliseconds"),
        seconds=round((ended - datetime.fromisoformat(record.started)).total_seconds(), 3),
        stages=[_settled(folder, stage, ledger) for stage in record.stages],
    )


def _settled(folder: RunFolder, stage: StageRecord, ledger: Ledger) -> StageRecord:
    """Say what became of a stage that the record has no ending of."""
    if stage.status is not Status.PENDING:
        return stage
    report = folder.report(stage.name)
    if not report.is_file():
        return replace(stage, status=Status.SKIPPED, reason="the run died before it began")
    known, origin = replace(stage, report=folder.path(stage.name)), _executed_by(report)
    folder.seal(stage.name)
    if (entry := next((each for each in ledger.entries(stage.name) if each.run == origin), None)) is not None:
        return _good(known, entry, Status.SUCCEEDED if origin == folder.run else Status.REUSED)
    failure = Failure(cell=0, name="RunnerEnded", message=REASON)
    return replace(known, status=Status.DIED, executed_by=origin, failure=failure)


def _good(stage: StageRecord, entry: Entry, status: Status) -> StageRecord:
    """Return the record of a stage that ended well just before its runner died."""
    return replace(
        stage,
        status=status,
        seconds=entry.seconds,
        peak_memory_bytes=entry.peak_memory_bytes,
        scraps=entry.scraps,
        executed_by=entry.run,
    )


def _executed_by(report: Path) -> str:
    executed_by: str = json.loads(report.read_bytes())["metadata"]["pipeline"]["run"]
    return executed_by


def _last_written(folder: Path) -> datetime:
    """Return when a run was last heard of."""
    return datetime.fromtimestamp(max(path.stat().st_mtime for path in folder.glob("[!.]*")), UTC)
