"""Reports: the folder of each run, the newest good report of each stage, and the index. Nothing here is overwritten."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path

from pipeline.errors import RunError, StoreError
from pipeline.runs import junit
from pipeline.runs.record import RunRecord, StageRecord, Status, read_run
from pipeline.runs.scrubbing import clean
from pipeline.store.objects import write_atomic

LATEST = "latest"
INDEXED = 50
_HEAD = "# Runs\n\n| run | status | seconds | stages | model | metrics |\n|---|---|---|---|---|---|\n"
_SHOWN_METRICS = 2
METRICS = "metrics"  # the scrap that the index shows: by name, {"value", "low", "high"}


@dataclass(frozen=True)
class Reports:
    """The folder of a project's reports, and the project's root."""

    folder: Path
    root: Path

    def start(self) -> "RunFolder":
        """Make the folder of a new run; its name sorts by time.

        Raises
        ------
        RunError
            If the folder cannot be made.
        """
        while True:
            folder = self.folder / new_id()
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                folder.mkdir()
            except FileExistsError:
                continue  # another run started within this microsecond
            except OSError as error:
                raise RunError(
                    f"cannot keep reports in {self.folder}: {error.strerror}. Make the folder writable, or set "
                    "`reports` in [tool.pipeline]."
                ) from error
            return RunFolder(folder, self.root)

    def runs(self) -> list[Path]:
        """List the folders of runs, newest first."""
        return sorted((path.parent for path in self.folder.glob("[0-9]*/run.json")), reverse=True)

    def show_latest(self, report: Path) -> None:
        """Make a good report the newest of its stage. A copy, so that editing it leaves the report as it is."""
        data, latest = report.read_bytes(), self.folder / LATEST / report.name
        if not latest.is_file() or latest.read_bytes() != data:
            write_atomic(latest, data)

    def finish(self, run: "RunFolder") -> None:
        """Say how a run went to CI too, make it the newest one where it is, and write the index anew."""
        record, latest = run.folder / "run.json", self.folder / LATEST / "run.json"
        write_atomic(run.folder / "junit.xml", junit.render(read_run(record)))
        if _run_of(latest) <= run.run:
            write_atomic(latest, record.read_bytes())
        self.write_index()

    def write_index(self) -> None:
        """Write the index anew."""
        write_atomic(self.folder / "index.md", self._index().encode())

    def _index(self) -> str:
        known = self._known()
        rows = "".join(f"{known.get(run.name) or _row(run)}\n" for run in self.runs()[:INDEXED])
        return f"{_HEAD}{rows}\nThe newest {INDEXED}; made from each `run.json`.\n"

    def _known(self) -> dict[str, str]:
        """Return the rows of the index as it stands, by run, where the run has ended and its record is older."""
        index = self.folder / "index.md"
        try:
            written, text = index.stat().st_mtime_ns, index.read_text("utf-8")
        except (OSError, ValueError):
            return {}
        rows = text.removeprefix(_HEAD).split("\n") if text.startswith(_HEAD) else []
        ended = {run: row for row in rows if (run := _ended(row))}
        return {run: row for run, row in ended.items() if _written(self.folder / run / "run.json") < written}


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run."""

    folder: Path
    root: Path

    @property
    def run(self) -> str:
        """The run's id."""
        return self.folder.name

    def report(self, stage: str) -> Path:
        """Return where the report of a stage stands."""
        return self.folder / f"{stage}.ipynb"

    def path(self, stage: str) -> str:
        """Return the same as text: from the project's root where it is inside, so that the project can be moved."""
        report = self.report(stage)
        return report.relative_to(self.root).as_posix() if report.is_relative_to(self.root) else str(report)

    def set_aside(self, stage: str, attempt: int) -> str:
        """Keep the report of an attempt that did not end well under another name, and return its path."""
        name = f"{stage}.attempt-{attempt}"
        self.report(stage).rename(self.report(name))
        return self.path(name)

    def record(self, record: RunRecord) -> None:
        """Write `run.json`."""
        write_atomic(self.folder / "run.json", clean(record).as_json())

    def seal(self, stage: str) -> None:
        """Make a report read-only: it is finished."""
        self.report(stage).chmod(0o444)

    def reuse(self, stage: str, report: Path) -> None:
        """Put a report of an earlier run here too: the same file, or a copy where links are not to be had."""
        target = self.report(stage)
        try:
            os.link(report, target)
        except OSError:
            try:
                shutil.copy2(report, target)
            except OSError as error:
                raise StoreError(f"cannot write {target}: {error.strerror}. Make its folder writable.") from error


def new_id() -> str:
    """Name a run by the moment it starts, to the microsecond, so that names sort by time."""
    moment = datetime.now(UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}-{moment.microsecond:06x}"


def _run_of(record: Path) -> str:
    """Return the id of the run that a record is of; empty, which is older than any, where there is none."""
    try:
        return read_run(record).run
    except RunError:
        return ""


def _ended(row: str) -> str:
    """Return the run that a row of the index is of, empty where it had not ended."""
    match row.split(" | "):
        case [run, status, *_] if status in set(Status) - {Status.PENDING}:
            return run.removeprefix("| ")
    return ""


def _written(record: Path) -> float:
    """Return when a file was written, nanoseconds; later than all where it is not there."""
    try:
        return record.stat().st_mtime_ns
    except OSError:
        return inf


def _row(folder: Path) -> str:
    try:
        record = read_run(folder / "run.json")
    except RunError:
        return f"| {folder.name} | its record cannot be read | | | | |"
    stages = " ".join(_link(record.run, stage) for stage in record.stages)
    model = record.model_version or {}
    version = f"{model.get('name', '')} {model.get('version', '')}".strip()
    return f"| {record.run} | {record.status} | {record.seconds:.1f} | {stages} | {version} | {_metrics(record)} |"


def _link(run: str, stage: StageRecord) -> str:
    mark = {Status.SUCCEEDED: "", Status.REUSED: " (reused)"}.get(stage.status, f" ({stage.status})")
    return f"[{stage.name}]({run}/{stage.name}.ipynb){mark}" if stage.report else f"{stage.name}{mark}"


def _metrics(record: RunRecord) -> str:
    """Return the first metrics of the scrap `metrics`, each with its interval."""
    found = next((stage.scraps[METRICS].value for stage in record.stages if METRICS in stage.scraps), None)
    estimates = found.items() if isinstance(found, dict) else ()
    shown = [
        _estimate(name, each)
        for name, each in estimates
        if isinstance(each, dict) and all(isinstance(each.get(end), int | float) for end in ("value", "low", "high"))
    ]
    return ", ".join(shown[:_SHOWN_METRICS])


def _estimate(name: str, estimate: dict[str, float]) -> str:
    return f"{name} {estimate['value']:.4g} ({estimate['low']:.4g} to {estimate['high']:.4g})"
