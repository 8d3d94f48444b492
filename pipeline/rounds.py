"""Rounds: one step of upkeep after the other, each in a process of its own, until somebody says stop."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import project
from pipeline.turns import turn

LONGEST_S = 24 * 3600.0
_SOUND = {0: "done", 3: "no new champion", 4: "somebody has to look"}
Say = Callable[[str], None]


def interval(root: Path, every_s: float | None) -> float:
    """Return the seconds between two steps: as asked, else as settings say."""
    from pipeline.lookback import Lookback

    return Lookback(root).settings.retrain.every_s if every_s is None else every_s


def go_on(root: Path, every_s: float, steps: int | None, say: Say) -> int:
    """Do step after step.

    Parameters
    ----------
    every_s
        Seconds from the end of a step to the beginning of the next; after failures twice as many each, up to a day.
    steps
        How many; None: until SIGTERM or SIGINT, which let a step that goes on finish. A second one stops that too.

    Returns
    -------
        Exit code of the last step; 0 where somebody said stop.

    Raises
    ------
    BusyError
        If another loop is at it.
    """
    with turn(project.state(root) / "retraining" / "loop.lock", 0), _stoppable(say) as stop:
        failures, done, code = 0, 0, 0
        while True:
            code, seconds = _step(root, stop)
            done, failures = done + 1, 0 if code in _SOUND else failures + 1
            wait_s = pause(every_s, failures)
            told = _SOUND.get(code, "failed")
            if stop.asked.is_set() or done == steps:
                say(f"step {done} {told} (exit code {code}, {seconds:.1f} s); the loop ends")
                return code if done == steps else 0
            say(f"step {done} {told} (exit code {code}, {seconds:.1f} s); the next begins in {wait_s:g} s")
            if stop.asked.wait(wait_s):
                say("the loop ends")
                return 0


def pause(every_s: float, failures: int) -> float:
    """Return how long to wait after so many failures in a row.

    >>> [pause(60, failures) for failures in (0, 1, 2, 99)]
    [60, 120, 240, 86400.0]
    """
    return every_s if not failures else max(every_s, min(every_s * 2 ** min(failures, 30), LONGEST_S))


class _Stop:
    """Whether somebody said stop, and the step that goes on."""

    def __init__(self, say: Say) -> None:
        self.asked, self._say = threading.Event(), say
        self.step: subprocess.Popen[bytes] | None = None

    def __call__(self, *_: object) -> None:
        """Take a signal: the first one lets the step finish, another one stops it."""
        if self.step is None or not self.asked.is_set():
            self._say("told to stop" if self.step is None else "told to stop: the step that goes on is finished first")
        elif self.step.poll() is None:
            self.step.terminate()
        self.asked.set()


@contextmanager
def _stoppable(say: Say) -> Iterator[_Stop]:
    stop = _Stop(say)
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _step(root: Path, stop: _Stop) -> tuple[int, float]:
    """Do a step; a process of its own takes nothing along from the one before, and its death is survived."""
    clock = time.monotonic()
    command = [sys.executable, "-m", "pipeline", "retrain"]
    stop.step = subprocess.Popen(command, cwd=root, start_new_session=True)  # noqa: S603 - our own command; signals are ours
    code = stop.step.wait()
    stop.step = None
    return code, time.monotonic() - clock
