"""Kernels: an IPython kernel of this very interpreter for each stage, over sockets in a private folder.

A kernel is a process of its own. One that a zygote forked has the stage's libraries there when it starts; for the rest
it is the program that a spawned one is, and talks in the same way. Sockets are files and not TCP ports: no other kernel
can take one between choosing and binding it, and nothing that is said over them leaves the user's account.
"""

import math
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
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
from traitlets import Dict, Instance, Unicode

from pipeline.project import ROOT_VARIABLE
from pipeline.runs.forking import NotForked, Zygote
from pipeline.runs.tracing import REPORTS, TRACE_FILE

EXTENSION = "--InteractiveShellApp.extra_extensions=['pipeline.runs.tracing']"
_IPC = os.name == "posix"
LAST_WORDS = 8  # lines of what the kernel said outside of cells, such as the stack of a crash
LOOK_EVERY_S = 0.02  # how often to look whether a kernel that was told to end has ended


class Provisioner(LocalProvisioner):
    """Gives jupyter a kernel that a zygote forked, and a spawned one where there is no zygote or it cannot fork.

    Attributes
    ----------
    zygote
        Who forks; None for nobody.
    spawned
        Why a kernel that should have been forked was spawned; empty for all others.
    """

    zygote = Instance(Zygote, allow_none=True)
    spawned = ""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401 - jupyter's own
        """Start the kernel that the command starts: `python -m pipeline.runs.application -f FILE ...`."""
        try:
            if self.zygote is None:
                return await super().launch_kernel(cmd, **kwargs)
            forked = self.zygote.fork(cmd[3:], kwargs["env"], kwargs["stdout"].fileno())
        except NotForked as error:
            self.spawned = str(error)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = forked  # type: ignore[assignment]  # as much of Popen as jupyter uses
        self.pid = self.pgid = forked.pid
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
        """Wait until the kernel says that its outputs are heard, and answers; jupyter's own waits 0.2 s longer.

        Raises
        ------
        RuntimeError
            If the kernel ends before, or needs longer than `timeout` seconds.
        """
        ends = time.monotonic() + (timeout or math.inf)
        await self._first(self.get_iopub_msg, ends)  # `iopub_welcome`
        self.kernel_info()
        self._handle_kernel_info_reply(await self._first(self.get_shell_msg, ends))

    async def _first(self, get: Callable[..., Awaitable[dict[str, Any]]], ends: float) -> dict[str, Any]:
        while time.monotonic() < ends:
            try:
                return await get(timeout=0.5)
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("it ended") from None
        raise RuntimeError("it did not answer in time")


class StageKernel(AsyncKernelManager):
    """A kernel whose working folder is the project's root and which writes down what it reads.

    Attributes
    ----------
    variables
        What its environment has beside this process's.
    zygote
        Who forks it; None where it is spawned.
    """

    root = Unicode()
    trace_file = Unicode()
    log_file = Unicode()
    reports = Unicode()
    variables = Dict()
    zygote = Instance(Zygote, allow_none=True)

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - traitlets' own
        # Short, because the path of a socket may have no more than about a hundred characters.
        self._sockets = tempfile.mkdtemp(prefix="sb-")
        if _IPC:
            options |= {"transport": "ipc", "connection_file": str(Path(self._sockets) / "k.json")}
        super().__init__(**options)
        self.peak_bytes = 0
        self.client_factory = StageClient
        self.kernel_id = str(uuid4())
        arguments = [sys.executable, "-m", "pipeline.runs.application", "-f", "{connection_file}", EXTENSION]
        self._kernel_spec = KernelSpec(argv=arguments, display_name="Python 3", language="python")
        self.provisioner = Provisioner(
            kernel_id=self.kernel_id, kernel_spec=self._kernel_spec, parent=self, zygote=self.zygote
        )

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:  # noqa: ANN401 - jupyter's own
        self._open_log()
        told = {TRACE_FILE: self.trace_file, ROOT_VARIABLE: self.root, REPORTS: self.reports}
        options |= {"cwd": self.root, "env": {**os.environ, **self.variables, **told}}
        options |= {"stdout": self._log, "stderr": self._log}
        prepared: tuple[list[str], dict[str, Any]] = await super()._async_pre_start_kernel(**options)
        return prepared

    async def _async_post_start_kernel(self, **options: Any) -> None:  # noqa: ANN401 - jupyter's own
        await super()._async_post_start_kernel(**options)
        self._pid = self.provisioner.pid  # type: ignore[union-attr]
        LIVE.add(self._pid)

    @property
    def spawned(self) -> str:
        """Why it was spawned where it should have been forked; empty for all others."""
        return str(self.provisioner.spawned)  # type: ignore[union-attr]

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
        return "\n".join([f"the kernel {_ended(code)}{peak}", *self._last_words()])

    def _open_log(self) -> None:
        """Open the log and take its name away: it may hold a secret, and nothing of it outlives a killed run."""
        self._log = Path(self.log_file).open("a+b")  # noqa: SIM115 - as long as the kernel lives
        with suppress(PermissionError):  # Windows lets nobody take away the name of an open file
            Path(self.log_file).unlink()

    def _last_words(self) -> list[str]:
        if not self._log.closed:
            self._log.seek(0)
            self._words = self._log.read().decode(errors="replace").strip().splitlines()[-LAST_WORDS:]
        return self._words

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
        self._last_words()
        self._log.close()
        shutil.rmtree(self._sockets, ignore_errors=True)

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
