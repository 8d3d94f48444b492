"""Supervisor: keeps one version answering at one address, whatever happens to the process that does so.

It holds the socket, so that no connection is refused while one process follows another. The next one is started beside
the present one, proves itself, and is let in; then the present one drains. A process that ends by itself is started
again, at once and then ever later.
"""

import logging
import os
import signal
import socket
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

from pipeline.deploy import standing
from pipeline.deploy.conformance import Golden
from pipeline.deploy.standing import Standing, Wanted
from pipeline.deploy.target import State
from pipeline.deploy.worker import Worker
from pipeline.errors import DeployError, PipelineError

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
_WELL_S = 60.0  # whoever lived so long did not end of how it was started
_BACKLOG = 1024
_log = logging.getLogger(__name__)


class Supervisor:
    """Looks after the processes of one target.

    Parameters
    ----------
    folder
        Where `Wanted` says what shall answer; `Standing` is kept there too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._events: SimpleQueue[Worker | signal.Signals] = SimpleQueue()
        self._worker: Worker | None = None
        self._wanted: Wanted | None = None
        self._door: socket.socket | None = None
        self._started, self._deaths = 0.0, 0

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, or until what is wanted first does not come up; SIGHUP: look what is wanted.

        Raises
        ------
        BusyError
            If another one looks after this folder.
        """
        with standing.alive(self._folder):
            for each in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
                signal.signal(each, lambda number, _: self._events.put(signal.Signals(number)))
            self._standing = Standing(supervisor=os.getpid())
            self._take_up()
            while self._wanted:
                self._handle(self._next())

    def _next(self) -> "Worker | signal.Signals | None":
        """Wait for what happens; None: it is time to start again."""
        try:
            return self._events.get(timeout=None if self._worker else self._pause_s)
        except Empty:
            return None

    @property
    def _pause_s(self) -> float:
        return min(FIRST_PAUSE_S * 2.0 ** (self._deaths - 1), LONGEST_PAUSE_S)

    def _handle(self, event: "Worker | signal.Signals | None") -> None:
        if event is None:
            self._start_again()
        elif event is signal.SIGHUP:
            self._take_up()
        elif isinstance(event, signal.Signals):
            self._end()
        elif event is self._worker:
            self._lost(event)

    def _take_up(self) -> None:
        """Let what is wanted take the place of what is there, if it comes up."""
        wanted = standing.read(self._folder, Wanted)
        if wanted is None or wanted == self._wanted:
            return
        before, door = self._worker, self._door
        try:
            if door is None or self._wanted is None or (wanted.host, wanted.port) != _at(self._wanted):
                door = _listening(wanted)
            self._begin(wanted, door)
        except PipelineError as error:
            if door is not None and door is not self._door:
                door.close()
            self._note(tried=wanted.release, failure=str(error), **({} if before else {"state": State.FAILING}))
            return
        if self._door is not None and self._door is not door:
            self._door.close()
        self._wanted, self._door, self._deaths = wanted, door, 0
        if before:
            before.drain()
        self._note_ready(restarts=0, tried=wanted.release, failure="")

    def _begin(self, wanted: Wanted, door: socket.socket) -> None:
        """Start a process, see that it answers as it must, and let others ask it."""
        worker = Worker(
            wanted.place,
            root=Path(wanted.root),
            log=self._folder / "log",
            host=wanted.host,
            door=door,
            patience_s=wanted.patience_s,
        )
        try:
            worker.require_ready(Golden(wanted.model, wanted.version, wanted.golden, wanted.predictions))
            worker.open()
        except (PipelineError, OSError) as error:
            worker.kill()
            raise DeployError(f"{error}") from error
        self._worker, self._started = worker, time.monotonic()
        threading.Thread(target=self._watch, args=(worker,), daemon=True).start()

    def _watch(self, worker: Worker) -> None:
        worker.wait()
        self._events.put(worker)

    def _lost(self, worker: Worker) -> None:
        """Note that the process that answered has ended."""
        self._deaths = 1 if time.monotonic() - self._started > _WELL_S else self._deaths + 1
        self._worker = None
        why = f"the process {worker.process.pid} ended with {worker.process.returncode}"
        _log.error("%s; it is started again in %.1f s", why, self._pause_s)
        self._note(state=State.STARTING, pid=0, failure=why)

    def _start_again(self) -> None:
        assert self._wanted is not None  # noqa: S101 - the loop ends without
        assert self._door is not None  # noqa: S101 - as above
        try:
            self._begin(self._wanted, self._door)
        except PipelineError as error:
            self._deaths += 1
            _log.error("%s; it is tried again in %.1f s", error, self._pause_s)
            self._note(state=State.FAILING, failure=str(error))
            return
        self._note_ready(restarts=self._standing.restarts + 1)

    def _end(self) -> None:
        """Drain, and end."""
        if self._door is not None:
            self._door.close()
        if self._worker is not None:
            self._worker.drain()
            self._worker.wait()
        self._worker = self._wanted = None
        self._note(state=State.WITHDRAWN, pid=0, release=0)

    def _note_ready(self, **also: object) -> None:
        assert self._wanted is not None  # noqa: S101 - it is set before
        assert self._worker is not None  # noqa: S101 - as above
        assert self._door is not None  # noqa: S101 - as above
        wanted = self._wanted
        named = {"release": wanted.release, "model": wanted.model, "version": wanted.version, "bundle": wanted.bundle}
        self._note(**named, pid=self._worker.process.pid, url=_url(self._door), state=State.READY, **also)

    def _note(self, **changes: object) -> None:
        moved = {"since": Standing(supervisor=0).since} if "state" in changes else {}
        self._standing = self._standing.model_copy(update={**moved, **changes})
        standing.write(self._folder, self._standing)


def _listening(wanted: Wanted) -> socket.socket:
    """Listen where it is wanted."""
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(_at(wanted))
        door.listen(_BACKLOG)
    except OSError as error:
        door.close()
        raise DeployError(
            f"cannot listen at {wanted.host}:{wanted.port}: {error.strerror}. Choose another port, or 0 for any."
        ) from error
    return door


def _at(wanted: Wanted) -> tuple[str, int]:
    return wanted.host, wanted.port


def _url(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
