"""Kernels: an IPython kernel of this very interpreter for each stage, over sockets in a private folder.

Sockets are files and not TCP ports: no other kernel can take one between choosing and binding it, and nothing that is
said over them leaves the user's account.
"""

import os
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Unicode

from pipeline.runs.tracing import TRACE_FILE

EXTENSION = "--InteractiveShellApp.extra_extensions=['pipeline.runs.tracing']"
_IPC = os.name == "posix"


class StageKernel(AsyncKernelManager):
    """A kernel whose working folder is the project's root and which writes down what it reads."""

    root = Unicode()
    trace_file = Unicode()
    log_file = Unicode()

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - traitlets' own
        # Short, because the path of a socket may have no more than about a hundred characters.
        self._sockets = tempfile.mkdtemp(prefix="sb-")
        if _IPC:
            options |= {"transport": "ipc", "connection_file": str(Path(self._sockets) / "k.json")}
        super().__init__(**options)
        arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", EXTENSION]
        self._kernel_spec = KernelSpec(argv=arguments, display_name="Python 3", language="python")

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:  # noqa: ANN401 - jupyter's own
        self._log = Path(self.log_file).open("wb")  # noqa: ASYNC230, SIM115 - as long as the kernel lives
        options |= {"cwd": self.root, "env": {**os.environ, TRACE_FILE: self.trace_file}}
        options |= {"stdout": self._log, "stderr": self._log}
        prepared: tuple[list[str], dict[str, Any]] = await super()._async_pre_start_kernel(**options)
        return prepared

    async def _async_post_start_kernel(self, **options: Any) -> None:  # noqa: ANN401 - jupyter's own
        await super()._async_post_start_kernel(**options)
        self._pid = self.provisioner.pid  # type: ignore[union-attr]
        LIVE.add(self._pid)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - jupyter's own
        await super()._async_cleanup_resources(restart=restart)
        LIVE.discard(self._pid)
        self._log.close()
        shutil.rmtree(self._sockets, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources  # the base class binds its own under this name


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

    def stop(self) -> None:
        """End every kernel, and all processes that its notebook started in its group."""
        self.stopped = True
        with self._lock:
            for pid in self._pids:
                _end(pid)


def _end(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


LIVE = _Live()
