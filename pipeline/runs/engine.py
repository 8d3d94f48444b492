"""The engine: runs the cells of a notebook through papermill and says truly what became of them.

The one importer of papermill. papermill marks cells that never ran as completed when a kernel dies, rewrites the whole
file twice a cell, and not atomically; here the status comes from what happened, and a report is written whole, at the
start, every few seconds, and at the end.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from pipeline.runs.kernels import LIVE, StageKernel
from pipeline.runs.record import Failure, Status
from pipeline.store.objects import write_atomic

NAME = "stagebook"
SAVE_EVERY_S = 3.0
BANNER = "stagebook-banner"
_SKIPPED = "StageSkipped"
CellDone = Callable[[int, int, str, float], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a notebook: its status, where it stopped, and why it was skipped."""

    status: Status
    failure: Failure | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A notebook to execute.

    Attributes
    ----------
    document
        The notebook as JSON, its values injected.
    target
        Where the report goes.
    trace_file, log_file
        Where the kernel writes what it reads, and what it says outside of cells.
    cell_timeout_s
        Longest time for one cell, None for no limit.
    cell_done
        Told after each code cell: its number, how many there are, its id, seconds.
    """

    document: dict[str, Any]
    root: Path
    target: Path
    trace_file: Path
    log_file: Path
    cell_timeout_s: int | None
    cell_done: CellDone


def execute(job: Job) -> Outcome:
    """Run every cell of a notebook in a kernel of its own and keep the report, whatever happens.

    Raises
    ------
    StoreError
        If the report cannot be written.
    """
    report = Report(nbformat.from_dict(job.document), job)  # type: ignore[no-untyped-call]
    try:
        with suppress(PapermillExecutionError):  # the report knows better
            papermill.execute_notebook(
                report.nb, None, engine_name=NAME, kernel_name="python3", progress_bar=False, report=report
            )
    finally:
        ensure_event_loop().close()  # jupyter opened one for this thread, and would leave it open
    report.finish()
    return report.outcome


class Report(NotebookExecutionManager):  # type: ignore[misc]
    """The report of a stage while its cells run."""

    def __init__(self, nb: Any, job: Job) -> None:  # noqa: ANN401 - a NotebookNode
        super().__init__(nb, output_path=job.target.name, progress_bar=False)
        self.job = job
        self.outcome = Outcome(status=Status.SUCCEEDED)
        self.saved_at = 0.0

    def save(self, **_: object) -> None:
        """Write the report, at most every few seconds."""
        if time.monotonic() - self.saved_at >= SAVE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write the report now."""
        write_atomic(self.job.target, (json.dumps(self.nb, indent=1, ensure_ascii=False) + "\n").encode())
        self.saved_at = time.monotonic()

    def autosave_cell(self) -> None:
        """Write the report while a cell gives output."""
        self.save()

    @contextmanager
    def running(self, index: int) -> Iterator[None]:
        """Stamp a cell with what happens to it; swallow what ends it, so that the report can be finished."""
        cell = self.nb.cells[index]
        self.cell_start(cell, index)
        started = time.monotonic()
        try:
            yield
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            self.outcome = _outcome(error, index + 1)
            if self.outcome.status is not Status.SKIPPED:
                self.cell_exception(cell, index)
        self.cell_complete(self.nb.cells[index], index)
        if cell.cell_type == "code":
            self._tell(index, time.monotonic() - started)

    def notebook_complete(self, **_: object) -> None:
        """Stamp the whole; cells that never ran stay `pending`, which papermill's own would call completed."""
        ended = self.now()
        self.nb.metadata.papermill["end_time"] = ended.isoformat()
        self.nb.metadata.papermill["duration"] = (ended - self.start_time).total_seconds()

    def finish(self) -> None:
        """Stamp the status, put a notice on top where the stage did not end well, and write the report for good."""
        self.nb.metadata["pipeline"]["status"] = str(self.outcome.status)
        self.nb.cells = [
            cell for cell in self.nb.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
        ]
        if self.outcome.status is not Status.SUCCEEDED:
            self.nb.metadata.papermill["exception"] = self.outcome.failure is not None
            self.nb.cells.insert(0, _banner(self.outcome))
        self.write()

    def _tell(self, index: int, seconds: float) -> None:
        code = [number for number, cell in enumerate(self.nb.cells) if cell.cell_type == "code"]
        self.job.cell_done(code.index(index) + 1, len(code), self.nb.cells[index].get("id", ""), seconds)


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """nbclient, cell by cell, until one does not end well."""

    def execute(self) -> None:
        """Start the kernel, run the cells in order, and end the kernel: at once where a cell did not end well."""
        self.reset_execution_trackers()
        with self.setup_kernel(cleanup_kc=True):
            for index, cell in enumerate(self.nb.cells):
                with self.nb_man.running(index):
                    self.execute_cell(cell, index)
                if self.nb_man.outcome.status is not Status.SUCCEEDED:
                    self.shutdown_kernel = "immediate"
                    return
            info = self.wait_for_reply(self.kc.kernel_info())
            self.nb.metadata["language_info"] = info["content"]["language_info"]
            self.set_widgets_metadata()


