"""Owns a server of the contest: how it is started, when it answers, what it takes, and that it ends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from programs import DROPPED, Failed

TICKS = os.sysconf("SC_CLK_TCK")
READY_WITHIN_S = 120.0
ASKED_EVERY_S = 0.02


@dataclass(frozen=True, kw_only=True)
class Server:
    """One row of the table.

    Attributes
    ----------
    name, title
        What `--only` takes and its environment is called; what the table calls it.
    command
        Starts it; `{port}` is its port. Its program is in the environment.
    path, body
        Where it is asked for predictions, and the beginning of the names of the files that hold what it is asked.
    requirements
        What its environment holds beside the libraries that all have; empty: the project's own.
    once
        What is run before it can start.
    """

    name: str
    title: str
    command: tuple[str, ...]
    path: str = "/predict"
    body: str = "ours"
    requirements: tuple[str, ...] = ()
    once: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server that answers.

    Attributes
    ----------
    wall_s, cpu_s
        From its start to its first answer, and what that took all its processes.
    """

    server: Server
    process: "subprocess.Popen[bytes]"
    port: int
    wall_s: float
    cpu_s: float

    def cpu_total_s(self) -> float:
        """Return what all its processes have taken so far."""
        return sum(map(_cpu_s, _tree(self.process.pid)))

    def memory_bytes(self) -> int:
        """Return what all its processes hold, pages that they share counted once (PSS)."""
        return sum(map(_pss, _tree(self.process.pid)))


@contextmanager
def running(server: Server, environment: Path, folder: Path) -> Iterator[Running]:
    """Start a server, wait for its first answer, and end it with the block.

    Raises
    ------
    Failed
        If it ends before, or takes too long.
    """
    port, began = _free(), time.perf_counter()
    with (folder / f"{server.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [each.format(port=port) for each in _found(server.command, environment)],
            cwd=folder,
            env=_variables(environment),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(server, process, port, folder)
        seconds = time.perf_counter() - began
        taken = sum(map(_cpu_s, _tree(process.pid)))
        yield Running(server=server, process=process, port=port, wall_s=seconds, cpu_s=taken)
    finally:
        for each in _tree(process.pid):  # some put their workers into groups of their own
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        process.wait()


def prepare(server: Server, environment: Path, folder: Path) -> None:
    """Run what a server needs before it can start.

    Raises
    ------
    Failed
        If that fails.
    """
    if not server.once:
        return
    command = _found(server.once, environment)
    done = subprocess.run(command, cwd=folder, env=_variables(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{server.once[-1]} failed: {done.stderr.strip().splitlines()[-1]}")


def said(found: Running, folder: Path) -> list[float]:
    """Return the probabilities that a server gives for all examples."""
    answer = json.loads(_asked(found.server, found.port, folder, "1000"))
    return [_probability(each) for each in answer["predictions"]] if isinstance(answer, dict) else answer


def _probability(each: object) -> float:
    return float(each["probability"] if isinstance(each, dict) else each[1] if isinstance(each, list) else each)


def _asked(server: Server, port: int, folder: Path, rows: str = "1") -> bytes:
    body = (folder / f"{server.body}-{rows}.json").read_bytes()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        line.request("POST", server.path, body, {"Content-Type": "application/json"})
        answer = line.getresponse()
        told = answer.read()
    if answer.status != 200:
        raise Failed(f"it answers {answer.status}: {told[:200].decode(errors='replace')}")
    return told


def _wait(server: Server, process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Failed(f"it ended: {(folder / f'{server.name}.log').read_text(errors='replace')[-300:]}")
        with suppress(OSError, http.client.HTTPException):
            _asked(server, port, folder)
            return
        time.sleep(ASKED_EVERY_S)
    raise Failed(f"it did not answer within {READY_WITHIN_S:g} s")


def _found(command: tuple[str, ...], environment: Path) -> list[str]:
    return [str(environment / "bin" / command[0]), *command[1:]]


def _variables(environment: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    if environment == Path(sys.prefix) and "PYTHONPATH" in os.environ:
        kept["PYTHONPATH"] = os.environ["PYTHONPATH"]
    path = os.pathsep.join([str(environment / "bin"), os.environ.get("PATH", os.defpath)])
    return kept | {
        "PATH": path,
        "OMP_NUM_THREADS": "1",
        "BENTOML_DO_NOT_TRACK": "True",
        "MLFLOW_DISABLE_TELEMETRY": "1",
    }


def _free() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


def _tree(process: int) -> list[int]:
    """List a process and all that it has started."""
    children = Path(f"/proc/{process}/task/{process}/children")
    try:
        below = [int(each) for each in children.read_text().split()]
    except OSError:
        return []
    return [process, *(deeper for each in below for deeper in _tree(each))]


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def _pss(process: int) -> int:
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return next(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("Pss:"))
