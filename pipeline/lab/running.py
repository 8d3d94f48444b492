"""Running: the commands that JupyterLab's server starts in a project, each in a process of its own.

What a stage imports, and what is read to say how it stands, is so never older than the project's files.
"""

import json
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.errors import BusyError
from pipeline.lab.standing import Standing, State

ASK_S = 300.0
_GRACE_S = 20.0
_TO_READ = re.compile(r"\s+read (?:it|why):\s+(\S.*\.ipynb)$")


@dataclass(frozen=True)
class StageRun:
    """A `pipeline run` that was started here, with the lines that it has written so far."""

    stage: str
    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Keep the lines as they come, until there will be no more."""
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))
        self.process.wait()
        self.ended.set()

    def state(self, first_line: int = 0) -> dict[str, Any]:
        """Say how it goes, with the lines from a number on, in JSON."""
        ended, lines = self.ended.is_set(), list(self.lines)
        went_wrong = ended and self.process.returncode != 0 and not self.stopped.is_set()
        return {
            "stage": self.stage,
            "running": not ended,
            "problem": problem(lines) if went_wrong else "",
            "report": next((found[1] for line in lines if (found := _TO_READ.match(line))), "") if went_wrong else "",
            "lines": lines[first_line:],
            "next": len(lines),
        }


@dataclass
class Desk:
    """Asks how stages stand, and runs one of them at a time.

    Attributes
    ----------
    run
        The newest one, which may have ended.
    asker
        Asks one question after the other: a window with many tabs has many at once.
    """

    root: Path
    run: StageRun | None = None
    asker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))

    def standing(self, stage: str) -> dict[str, Any]:
        """Ask how a stage stands, in JSON; what hinders to say so is said instead."""
        command = _command("standing", "--", stage)
        try:
            asked = subprocess.run(  # noqa: S603 - our own command
                command, cwd=self.root, capture_output=True, encoding="utf-8", timeout=ASK_S, check=True
            )
            found: dict[str, Any] = json.loads(asked.stdout)
        except subprocess.CalledProcessError as error:
            found = asdict(Standing(stage=stage, state=State.UNCLEAR, reason=problem(error.stderr.splitlines())))
        except subprocess.TimeoutExpired:
            reason = f"`pipeline plan {stage}` has not ended within {ASK_S:.0f} s."
            found = asdict(Standing(stage=stage, state=State.UNCLEAR, reason=reason))
        return found

    @property
    def running(self) -> str:
        """The stage that is running, with what it needs; empty where none is."""
        return "" if self.run is None or self.run.ended.is_set() else self.run.stage

    def start(self, stage: str) -> StageRun:
        """Run a stage, and what it needs.

        Raises
        ------
        BusyError
            If another one runs.
        """
        if self.run is not None and self.running:
            raise BusyError(f"{self.run.stage} is running. Wait until it has ended, or stop it.")
        process = subprocess.Popen(  # noqa: S603 - our own command
            _command("run", "--", stage),
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C in the server's terminal asks first, and may be answered no
        )
        self.run = StageRun(stage, process)
        threading.Thread(target=self.run.listen, daemon=True).start()
        return self.run

    def stop(self) -> None:
        """Ask what runs to stop; it keeps its reports."""
        if self.run is not None and self.running:
            self.run.stopped.set()
            self.run.process.send_signal(signal.SIGTERM)

    def leave(self) -> None:
        """Stop what runs, and wait until it has."""
        self.stop()
        if self.run is not None and not self.run.ended.wait(_GRACE_S):
            self.run.process.kill()


def problem(lines: list[str]) -> str:
    """Pick the line that says what went wrong: where there is a summary its first, else the last one of all.

    >>> problem(["a | failed: oops", "", "a failed in cell 3: oops", "", "  read it: reports/1/a.ipynb"])
    'a failed in cell 3: oops'
    >>> problem(["GraphError: there is no stage 'b'"])
    "GraphError: there is no stage 'b'"
    """
    summary = next((after for line, after in pairwise(lines) if not line and after), "")
    return summary or next((line for line in reversed(lines) if line), "it said nothing")


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", *arguments]