class StageEngine(Engine):  # type: ignore[misc]
    """The engine that papermill calls."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, *, report: Report, **_: object) -> Any:  # noqa: ANN401 - papermill's
        """Execute the notebook; `report` knows it already."""
        report.nb = nb
        # papermill puts the whole notebook here, because it was not given a path.
        nb.metadata.papermill |= {"input_path": nb.metadata.pipeline["source"], "output_path": report.output_path}
        report.notebook_start()
        try:
            cls.execute_managed_notebook(report, kernel_name)
        except (DeadKernelError, RuntimeError, TimeoutError) as error:
            # Not in a cell: the kernel did not start, or died at its very end.
            report.outcome = _outcome(error, 0)
        report.notebook_complete()
        return report.nb

    @classmethod
    def execute_managed_notebook(cls, nb_man: Report, kernel_name: str, **_: object) -> None:
        """Start the kernel and run the cells."""
        job = nb_man.job
        manager = StageKernel(root=str(job.root), trace_file=str(job.trace_file), log_file=str(job.log_file))
        client = _Client(
            nb_man,
            km=manager,
            kernel_name=kernel_name,
            timeout=job.cell_timeout_s,
            coalesce_streams=True,
            startup_timeout=120,
        )
        client.execute()


papermill_engines.register(NAME, StageEngine)


def _outcome(error: Exception, cell: int) -> Outcome:
    """Name what an exception of nbclient means."""
    if LIVE.stopped:
        return Outcome(
            status=Status.CANCELLED, failure=Failure(cell=cell, name="Cancelled", message="the run was stopped")
        )
    match error:
        case CellExecutionError() if error.ename == _SKIPPED:
            return Outcome(status=Status.SKIPPED, reason=error.evalue)
        case CellExecutionError():
            failure = Failure(cell=cell, name=error.ename, message=error.evalue)
            return Outcome(status=Status.FAILED, failure=failure)
        case CellTimeoutError():
            message = "the cell took longer than `cell_timeout_s` allows"
            return Outcome(status=Status.TIMED_OUT, failure=Failure(cell=cell, name="CellTimeout", message=message))
    message = (
        "the kernel died: it was killed, ran out of memory, or crashed" if cell else f"the kernel did not run: {error}"
    )
    return Outcome(status=Status.DIED, failure=Failure(cell=cell, name=type(error).__name__, message=message))


def _banner(outcome: Outcome) -> Any:  # noqa: ANN401 - a NotebookNode
    text = f"**This stage was skipped:** {outcome.reason}"
    if outcome.failure is not None:
        where = f" in cell {outcome.failure.cell}" if outcome.failure.cell else ""
        text = f"**This stage {str(outcome.status).replace('_', ' ')}{where}.** Cells after it did not run.\n\n"
        text += f"```\n{outcome.failure.name}: {outcome.failure.message}\n```"
    metadata = {"tags": [BANNER], "papermill": {"status": "completed"}}
    return nbformat.v4.new_markdown_cell(text, id=BANNER, metadata=metadata)  # type: ignore[no-untyped-call]
