"""Small projects with real notebooks, for tests."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.runs.plan import Decision
from pipeline.runs.progress import Progress
from pipeline.runs.record import RunRecord, StageRecord
from pipeline.workflow import Workflow

SETUP = "from pipeline.handoff import Upstream, glue, read, setting, skip"


class Silent(Progress):
    """Nobody looks."""

    def started(self, decision: Decision) -> None: ...

    def cell_done(self, stage: str, done: int, total: int, cell: str, seconds: float) -> None: ...

    def retried(self, record: StageRecord) -> None: ...

    def finished(self, record: StageRecord) -> None: ...


@dataclass(frozen=True)
class Project:
    """A project in a temporary folder."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def notebook(self, name: str, parameters: str, *code: str, prose: str = "What do we see?") -> Path:
        """Write a stage: prose, setup, parameters, then a cell for each piece of code."""
        cells = [cell("markdown", "title", f"# {name}\n\n{prose}"), cell("code", "setup", SETUP)]
        cells.append(cell("code", "parameters", parameters, "parameters"))
        cells += [cell("code", f"work-{number}", source) for number, source in enumerate(code, 1)]
        return self.write(f"notebooks/{name}.ipynb", json.dumps(document(cells)))

    def workflow(self, *targets: str, **given: object) -> Workflow:
        return Workflow(self.root, list(targets), {name: str(value) for name, value in given.items()}, {})

    def run(self, *targets: str, **given: object) -> RunRecord:
        return self.workflow(*targets, **given).run(Silent())

    def statuses(self, *targets: str, **given: object) -> dict[str, str]:
        """Run, and return what became of each stage."""
        return {stage.name: str(stage.status) for stage in self.run(*targets, **given).stages}

    def plan(self, *targets: str, **given: object) -> dict[str, Decision]:
        return {decision.stage: decision for decision in self.workflow(*targets, **given).plan()}

    def command(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as a user would."""
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def report(self, record: RunRecord, stage: str) -> Mapping[str, Any]:
        return json.loads((self.root / "reports" / record.run / f"{stage}.ipynb").read_text())


def cell(kind: str, name: str, source: str, *tags: str) -> dict[str, Any]:
    found: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {"tags": list(tags)}, "source": source}
    return found | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def document(cells: list[dict[str, Any]], **metadata: object) -> dict[str, Any]:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": cells, "metadata": kernel | metadata, "nbformat": 4, "nbformat_minor": 5}
