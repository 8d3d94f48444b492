"""A project that is served month after month, and what becomes of its model meanwhile."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from calling import Running, ask, running
from rows import Table

from pipeline.data import schema
from pipeline.data.rules import Rules
from pipeline.serving.rows import plain

REPOSITORY = Path(__file__).resolve().parents[2]
A_REQUEST = 100  # rows
MEANWHILE_S = 0.25  # between two requests while a model is trained
SWAP_S = 60.0
ONE_CORE = {"PIPELINE_JOBS": "1", "OMP_NUM_THREADS": "1"}  # as many strategies as cores go on at the same time
SETTINGS = """\
[tool.pipeline.data]
source = "first.parquet"
target = "{target}"
time = "{time}"
{id}schema = "rules.yaml"

[tool.pipeline.models]
name = "m"

{settings}"""


@dataclass(kw_only=True)
class Strategy:
    """A way to keep a model, and what it costs.

    Attributes
    ----------
    name
        For people.
    command
        What is called at the end of a month, after `pipeline`; empty: nothing.
    answers
        A table a month: `month`, `truth`, `said` (probability or value) and `version` of each row.
    steps
        What was done at the end of each month: `month`, `code`, `seconds`, `printed`.
    refused
        Statuses of requests that were not answered.
    """

    name: str
    root: Path
    table: Table
    command: tuple[str, ...]
    answers: list[pd.DataFrame] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    requests: int = 0
    swaps: list[dict[str, Any]] = field(default_factory=list)

    def found(self, first: pd.DataFrame, settings: str) -> None:
        """Write the project with its first rows, and train on them."""
        self.root.mkdir(parents=True)
        first.to_parquet(self.root / "first.parquet")
        shutil.copytree(REPOSITORY / "notebooks", self.root / "notebooks")
        rules = schema.structure(schema.infer(first))
        (self.root / "rules.yaml").write_text(yaml.safe_dump(rules))
        named = f'id = "{self.table.id}"\n' if self.table.id else ""
        text = SETTINGS.format(target=self.table.target, time=self.table.time, id=named, settings=settings)
        (self.root / "pyproject.toml").write_text(text)
        self._step("founded", "run", "-p", "test_share", "0.2")

    def live(self, months: dict[str, pd.DataFrame]) -> None:
        """Answer month after month, tell the labels after each, and do what this strategy does then."""
        rules = schema.infer(next(iter(months.values())))
        with running(self.root) as service:
            names = list(service.ask("GET", "/model")[1]["schema"]["properties"])
            ahead: list[dict[str, Any]] = []
            order = list(months)
            for place, month in enumerate(order):
                rows, truth = _sent(months[month], names, rules), months[month][self.table.target].tolist()
                answered = ahead + self._ask(service, rows[len(ahead) :], A_REQUEST)
                self.answers.append(_table(month, answered, truth))
                self._tell(service, answered, truth)
                coming = months[order[place + 1]] if place + 1 < len(order) else None
                if coming is None or not self.command:
                    ahead = []
                    continue
                with self._meanwhile(service, _sent(coming, names, rules)) as ahead:
                    self._step(month, *self.command)
                    self._swapped(service, month)

    def _ask(self, service: Running, rows: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
        answered: list[dict[str, Any]] = []
        with service.connect() as line:
            for start in range(0, len(rows), size):
                status, found = ask(line, "POST", "/predict", {"rows": rows[start : start + size]})
                self.requests += 1
                if status != 200:
                    self.refused.append(status)
                    raise AssertionError(found)
                answered += [{**each, "version": found["version"]} for each in found["predictions"]]
        return answered

    def _tell(self, service: Running, answered: list[dict[str, Any]], truth: list[Any]) -> None:
        told = [{"id": each["id"], "label": label} for each, label in zip(answered, truth, strict=True)]
        for start in range(0, len(told), 5_000):
            status, found = service.ask("POST", "/labels", {"labels": told[start : start + 5_000]})
            assert status == 200, found

    @contextmanager
    def _meanwhile(self, service: Running, coming: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """Go on asking, a row at a time, while the block runs; nobody waits for a model to be trained."""
        answered: list[dict[str, Any]] = []
        over = threading.Event()

        def go_on() -> None:
            while not over.wait(MEANWHILE_S) and len(answered) < len(coming) // 2:
                answered.extend(self._ask(service, coming[len(answered) :][:1], 1))

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield answered
        finally:
            over.set()
            thread.join()

    def _step(self, month: str, *arguments: str) -> None:
        clock, log = time.monotonic(), self.root / "printed.txt"
        with log.open("w") as file:
            command = [sys.executable, "-m", "pipeline", *arguments]
            process = subprocess.Popen(command, cwd=self.root, stdout=file, stderr=file, env=os.environ | ONE_CORE)
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
        said = log.read_text()
        told = {"month": month, "code": code, "seconds": time.monotonic() - clock}
        told |= {"cpu_s": used.ru_utime + used.ru_stime, "alarms": _alarms(self.root)}
        self.steps.append({**told, "printed": [line for line in said.splitlines() if " | " not in line]})
        if code not in {0, 3, 4}:
            raise AssertionError(said[-5000:])

    def _swapped(self, service: Running, month: str) -> None:
        """Wait until the champion answers, where it is another one by now."""
        clock, before = time.monotonic(), self.swaps[-1]["version"] if self.swaps else 1
        last = (self.root / ".pipeline/models/log.jsonl").read_text().splitlines()[-1]
        version = int(json.loads(last)["facts"]["version"])
        while (found := service.ask("GET", "/model")[1]["version"]) != version:
            assert time.monotonic() - clock < SWAP_S, f"version {found} still answers, not {version}"
            time.sleep(0.2)
        if version != before:
            self.swaps.append({"month": month, "version": version, "seconds": time.monotonic() - clock})

    def as_dict(self) -> dict[str, Any]:
        """Return what it cost, and what came of it."""
        return {
            "steps": self.steps,
            "swaps": self.swaps,
            "requests": self.requests,
            "refused": self.refused,
            "attempts": self._attempts(),
        }

    def _attempts(self) -> list[dict[str, Any]]:
        path = self.root / ".pipeline/retraining/log.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        ended = [line["facts"] for line in lines if line["event"] == "retraining ended"]
        begun = [line["facts"] for line in lines if line["event"] == "retraining begun"]
        return [first | last for first, last in zip(begun, ended, strict=True)]


def _sent(rows: pd.DataFrame, names: list[str], rules: Rules) -> list[dict[str, Any]]:
    """Write rows as clients send them."""
    return plain(rows[names], {"columns": {name: rules["columns"][name] for name in names}})


def _table(month: str, answered: list[dict[str, Any]], truth: list[Any]) -> pd.DataFrame:
    said = [each["probability"] if "probability" in each else each["value"] for each in answered]
    versions = [each["version"] for each in answered]
    return pd.DataFrame({"month": month, "truth": [float(each) for each in truth], "said": said, "version": versions})


def _alarms(root: Path) -> list[str]:
    """Return what the newest watch called critical, and still stands."""
    records = sorted(root.glob("reports/2*/run.json"))
    watches = [found for path in records if (found := json.loads(path.read_text())["watch"])]
    findings = watches[-1]["findings"] if watches else []
    return [each["message"] for each in findings if each["stands"] and each["severity"] == "critical"]
