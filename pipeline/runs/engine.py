"""The engine: runs the cells of a notebook through papermill and says truly what became of them.

The one importer of papermill. papermill marks cells that never ran as completed when a kernel dies, rewrites the whole
file twice a cell, and not atomically; here the status comes from what happened, and a report is written whole, at the
start, every few seconds, and at the end.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from jupyter_core.utils import ensure_event_loop

from pipeline.handoff import scraps_of
from pipeline.runs import scrubbing
from pipeline.runs.job import Job, Outcome
from pipeline.runs.kernels import LIVE, StageKernel
from pipeline.runs.outputs import coalesced
from pipeline.runs.record import Failure, Status
from pipeline.sparing import spared
from pipeline.stages.notebook import BANNER
from pipeline.store.objects import write_atomic

with spared():
    import nbformat
    import papermill
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
    from papermill.exceptions import PapermillExecutionError

NAME = "stagebook"
SAVE_EVERY_S = 3.0
SMALL_BYTES = 2**20
WATCH_EVERY_S = 0.1
STARTUP_S = 120
_SKIPPED = "StageSkipped"


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
    if report.outcome.status is not Status.SUCCEEDED:
        report.finish()
    return report.whole()


class Report(NotebookExecutionManager):  # type: ignore[misc]
    """The report of a stage while its cells run."""

    def __init__(self, nb: Any, job: Job) -> None:  # noqa: ANN401 - a NotebookNode
        super().__init__(nb, output_path=job.target.name, progress_bar=False)
        self.job = job
        self.kernel = StageKernel(
            root=str(job.root),
            reports=str(job.target.parent.parent),
            work=str(job.work),
            variables=dict(job.variables),
            source=job.source,
        )
        self.deadlines = job.limits.from_now()
        self.outcome = Outcome(status=Status.SUCCEEDED)
        self.saved_at, self.saved_bytes, self.written_bytes = 0.0, 0, 0

    def save(self, **_: object) -> None:
        """Write the report, at most every few seconds; a large one only so often that it is written thrice in all."""
        affordable = self.saved_bytes <= SMALL_BYTES or self.written_bytes <= self.saved_bytes
        if affordable and time.monotonic() - self.saved_at >= SAVE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write the report now."""
        scrubbing.listen(self.kernel.room.trace_file)
        data = (json.dumps(scrubbing.document(self.nb), indent=1, ensure_ascii=False) + "\n").encode()
        write_atomic(self.job.target, data)
        self.saved_at, self.saved_bytes = time.monotonic(), len(data)
        self.written_bytes += len(data)

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
            self.outcome = self.judge(error, index + 1)
            if self.outcome.status is not Status.SKIPPED:
                self.cell_exception(cell, index)
        self.cell_complete(self.nb.cells[index], index)
        if cell.cell_type == "code":
            cell.outputs = coalesced(cell.outputs)
            self._tell(index, time.monotonic() - started)

    def notebook_complete(self, **_: object) -> None:
        """Stamp the whole; cells that never ran stay `pending`, which papermill's own would call completed."""
        ended = self.now()
        self.nb.metadata.papermill["end_time"] = ended.isoformat()
        self.nb.metadata.papermill["duration"] = (ended - self.start_time).total_seconds()

    def finish(self) -> None:
        """Stamp the status, put a notice on top where the stage did not end well, and write the report for good."""
        read = self.kernel.room.notes().get("snapshots", {})  # of sources: what the stage reads when it is run again
        self.nb.metadata["pipeline"] |= {"status": str(self.outcome.status), "snapshots": read}
        self.nb.cells = [
            cell for cell in self.nb.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
        ]
        if self.outcome.status is not Status.SUCCEEDED:
            self.nb.metadata.papermill["exception"] = self.outcome.failure is not None
            self.nb.cells.insert(0, _banner(self.outcome))
        self.write()

    def whole(self) -> Outcome:
        """Return what became of the notebook, with what is known of its kernel."""
        kernel = self.kernel
        return replace(
            self.outcome, peak_memory_bytes=kernel.peak_bytes, spawned=kernel.spawned, notes=kernel.room.notes()
        )

    def ran(self) -> None:
        """Finish the report of a notebook whose cells all ended well, unless what it should have glued is missing."""
        self.require(self.job.outputs)
        if self.outcome.status is Status.SUCCEEDED:
            self.notebook_complete()
            self.finish()
            self.job.succeeded(self.whole())

    def judge(self, error: Exception, cell: int) -> Outcome:
        """Name what an exception of nbclient means; `cell` counts from 1, and is 0 outside of cells."""
        if LIVE.stopped:
            return _bad(Status.CANCELLED, cell, "Cancelled", "the run was stopped")
        match error:
            case CellExecutionError() if error.ename == _SKIPPED:
                return Outcome(status=Status.SKIPPED, reason=error.evalue)
            case CellExecutionError():
                return _bad(Status.FAILED, cell, error.ename, error.evalue)
            case CellTimeoutError():
                message = f"it took longer than `{self.deadlines.nearest()}` allows"
                return _bad(Status.TIMED_OUT, cell, "CellTimeout", message)
            case DeadKernelError():
                return _bad(Status.DIED, cell, "DeadKernel", self.kernel.fate())
        said = [f"the kernel did not start: {error}", *self.kernel.room.last_words()]
        return _bad(Status.DIED, cell, type(error).__name__, "\n".join(said))

    def require(self, names: tuple[str, ...]) -> None:
        """Fail where the code says that it glues a name, and did not."""
        glued = {scrap.name for scrap in scraps_of(self.nb)}
        missing = [name for name in names if name not in glued]
        if missing and self.outcome.status is Status.SUCCEEDED:
            message = (
                f"{', '.join(map(repr, missing))} should have been glued and was not: glue None where there is nothing"
            )
            self.outcome = _bad(Status.FAILED, 0, "OutputMissing", message)

    def _tell(self, index: int, seconds: float) -> None:
        code = [number for number, cell in enumerate(self.nb.cells) if cell.cell_type == "code"]
        self.job.cell_done(code.index(index) + 1, len(code), self.nb.cells[index].get("id", ""), seconds)


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """nbclient, cell by cell, until one does not end well."""

    async def _async_poll_kernel_alive(self) -> None:
        """Watch the kernel while a cell runs, oftener than nbclient, and how much memory it takes."""
        while not self.nb_man.kernel.gone():  # noqa: ASYNC110 - a process tells nobody that it ended
            await asyncio.sleep(WATCH_EVERY_S)
        self.task_poll_for_reply.cancel()

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
            self.nb_man.ran()


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
            report.outcome = report.judge(error, 0)
        report.notebook_complete()
        return report.nb

    @classmethod
    def execute_managed_notebook(cls, nb_man: Report, kernel_name: str, **_: object) -> None:
        """Start the kernel and run the cells."""
        client = _Client(
            nb_man,
            km=nb_man.kernel,
            kernel_name=kernel_name,
            timeout_func=nb_man.deadlines.left_s,
            startup_timeout=STARTUP_S,
            iopub_timeout=STARTUP_S,  # a busy machine may deliver the last of many outputs late
        )
        client.execute()


papermill_engines.register(NAME, StageEngine)


def _bad(status: Status, cell: int, name: str, message: str) -> Outcome:
    return Outcome(status=status, failure=Failure(cell=cell, name=name, message=message))


def _banner(outcome: Outcome) -> Any:  # noqa: ANN401 - a NotebookNode
    text = f"**This stage was skipped:** {outcome.reason}"
    if outcome.failure is not None:
        where = f" in cell {outcome.failure.cell}" if outcome.failure.cell else ""
        text = f"**This stage {str(outcome.status).replace('_', ' ')}{where}.** Cells after it did not run.\n\n"
        text += f"```\n{outcome.failure.name}: {outcome.failure.message}\n```"
    metadata = {"tags": [BANNER], "papermill": {"status": "completed"}}
    return nbformat.v4.new_markdown_cell(text, id=BANNER, metadata=metadata)  # type: ignore[no-untyped-call]
