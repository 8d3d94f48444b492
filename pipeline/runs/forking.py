"""Forking: asks a zygote for kernels. They are ordinary kernels, but what stages import is there when they start.

The zygote belongs to one run: it starts with the first stage that has to run, and ends with the run. It is asked for
one kernel more than is needed, so that one is ready when the next stage begins.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.project import ROOT_VARIABLE
from pipeline.runs.room import Room
from pipeline.runs.tracing import REPORTS

BACKEND = "module://matplotlib_inline.backend_inline"  # what a kernel lets matplotlib draw with
FORK_S = 60.0  # a module that is being imported is waited for
ENDING_S = 1.0


class NotForked(Exception):  # noqa: N818 - not an error: an ordinary kernel takes its place
    """The zygote could not give a kernel."""


class Forked:
    """A process that another one forked for us: as much of `subprocess.Popen` as jupyter uses.

    Attributes
    ----------
    room
        Where it talks.
    pid
        0 until it is forked.
    returncode
        None while it lives; below zero it is the signal that ended it.
    """

    stdin = stdout = stderr = None

    def __init__(self, room: Room, told: socket.socket) -> None:
        self.room, self._told, self._heard = room, told, b""
        self.pid = 0
        self.returncode: int | None = None

    def started(self) -> "Forked":
        """Wait until it is forked.

        Raises
        ------
        OSError
            If it never will be, or not in time.
        """
        self._told.settimeout(FORK_S)
        try:
            self.pid = self.pid or self._number()
        except OSError:
            self.forget()
            raise
        return self

    def pending(self) -> bool:
        """Say whether it is not forked so far."""
        self._told.settimeout(0)
        try:
            self.pid = self.pid or self._number()
        except BlockingIOError:
            return True
        except OSError:
            self.returncode = -signal.SIGKILL
        return False

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

    def forget(self) -> None:
        """Close what stands for a process that nobody wants."""
        self._told.close()
        self.room.leave()

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
                raise ConnectionError("it has ended, or a module that it loaded has started a thread")
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return int(line)


Source = Callable[[], Forked]


class Zygote:
    """The process that forks kernels; see `pipeline.runs.zygote`.

    Parameters
    ----------
    root, reports, work
        Folders of the project, of its runs, and of this process.
    modules
        What it imports, in this order, while it is not asked for a kernel.
    variables
        What its environment has beside this process's.
    """

    def __init__(
        self, root: Path, reports: Path, work: Path, *, modules: Sequence[str], variables: Mapping[str, str]
    ) -> None:
        self._root, self._work, self._modules = root, work, modules
        folders = {ROOT_VARIABLE: str(root), REPORTS: str(reports)}
        self._environment = {**os.environ, **variables, **folders}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._spare: Forked | None = None

    def start(self) -> None:
        """Start the process, once; it begins to import at once."""
        with self._lock:
            if self._process is None:
                self._control, other = socket.socketpair()
                with other:
                    self._process = self._started(other.fileno())

    def kernel(self, modules: Sequence[str]) -> Forked:
        """Get a new kernel: the one that is ready where there is one.

        Parameters
        ----------
        modules
            What it has to have, as far as the zygote imports it at all.

        Raises
        ------
        NotForked
            If the zygote has ended, or may not fork.
        """
        try:
            with self._lock:
                found = self._ready() or self._asked({"modules": list(modules)})
                self._spare = self._spare or self._asked({"patient": True})
            return found.started()
        except OSError as error:
            raise NotForked(f"the process that forks kernels gave none: {error}") from error

    def close(self) -> None:
        """End the process and every kernel that is left."""
        if self._process is None:
            return
        self._control.close()
        try:
            self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:  # it is importing, and then has no kernel left
            self._process.kill()
            self._process.wait()
        if self._spare is not None:
            self._spare.forget()

    def _ready(self) -> Forked | None:
        """Return the kernel that is ready, where there is one that lives."""
        spare = self._spare
        if spare is None or spare.pending():
            return None
        self._spare = None
        if spare.poll() is None:
            return spare
        spare.forget()
        return None

    def _asked(self, request: Mapping[str, object]) -> Forked:
        """Ask for a kernel; a patient one comes when everything has been imported."""
        told, other = socket.socketpair()
        forked = Forked(Room(self._work), told)
        room = {"connection": str(forked.room.connection_file), "trace": str(forked.room.trace_file)}
        try:
            with other:
                data = json.dumps({**room, **request}).encode() + b"\n"
                socket.send_fds(self._control, [data], [forked.room.log.fileno(), other.fileno()])
        except OSError:
            forked.forget()
            raise
        return forked

    def _started(self, descriptor: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "pipeline.runs.zygote", str(descriptor), *self._modules],
            cwd=self._root,
            env={"MPLBACKEND": BACKEND, **self._environment},
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process, which then closes the other one
        )
