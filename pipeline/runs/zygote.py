"""The zygote: a process that imports what stages need, once, and forks a kernel for each. It never computes.

Started as `python -m pipeline.runs.zygote FD MODULE...` by `pipeline.runs.forking`, with one end of a socket pair. A
request is a line of JSON with two descriptors: where the kernel's output goes, and a socket on which its process id and
later its return code are written. A patient one is answered when everything has been imported, so that it is ready for
whoever comes next. When the other end is closed, every kernel is ended.
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
from typing import Any, NoReturn

from pipeline.runs import application, tracing

# What an ordinary kernel imports while it starts.
KERNEL = (
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "sqlite3",
    "tornado.platform.asyncio",
    "traitlets.config.argcomplete_config",
)
REQUEST_BYTES = 2**20
Asked = tuple[dict[str, Any], list[int]]  # what is wanted, and the descriptors that came along


class Zygote:
    """Whoever forks.

    Parameters
    ----------
    control
        Where requests come from.
    modules
        What to import while there is no request, in this order.
    """

    def __init__(self, control: socket.socket, modules: list[str]) -> None:
        self._control, self._modules = control, modules
        self._kernels: dict[int, socket.socket] = {}  # where to tell of the end of each
        self._asked: list[Asked] = []
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)  # noqa: FBT003 - as sockets have it
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)

    def serve(self) -> dict[str, Any]:
        """Fork kernels, import in between; returns in each forked process, with what is wanted of it.

        Raises
        ------
        SystemExit
            If nobody wants kernels any more.
        """
        while True:
            waiting = self._next()
            if waiting is not None and not self._missing(waiting):
                self._asked.remove(waiting)
                if self._forked(*waiting[1]):
                    return waiting[0]
                continue
            name = next(iter(self._missing(waiting) if waiting else self._modules), "")
            self._hear(0 if name else None)
            if name in self._modules:
                self._modules.remove(name)
                _preload(name)

    def _next(self) -> Asked | None:
        """Return whom to serve first: who lacks the fewest modules, and need not wait for those of another."""
        return min(self._asked, key=lambda asked: len(self._missing(asked)), default=None)

    def _missing(self, asked: Asked) -> list[str]:
        wanted = asked[0].get("modules", self._modules)  # a patient one waits for all of them
        return [name for name in self._modules if name in wanted]

    def _hear(self, timeout_s: float | None) -> None:
        """Take requests, and note which kernels have ended."""
        ready, _, _ = select.select([self._control, self._woken], [], [], timeout_s)
        if self._woken in ready:
            self._woken.recv(4096)
            self._reap()
        if self._control in ready:
            self._asked.append(self._received())

    def _received(self) -> Asked:
        data, descriptors, _, _ = socket.recv_fds(self._control, REQUEST_BYTES, 2)
        if not data:
            self._end()
        request: dict[str, Any] = json.loads(data)
        return request, descriptors

    def _forked(self, output: int, told: int) -> bool:
        """Fork a kernel, and say whether this is it."""
        with socket.socket(fileno=told) as listener, os.fdopen(output, "wb"):
            if threading.active_count() > 1:  # it would be gone in a forked process, and what it locked would stay so
                return False
            gc.freeze()  # what is there now is shared with the child for longer
            if (pid := os.fork()) == 0:
                self._leave(output)
                return True
            self._kernels[pid] = listener.dup()
        _say(self._kernels[pid], pid)
        return False

    def _reap(self) -> None:
        """Tell of every kernel that has ended; below zero is the signal that ended it."""
        for pid in list(self._kernels):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with self._kernels.pop(pid) as told:
                    _say(told, os.waitstatus_to_exitcode(status))

    def _end(self) -> NoReturn:
        """End every kernel and what it started, and this process."""
        for pid in self._kernels:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        sys.exit()

    def _leave(self, output: int) -> None:
        """Become a process of its own, with output of its own, in which nothing of its parent's is open."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for inherited in (self._control, self._woken, self._wake, *self._kernels.values()):
            inherited.close()
        for descriptor in [descriptor for _, descriptors in self._asked for descriptor in descriptors]:
            os.close(descriptor)
        os.dup2(output, 1)
        os.dup2(output, 2)


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

    def noting(name: str, scope: Any = None, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - as Python has it
        importer, imported = _top(scope.get("__name__", "")) if scope else "", _top(name)
        if importer and imported and importer not in sys.stdlib_module_names:
            edges.setdefault(importer, set()).add(imported)
        return ordinary(name, scope, *rest, **named)

    builtins.__import__ = noting  # type: ignore[assignment]
    try:
        yield
    finally:
        builtins.__import__ = ordinary


def _top(name: str) -> str:
    return name.partition(".")[0]


def _become_kernel(request: dict[str, Any]) -> None:
    """Be the kernel that `python -m pipeline.runs.application` would be."""
    os.environ[tracing.TRACE_FILE] = request["trace"]
    sys.argv = [str(application.__file__), "-f", request["connection"], *application.OPTIONS]
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()  # its legacy generator was seeded when it was imported, the same for every kernel
    kernel = application.StageApplication.instance(parent_handle=os.getppid())
    kernel.initialize(sys.argv[1:])  # type: ignore[no-untyped-call]
    kernel.start()  # type: ignore[no-untyped-call]


def main() -> None:
    """Import, fork, and in each forked process be a kernel."""
    sys.path[0] = ""  # the project's root, as IPython has it
    for name in KERNEL:
        importlib.import_module(name)
    tracing.listening()
    request = Zygote(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:]).serve()
    sys.path.pop(0)  # IPython puts it there again
    _become_kernel(request)


if __name__ == "__main__":
    main()
