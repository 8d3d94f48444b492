"""The zygote: a process that imports what stages need, once, and forks a kernel for each. It never computes.

Started as `python -m pipeline.runs.zygote FD MODULE...` by `pipeline.runs.forking`, with one end of a socket pair. A
request is a line of JSON with two descriptors: where the kernel's output goes, and a socket on which its process id and
later its return code are written. When the other end is closed, every kernel is ended.
"""

import builtins
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pipeline.runs import tracing

# What an ordinary kernel imports while it starts.
KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
)
REQUEST_BYTES = 2**20


class Kernels:
    """The kernels that were forked, and whom to tell when one ends."""

    def __init__(self) -> None:
        self._told: dict[int, socket.socket] = {}

    def add(self, pid: int, told: socket.socket) -> None:
        """Keep a kernel, and say which process it is."""
        self._told[pid] = told
        _say(told, pid)

    def reap(self) -> None:
        """Tell of every kernel that has ended; below zero is the signal that ended it."""
        for pid in list(self._told):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with self._told.pop(pid) as told:
                    _say(told, os.waitstatus_to_exitcode(status))

    def end(self) -> None:
        """End every kernel and what it started."""
        for pid in self._told:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def forget(self) -> None:
        """Close, in a forked process, what is its parent's."""
        for told in self._told.values():
            told.close()


def serve(control: socket.socket, modules: list[str]) -> dict[str, Any] | None:
    """Fork kernels on request and import modules in between; returns in each forked process, with its request."""
    kernels, (woken, wake) = Kernels(), socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([control, woken], [], [], 0 if modules else None)
        if woken in ready:
            woken.recv(4096)
        if control in ready:
            request, descriptors = _receive(control)
            if not request:
                kernels.end()
                return None
            if (pid := _fork(descriptors)) == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                kernels.forget()
                for inherited in (control, woken, wake):
                    inherited.close()
                return json.loads(request)
            kernels.add(pid, socket.socket(fileno=descriptors[1]))
        kernels.reap()
        if not ready and modules:
            _preload(modules.pop(0))


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    data, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, 2)
    while data and not data.endswith(b"\n"):
        data += control.recv(REQUEST_BYTES)
    return data, descriptors


def _fork(descriptors: list[int]) -> int:
    """Fork; the child has the kernel's output as its own, and its parent only the socket."""
    output, told = descriptors
    gc.freeze()  # what is there now is shared with the child for longer
    if (pid := os.fork()) == 0:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(told)
    os.close(output)
    return pid


def _say(told: socket.socket, number: int) -> None:
    with suppress(OSError):  # nobody listens any more
        told.sendall(f"{number}\n".encode())


def _preload(name: str) -> None:
    """Import a module; one that cannot be imported is the affair of the stage that wants it."""
    with suppress(Exception), _heard(), _seen_as_kernel():
        if _installed(name):
            importlib.import_module(name)


def _installed(name: str) -> bool:
    """Say whether a module is an installed package's, and not one of the project that has its name."""
    found = importlib.util.find_spec(name.partition(".")[0])
    return found is not None and bool(found.origin) and not tracing.listening().counts(str(found.origin))


@contextmanager
def _seen_as_kernel() -> Iterator[None]:
    """Let pandas find what it finds in a kernel when it asks, as it is imported, how wide its tables may be."""
    builtins.get_ipython = type("Shell", (), {"kernel": None})  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


@contextmanager
def _heard() -> Iterator[None]:
    """Note which package imports which, for a stage depends on those alone that it would have loaded by itself."""
    ordinary, edges = builtins.__import__, tracing.listening().edges

    def noting(name: str, scope: Any = None, *rest: Any) -> Any:  # noqa: ANN401 - as Python has it
        if scope and not (rest[1:] and rest[1]):
            edges.setdefault(_top(scope.get("__name__", "")), set()).add(_top(name))
        return ordinary(name, scope, *rest)

    builtins.__import__ = noting
    try:
        yield
    finally:
        builtins.__import__ = ordinary


def _top(name: str) -> str:
    return name.partition(".")[0]


def _become_kernel(request: dict[str, Any]) -> None:
    """Be the kernel that `python -m ipykernel_launcher` would be."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = request["arguments"]
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()  # its legacy generator was seeded when it was imported, the same for every kernel
    from ipykernel.kernelapp import IPKernelApp

    application = IPKernelApp.instance(parent_handle=os.getppid())
    application.initialize(sys.argv[1:])
    application.start()


def main() -> None:
    """Import, fork, and in each forked process be a kernel."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path[0] = ""  # the project's root, as IPython has it
    for name in KERNEL:
        importlib.import_module(name)
    tracing.listening()
    request = serve(control, sys.argv[2:])
    if request is not None:
        sys.path.pop(0)
        _become_kernel(request)


if __name__ == "__main__":
    main()
