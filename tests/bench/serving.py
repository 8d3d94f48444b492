"""Owns the contest of servers: `python tests/bench serve`. Each is asked by wrk in turn, with the same rows."""

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import environments
import servers
import table
from neighbours import Neighbours
from programs import Failed
from servers import Running, Server

MARK = "bench serve"
HERE = Path(__file__).parent / "answering"
LOADS = {"one": (1, 1), "large": (4, 1000), "many": (64, 1)}
"""By name how many connections ask at a time, and with how many rows; what leaves most to be done comes last."""

SERVERS = (
    Server(
        name="empty",
        title="an empty uvicorn, which says the same to all, with httptools and uvloop as ours",
        command=("python", f"{HERE}/empty.py", "{port}", "httptools", "uvloop"),
    ),
    Server(
        name="plain",
        title="the same as uvicorn itself brings it, with h11 and asyncio",
        command=("python", f"{HERE}/empty.py", "{port}", "h11", "asyncio"),
    ),
    Server(
        name="unlogged",
        title="**`pipeline serve`** without its log",
        command=("python", f"{HERE}/unlogged.py", "{port}"),
    ),
    Server(
        name="ours",
        title="**`pipeline serve`**: each answer is on the disk before it is given",
        command=("python", "-m", "pipeline", "serve", "--port", "{port}", "--model", "model"),
    ),
    Server(
        name="bentoml",
        title="BentoML",
        body="bentoml",
        requirements=("bentoml==1.4.40",),
        command=("bentoml", "serve", "bento:Bento", "--host", "127.0.0.1", "--port", "{port}"),
    ),
    Server(
        name="mlflow",
        title="`mlflow models serve`",
        path="/invocations",
        body="mlflow",
        requirements=("mlflow==3.17.2",),
        once=("python", f"{HERE}/saved.py"),
        command=(
            "mlflow", "models", "serve", "-m", "mlflow", "--env-manager", "local", "-h", "127.0.0.1", "-p", "{port}",
            "-w", "1",
        ),
    ),
)  # fmt: skip
_SCRIPT = """\
local file = io.open("{body}"); wrk.body = file:read("*a"); wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
done = function(all, late, _)
  local wrong = all.errors.status + all.errors.connect + all.errors.read + all.errors.timeout
  io.write(string.format("TOLD %f %f %f %d\\n", all.requests / all.duration * 1e6, late:percentile(50) / 1e3,
    late:percentile(99) / 1e3, wrong))
end
"""
COLUMNS = (
    "answers by",
    "requests a second, 64 connections",
    "times the empty one",
    "CPU µs a request",
    "p99, ms",
    "p50 of one connection, ms",
    "1,000 rows: requests a second (CPU ms)",
    "first answer after, s (CPU s)",
    "memory, MiB",
)
NOTE = """\
Medians of {rounds} interleaved rounds of {seconds} s (with the least and the most) on {day}: {cores} cores, which all
servers and wrk shared, and of which other programs took {others} meanwhile. One process a server, the same boosted
trees on the same 20 mixed columns, whose answers agree. Here a direct prediction of one row takes {direct} ms, and a
write to the disk {disk} ms. {told} `nox -s bench -- serve` writes this."""


@dataclass(kw_only=True)
class Measured:
    """What was measured of a server: by load, of each round requests a second, p50 and p99 in ms, CPU µs a request."""

    server: Server
    rounds: dict[str, list[tuple[float, float, float, float]]] = field(
        default_factory=lambda: {name: [] for name in LOADS}
    )
    wall_s: float = math.nan
    cpu_s: float = math.nan
    memory_bytes: int = 0
    failure: str = ""

    def over(self, load: str, place: int) -> list[float]:
        """Return one of the four numbers of all rounds."""
        return [each[place] for each in self.rounds[load]]

    def row(self, empty: "Measured") -> str:
        """Write it as a row of the table."""
        title = " ".join([self.server.title, *(f"({each.replace('==', ' ')})" for each in self.server.requirements)])
        if self.failure:
            return f"| {title} | {' '.join(self.failure.replace('|', ' ').split())} |{' |' * (len(COLUMNS) - 2)}"
        ratios = [mine / its for mine, its in zip(self.over("many", 0), empty.over("many", 0), strict=True)]
        told = [_spread(self.over("many", 0), 0), _spread(ratios, 3), f"{median(self.over('many', 3)):,.0f}"]
        told.append(_spread(self.over("many", 2), 1))
        large = f"{median(self.over('large', 0)):.1f} ({median(self.over('large', 3)) / 1e3:.1f})"
        told += [f"{median(self.over('one', 1)):.2f}", large]
        told += [f"{self.wall_s:.1f} ({self.cpu_s:.1f})", f"{self.memory_bytes / 2**20:.0f}"]
        return f"| {title} | {' | '.join(told)} |"


