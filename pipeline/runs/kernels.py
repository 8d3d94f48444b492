"""Kernels: an IPython kernel of this very interpreter for each stage, over sockets in a private folder.

A kernel is a process of its own. One that a zygote forked has the stage's libraries there when it starts; for the rest
it is the program that a spawned one is, and talks in the same way. Sockets are files and not TCP ports: no other kernel
can take one between choosing and binding it, and nothing that is said over them leaves the user's account.
"""

import math
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Any as Any_
from traitlets import Dict, Unicode

from pipeline.project import ROOT_VARIABLE
from pipeline.runs.application import OPTIONS
from pipeline.runs.forking import Forked, NotForked
from pipeline.runs.room import Room
from pipeline.runs.tracing import REPORTS, TRACE_FILE

NUDGE_S = 1.0  # a kernel that does not answer is asked again
END_WITHIN_S = 10.0  # for what a notebook left to be done at the end; half of it before it is told to stop
LOOK_EVERY_S = 0.02  # how often to look whether a kernel that was told to end has ended


class Provisioner(LocalProvisioner):
    """Gives jupyter a kernel that is there already, as a zygote forked it; else starts one.

    Attributes
    ----------
    forked
        The one that is there.
    """

    forked: Forked | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401 - jupyter's own
        """Start the command, or take what is there."""
        if self.forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = self.forked  # type: ignore[assignment]  # as much of Popen as jupyter uses
        self.pid = self.pgid = self.forked.pid
        self.cwd = kwargs["cwd"]
        return self.connection_info


class StageClient(AsyncKernelClient):
    """Whoever talks to a kernel."""

    def _context_default(self) -> Any:  # noqa: ANN401 - of zmq
        """Return the context of its sockets.

        By default they drop messages after the first thousand that wait, and try every 0.1 s to reach a new kernel.
        """
        context = super()._context_default()
        context.rcvhwm = 0
        context.reconnect_ivl = 5  # milliseconds
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - jupyter's own
        """Wait until the kernel answers and its outputs are heard; jupyter's own waits 0.2 s longer.

        Raises
        ------
        RuntimeError
            If the kernel ends before, or needs longer than `timeout` seconds.
        """
        ends = time.monotonic() + (timeout or math.inf)
        while time.monotonic() < ends:
            self.kernel_info()  # what it says of that is heard, even where it failed to notice that somebody listens
            try:
                await self.get_iopub_msg(timeout=NUDGE_S)
                self._handle_kernel_info_reply(await self.get_shell_msg(timeout=NUDGE_S))
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("it ended") from None
            else:
                return
        raise RuntimeError("it did not answer in time")


class StageKernel(AsyncKernelManager):
    """A kernel whose working folder is the project's root and which writes down what it reads.

    Attributes
    ----------
    work
        Folder of this process.
    variables
        What its environment has beside this process's.
    source
        What gives it; None where it is spawned.
    spawned
        Why it was spawned where it should have been forked; empty for all others.
    """

    root = Unicode()
    reports = Unicode()
    work = Unicode()
    variables = Dict()
    source = Any_(None, allow_none=True)
    spawned = ""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - traitlets' own
        super().__init__(**options)
        self.peak_bytes = 0
        self.shutdown_wait_time = END_WITHIN_S
        self.client_factory = StageClient
        self.kernel_id = str(uuid4())
        forked = self._forked()
        self.room = forked.room if forked else Room(Path(self.work))
        arguments = [sys.executable, "-m", "pipeline.runs.application", "-f", "{connection_file}", *OPTIONS]
        self._kernel_spec = KernelSpec(argv=arguments, display_name="Python 3", language="python")
        self.provisioner = Provisioner(kernel_id=self.kernel_id, kernel_spec=self._kernel_spec, parent=self)
        self.provisioner.forked = forked
        self.load_connection_file(str(self.room.connection_file))
        self.connection_file = str(self.room.connection_file)
        self._connection_file_written = True

    def _forked(self) -> Forked | None:
        try:
            return self.source() if self.source else None
        except NotForked as error:
            self.spawned = str(error)
            return None

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:  # noqa: ANN401 - jupyter's own
        told = {TRACE_FILE: str(self.room.trace_file), ROOT_VARIABLE: self.root, REPORTS: self.reports}
        options |= {"cwd": self.root, "env": {**os.environ, **self.variables, **told}}
        options |= {"stdout": self.room.log, "stderr": self.room.log, "extra_arguments": []}  # OPTIONS are all
        prepared: tuple[list[str], dict[str, Any]] = await super()._async_pre_start_kernel(**options)
        return prepared

    async def _async_post_start_kernel(self, **options: Any) -> None:  # noqa: ANN401 - jupyter's own
        await super()._async_post_start_kernel(**options)
        self._pid = self.provisioner.pid  # type: ignore[union-attr]
        LIVE.add(self._pid)

    def gone(self) -> bool:
        """Say whether the kernel's process has ended; while it has not, take note of its memory."""
        process = self.provisioner.process  # type: ignore[union-attr]
        if process is None or process.poll() is not None:
            return True
        self.peak_bytes = max(self.peak_bytes, _peak_bytes(process.pid))
        return False

    def fate(self) -> str:
        """Say how the kernel's process ended, how much memory it had taken, and its last words."""
        process = self.provisioner.process  # type: ignore[union-attr]
        code = process.returncode if process else None
        peak = f"; it had taken up to {self.peak_bytes / 2**20:.0f} MiB" if self.peak_bytes else ""
        return "\n".join([f"the kernel {_ended(code)}{peak}", *self.room.last_words()])

    async def _async_finish_shutdown(
        self,
        waittime: float | None = None,
        pollinterval: float = LOOK_EVERY_S,
        restart: bool = False,  # noqa: FBT001, FBT002 - jupyter's own
    ) -> None:
        await super()._async_finish_shutdown(waittime, pollinterval, restart)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - jupyter's own
        await super()._async_cleanup_resources(restart=restart)
        LIVE.discard(self._pid)
        self.room.leave()

    cleanup_resources = _async_cleanup_resources  # the base class binds its own under this name


def _ended(code: int | None) -> str:
    """Put the return code of a process into words: below zero it is the signal that ended it."""
    if code is None:
        return "died"
    if code >= 0:
        return f"left by itself with exit code {code}"
    why = {signal.SIGKILL: ", as the system does where memory runs out"}.get(signal.Signals(-code), "")
    return f"was ended by {signal.Signals(-code).name}{why}"


def _peak_bytes(pid: int) -> int:
    """Return the largest resident size that a process has had; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found.group(1)) * 1024 if found else 0


class _Live:
    """Process groups of the kernels that this process started, so that none outlives an interrupted run."""

    def __init__(self) -> None:
        self._pids: set[int] = set()
        self._lock = threading.Lock()
        self.stopped = False

    def add(self, pid: int) -> None:
        """Remember a kernel; end it at once where everything has been stopped."""
        with self._lock:
            self._pids.add(pid)
        if self.stopped:
            _end(pid)

    def discard(self, pid: int) -> None:
        """Forget a kernel that has ended, and end whatever its notebook left running in its group."""
        with self._lock:
            self._pids.discard(pid)
        _end(pid)

    @contextmanager
    def stop(self) -> Iterator[None]:
        """End every kernel, and all processes that its notebook started in its group; let none start meanwhile."""
        self.stopped = True
        with self._lock:
            for pid in self._pids:
                _end(pid)
        try:
            yield
        finally:
            self.stopped = False


def _end(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


LIVE = _Live()
