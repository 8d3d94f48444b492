"""Lookup: finds a run by what a person types of its id, and a stage of it."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.errors import UsageError, near
from pipeline.runs.record import RunRecord, StageRecord, read_run
from pipeline.runs.reports import LATEST
from pipeline.store.objects import write_atomic

_NAMED = 5  # runs that a message names


@dataclass(frozen=True)
class PastRun:
    """A run of the past: its record, and the project and folder in which its reports stand."""

    root: Path
    folder: Path
    record: RunRecord

    def stage(self, name: str) -> StageRecord:
        """Return what became of a stage.

        Raises
        ------
        UsageError
            If the run has no stage of this name, or kept no report of it.
        """
        stages = {stage.name: stage for stage in self.record.stages}
        if name not in stages:
            raise UsageError(f"the run {self.record.run} has no stage {name!r}: {near(name, stages)}")
        if not stages[name].report:
            raise UsageError(
                f"the run {self.record.run} has no report of {name!r}: it was {stages[name].status}"
                f"{f' ({stages[name].reason})' if stages[name].reason else ''}. Choose a stage that ran."
            )
        return stages[name]

    def report(self, stage: StageRecord) -> Path:
        """Return where the report of a stage stands: in the run's folder, wherever that came to be since."""
        return self.folder / PurePosixPath(stage.report).name


def find(root: Path, reports: Path, given: str = LATEST) -> PastRun:
    """Find a run by the beginning of its id.

    Parameters
    ----------
    reports
        The folder of the runs.
    given
        So much of the id that no other run begins with it, or `latest`.

    Raises
    ------
    UsageError
        If there is no such run, or more than one.
    RunError
        If its record cannot be read.
    """
    runs = sorted((path.parent.name for path in reports.glob("[0-9]*/run.json")), reverse=True)
    if not runs:
        raise UsageError(f"there is no run in {reports}. Run the pipeline first: `pipeline run`.")
    asked = runs[0] if given == LATEST else given
    found = [asked] if asked in runs else [run for run in runs if run.startswith(asked)]
    if len(found) != 1:
        raise UsageError(_unclear(given, found, runs))
    folder = reports / found[0]
    return PastRun(root, folder, read_run(folder / "run.json"))


def scratch_copy(report: Path, folder: Path) -> Path:
    """Copy a report to where it can be edited, beside earlier copies of it, and return where it is.

    Raises
    ------
    StoreError
        If the copy cannot be written.
    """
    copy, number = folder / report.name, 1
    while copy.exists():
        number += 1
        copy = folder / f"{report.stem}-{number}.ipynb"
    write_atomic(copy, report.read_bytes())
    return copy


def _unclear(given: str, found: list[str], runs: list[str]) -> str:
    if found:
        return f"{len(found)} runs begin with {given!r}: {_list(found)}. Give more of the id."
    return f"no run begins with {given!r}. The newest are {_list(runs)}; `{LATEST}` names the first of them."


def _list(runs: list[str]) -> str:
    return ", ".join(runs[:_NAMED]) + (", ..." if len(runs) > _NAMED else "")
