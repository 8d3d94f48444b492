"""Owns running a contender's program: its seconds, its memory, and that it leaves nothing behind."""

import os
import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from contender import Contender

MARK = "STAGEBOOK_BENCH"
LOG = "bench.log"
SAMPLED_EVERY_S = 0.05
LEAVES_WITHIN_S = 15.0
DROPPED = ("PYTHON", "PIPELINE_", "VIRTUAL_ENV", "MPLBACKEND")  # what would change how a contender runs


class Failed(Exception):  # noqa: N818 - what became of a contender: the table shows it
    """A contender cannot take part; the text is the reason that the table shows."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A contender's command in the environment that it was given."""

    contender: Contender
    environment: Path
    mark: str = field(default_factory=lambda: f"{MARK}={uuid.uuid4().hex}")  # an environment variable of its processes

    def seconds(self, folder: Path) -> float:
        """Run the command in a folder and return how long it took.

        Raises
        ------
        Failed
            If it fails, or leaves a process running.
        """
        started = time.perf_counter()
        with self._running(folder) as process:
            process.wait()
            return time.perf_counter() - started

    def peak_bytes(self, folder: Path) -> int:
        """Run the command and return the most memory that all its processes had together, shared pages counted once.

        Samples cost time, so a run is either timed or sampled.

        Raises
        ------
        Failed
            If it fails, or leaves a process running.
        """
        peak = 0
        with self._running(folder) as process:
            while process.poll() is None:
                peak = max(peak, sum(map(_bytes, _marked(self.mark))))
                time.sleep(SAMPLED_EVERY_S)
        return peak

    @contextmanager
    def _running(self, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
        name, *arguments = self.contender.command
        program = self.environment / "bin" / name
        with (folder / LOG).open("ab") as log:
            command = [program if program.exists() else name, *arguments]
            yield (process := subprocess.Popen(command, cwd=folder, env=self._variables(), stdout=log, stderr=log))
        if process.returncode:
            raise Failed(f"`{' '.join(self.contender.command)}` ended with {process.returncode}: {_last_line(folder)}")
        self._wait_until_alone()

    def _variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
        path = os.pathsep.join([str(self.environment / "bin"), kept.get("PATH", os.defpath)])
        mark, value = self.mark.split("=")
        return kept | {"PATH": path, "OMP_NUM_THREADS": "1", mark: value, **self.contender.variables}

    def _wait_until_alone(self) -> None:
        """Wait for processes that outlive the command, so that they do not slow down who comes next."""
        until = time.monotonic() + LEAVES_WITHIN_S
        while left := list(_marked(self.mark)):
            if time.monotonic() > until:
                raise Failed(f"{len(left)} processes still ran {LEAVES_WITHIN_S:.0f} s after the command had ended")
            time.sleep(SAMPLED_EVERY_S)


def _marked(mark: str) -> Iterator[Path]:
    """Find every living process that a command started, however far it has moved away: all inherit the mark."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                yield process


def _bytes(process: Path) -> int:
    """Return a process's memory, its share of what it has in common with others (PSS); 0 where it has just ended."""
    with suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) * 1024 if found else 0
    return 0


def _last_line(folder: Path) -> str:
    lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
