"""Replay: runs the code of a report again, as it stands there and on what stands there, in a spawned kernel."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_event_loop

from pipeline.runs import scrubbing
from pipeline.runs.kernels import StageKernel
from pipeline.runs.record import Failure, Status
from pipeline.sparing import spared
from pipeline.stages.notebook import BANNER

with spared():
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

STARTUP_S = 120
_SKIPPED = "StageSkipped"
CellDone = Callable[[int, int, str, float], None]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The code of a report, to be run again.

    Attributes
    ----------
    document
        The report as JSON.
    work
        Folder of this process.
    variables
        What its environment has beside this process's.
    cell_done
        Told after each code cell: its number, how many there are, its id, seconds.
    """

    root: Path
    document: Mapping[str, Any]
    work: Path
    variables: Mapping[str, str]
    cell_done: CellDone

    @contextmanager
    def kernel(self) -> Iterator["Session"]:
        """Start a kernel for the block, and end it and all that it started afterwards."""
        kernel = StageKernel(
            root=str(self.root),
            work=str(self.work),
            variables=dict(self.variables),
        )
        client = NotebookClient(
            bare(self.document), km=kernel, timeout=None, startup_timeout=STARTUP_S, coalesce_streams=True
        )
        try:
            client.reset_execution_trackers()
            with client.setup_kernel(cleanup_kc=True):
                yield Session(client=client, kernel=kernel, cell_done=self.cell_done)
        finally:
            ensure_event_loop().close()  # jupyter opened one for this thread, and would leave it open


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a replay ended: its status, and where and how it stopped."""

    status: Status
    failure: Failure | None = None

    @property
    def place(self) -> tuple[Status, int, str]:
        """What two executions have in common that ended in the same way."""
        return self.status, self.failure.cell if self.failure else 0, self.failure.name if self.failure else ""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A kernel that runs the cells of a report."""

    client: NotebookClient
    kernel: StageKernel
    cell_done: CellDone

    @property
    def connection_file(self) -> str:
        """Path of what a console needs in order to attach."""
        return str(self.kernel.connection_file)

    @property
    def alive(self) -> bool:
        """Say whether the kernel's process is there."""
        process = self.kernel.provisioner.process  # type: ignore[union-attr]
        return process is not None and process.poll() is None

    def run(self, cells: int | None = None) -> Ending:
        """Run the first `cells` cells, by default all of them, until one does not end well."""
        ending = self._run(cells)
        scrubbing.listen(self.kernel.room.trace_file)
        return scrubbing.clean(ending)

    def _run(self, cells: int | None) -> Ending:
        code = [index for index, cell in enumerate(self.client.nb.cells) if cell.cell_type == "code"]
        for index, cell in enumerate(self.client.nb.cells[:cells]):
            began = time.monotonic()
            try:
                self.client.execute_cell(cell, index)
            except (CellExecutionError, DeadKernelError) as error:
                return _ending(error, index + 1)
            if index in code:
                self.cell_done(code.index(index) + 1, len(code), cell.id, time.monotonic() - began)
        return Ending(status=Status.SUCCEEDED)


def bare(document: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a NotebookNode
    """Return a report's cells as they were before they ran: no outputs, no notice on top."""
    cells = [_bare(cell) for cell in document["cells"] if cell.get("id") != BANNER]
    metadata = {name: value for name, value in document["metadata"].items() if name in {"kernelspec", "language_info"}}
    return nbformat.from_dict({**document, "metadata": metadata, "cells": cells})  # type: ignore[no-untyped-call]


def _bare(cell: Mapping[str, Any]) -> dict[str, Any]:
    kept = {**cell, "metadata": {"tags": cell.get("metadata", {}).get("tags", [])}}
    return kept | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})


def _ending(error: CellExecutionError | DeadKernelError, cell: int) -> Ending:
    match error:
        case CellExecutionError() if error.ename == _SKIPPED:
            return Ending(status=Status.SKIPPED)
        case CellExecutionError():
            return Ending(
                status=Status.FAILED, failure=Failure(cell=cell, name=str(error.ename), message=str(error.evalue))
            )
    failure = Failure(cell=cell, name=type(error).__name__, message="the kernel died")
    return Ending(status=Status.DIED, failure=failure)
