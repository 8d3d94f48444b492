"""Forking: asks a zygote for kernels. They are ordinary kernels, but what stages import is there when they start.

The zygote belongs to one run: it starts with the first stage that has to run, and ends with the run.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.project import ROOT_VARIABLE
from pipeline.runs.tracing import REPORTS

BACKEND = "module://matplotlib_inline.backend_inline"  # what a kernel lets matplotlib draw with
FORK_S = 60.0  # a module that is being imported is waited for


class NotForked(Exception):  # noqa: N818 - not an error: an ordinary kernel takes its place
    """The zygote could not give a kernel."""


class Zygote:
    """The process that forks kernels; see `pipeline.runs.zygote`.

    Parameters
    ----------
    root, reports
        Folders of the project and of its runs.
    modules
        What it imports, in this order, while it is not asked for a kernel.
    variables
        What its environment has beside this process's.
    """

    def __init__(self, root: Path, reports: Path, modules: Sequence[str], variables: Mapping[str, str]) -> None:
        self._root, self._modules = root, modules
        folders = {ROOT_VARIABLE: str(root), REPORTS: str(reports)}
        self._environment = {"MPLBACKEND": BACKEND, **os.environ, **variables, **folders}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, once; it begins to import at once."""
        with self._lock:
            if self._process is None:
                self._control, other = socket.socketpair()
                with other:
                    self._process = self._started(other.fileno())

    def fork(self, arguments: Sequence[str], environment: Mapping[str, str], output: int) -> "Forked":
        """Get a new kernel.

        Parameters
        ----------
        arguments
            Of the kernel: `-f FILE ...`.
        output
            Descriptor of a file for what it says outside of cells.

        Raises
        ------
        NotForked
            If the zygote has ended, or may not fork.
        """
        request = {"arguments": list(arguments), "environment": dict(environment), "folder": str(self._root)}
        told, other = socket.socketpair()
        told.settimeout(FORK_S)
        try:
            with other, self._lock:
                socket.send_fds(self._control, [json.dumps(request).encode() + b"\n"], [output, other.fileno()])
            return Forked(told)
        except (OSError, ValueError) as error:
            told.close()
            raise NotForked(f"the process that forks kernels did not answer: {error}") from error

    def close(self) -> None:
        """End the process and every kernel that is left."""
        with self._lock:
            if self._process is not None:
                self._control.close()
                self._process.kill()  # it may be importing, and owes nobody anything
                self._process.wait()

    def _started(self, descriptor: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "pipeline.runs.zygote", str(descriptor), *self._modules],
            cwd=self._root,
            env=self._environment,
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process, which then closes the other one
        )


class Forked:
    """A process that another one forked for us: as much of `subprocess.Popen` as jupyter uses.

    Attributes
    ----------
    returncode
        None while it lives; below zero it is the signal that ended it.
    """

    stdin = stdout = stderr = None

    def __init__(self, told: socket.socket) -> None:
        self._told, self._heard = told, b""
        self.returncode: int | None = None
        self.pid = self._number()

    def poll(self) -> int | None:
        """Return the return code, None while the process lives."""
        if self.returncode is None:
            self._look(0)
        return self.returncode

    def wait(self) -> int:
        """Wait for the process to end, and return its return code."""
        while self.returncode is None:
            self._look(None)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal; nothing happens where the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, timeout_s: float | None) -> None:
        self._told.settimeout(timeout_s)
        try:
            self.returncode = self._number()
        except (TimeoutError, BlockingIOError):
            return
        except OSError:  # the zygote has ended, and every kernel with it
            self.returncode = -signal.SIGKILL
        self._told.close()

    def _number(self) -> int:
        while b"\n" not in self._heard:
            more = self._told.recv(64)
            if not more:
                raise ConnectionError("it has ended")
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return int(line)
