"""Presence: who works on a project at the moment, so that nobody takes a process that lives for one that was killed.

A process holds a lock in each folder that it works in. Only a process that was killed leaves such a lock to be taken.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from pipeline.errors import BusyError
from pipeline.turns import turn

LOCK = ".lock"
WORK = "work"  # of the state folder: a folder for each process that is at work
SOCKETS = "sockets"  # suffix of files that name the folder in which a kernel has its sockets
GATE_S = 60.0
ALONE_S = 10.0
_LOOK_EVERY_S = 0.1


@contextmanager
def present(folder: Path) -> Iterator[None]:
    """Be seen in a folder while the block runs; where it fails, others find the folder as if this process had died."""
    lock = folder / LOCK
    with turn(lock, GATE_S):
        yield
        lock.unlink(missing_ok=True)


def abandoned(folder: Path) -> Iterator[Path]:
    """Yield each folder in this one whose process has died; nobody else is at it meanwhile, or finds it again."""
    for lock in sorted(folder.glob(f"*/{LOCK}")):
        try:
            with turn(lock, 0):
                yield lock.parent
                lock.unlink(missing_ok=True)
        except (BusyError, OSError):  # it lives; or this is a copy that cannot be written, and says nothing
            continue


@contextmanager
def at_work(state: Path, what: str) -> Iterator[Path]:
    """Give this process a folder of its own in a project's state, and remove what the dead have left there.

    Parameters
    ----------
    what
        What it is about to do, in a word: others are told that this keeps them waiting.

    Raises
    ------
    BusyError
        If `alone` is held by another process, and for long.
    """
    with ExitStack() as stack:
        with turn(_gate(state), GATE_S):
            _bury(state)
            folder = Path(mkdtemp(prefix=f"{what}-{os.getpid()}-", dir=state / WORK))
            stack.enter_context(present(folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(state: Path, timeout_s: float = ALONE_S) -> Iterator[None]:
    """Let nobody be at work in a project while the block runs.

    Raises
    ------
    BusyError
        If somebody still is after `timeout_s` seconds.
    """
    ends = time.monotonic() + timeout_s
    with turn(_gate(state), timeout_s):
        while busy := _alive(state):
            if time.monotonic() >= ends:
                raise BusyError(
                    f"{', '.join(busy)} goes on in {state.parent}, and may need what would be removed. "
                    "Wait until it ends and try again."
                )
            time.sleep(_LOOK_EVERY_S)
        yield


def _gate(state: Path) -> Path:
    return state / WORK / LOCK


def _bury(state: Path) -> None:
    """Remove the folders of processes that died, and the sockets of their kernels, which are elsewhere."""
    for folder in abandoned(state / WORK):
        for named in folder.rglob(f"*.{SOCKETS}"):
            shutil.rmtree(named.read_text(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _alive(state: Path) -> list[str]:
    """Name who is at work."""
    _bury(state)
    names = (path.parent.name.split("-") for path in (state / WORK).glob(f"*/{LOCK}"))
    return [f"`pipeline {what}` (process {pid})" for what, pid, *_ in names]