def main(arguments: Sequence[str]) -> int:
    """Hold the contest, print the table, and put it into the README where all took part."""
    parser = argparse.ArgumentParser(prog="nox -s bench -- serve", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is asked (default: 3)")
    parser.add_argument("--seconds", type=int, default=5, help="how long each time (default: 5)")
    parser.add_argument("--only", default=",".join(each.name for each in SERVERS), help="some of them; README stays")
    asked = parser.parse_args(arguments)
    if not shutil.which("wrk"):
        parser.error("wrk asks the questions, and is not installed: `apt-get install wrk`")
    chosen = [each for each in SERVERS if each.name in {*asked.only.split(","), "empty"}]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = contest(chosen, Path(folder), asked.rounds, asked.seconds)
    sys.stdout.write(f"\n{found}\n")
    if len(chosen) == len(SERVERS):
        table.put(found, environments.ROOT / "README.md", MARK)
    return 0


def contest(chosen: Sequence[Server], folder: Path, rounds: int, seconds: int) -> str:
    """Start all servers, ask each in turn, and write the table."""
    neighbours, told = Neighbours(), _python(HERE / "model.py", folder)
    shutil.copy(HERE / "bento.py", folder)
    measured = [Measured(server=server) for server in chosen]
    with ExitStack() as stack:
        started = [(each, _start(stack, each, folder)) for each in measured]
        for number in range(rounds):
            for each, server in started:
                _say(f"round {number + 1} of {rounds}: {each.server.name}")
                if server is not None:
                    for load, (connections, rows) in LOADS.items():
                        each.rounds[load].append(_load(server, folder, connections, rows, seconds))
                    each.memory_bytes = server.memory_bytes()
    direct, disk = _python(HERE / "direct.py", folder).split()
    note = NOTE.format(
        rounds=rounds,
        seconds=seconds,
        day=datetime.now(UTC).date(),
        cores=_cores(),
        others=f"{neighbours.cores():.1f}",
        direct=direct,
        disk=disk,
        told=told,
    )
    head = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    return "\n".join([*head, *(each.row(measured[0]) for each in measured), "", note])


def _start(stack: ExitStack, each: Measured, folder: Path) -> Running | None:
    """Start a server, and see that it says what the model says; what is wrong with it, the table tells."""
    _say(f"start of {each.server.name}")
    try:
        environment = environments.environment(each.server)
        servers.prepare(each.server, environment, folder)
        found = stack.enter_context(servers.running(each.server, environment, folder))
        if each.server.name not in {"empty", "plain"}:
            _require_agreement(servers.said(found, folder), folder)
    except Failed as failure:
        each.failure = str(failure)
        _say(f"  {failure}")
        return None
    each.wall_s, each.cpu_s = found.wall_s, found.cpu_s
    _load(found, folder, *LOADS["many"], 1)
    return found


def _require_agreement(said: Sequence[float], folder: Path) -> None:
    wanted = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    if len(said) != len(wanted) or not all(map(partial(math.isclose, abs_tol=1e-6), said, wanted)):
        raise Failed("its answers are not the model's")


def _load(found: Running, folder: Path, connections: int, rows: int, seconds: int) -> tuple[float, float, float, float]:
    """Let wrk ask; returns requests a second, p50 and p99 in ms, CPU µs a request.

    Raises
    ------
    Failed
        If a request fails.
    """
    script = folder / "ask.lua"
    script.write_text(_SCRIPT.format(body=folder / f"{found.server.body}-{rows}.json"), encoding="utf-8")
    address = f"http://127.0.0.1:{found.port}{found.server.path}"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(script), address]
    before = found.cpu_total_s()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    taken = found.cpu_total_s() - before
    told = re.search(r"TOLD (\S+) (\S+) (\S+) (\d+)", done.stdout)
    if not told or int(told[4]):
        raise Failed(f"wrk says of {found.server.name}: {done.stdout}")
    return float(told[1]), float(told[2]), float(told[3]), taken / seconds / max(float(told[1]), 1 / seconds) * 1e6


def _spread(values: Sequence[float], digits: int) -> str:
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _python(program: Path, folder: Path) -> str:
    command = [sys.executable, str(program), str(folder)]
    return subprocess.run(command, cwd=environments.ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
