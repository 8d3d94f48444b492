"""Runs that are kept in a folder, made without a kernel, for tests about reading, judging and publishing them."""

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from projects import cell, document

from pipeline.runs.record import RunRecord, ScrapRecord, StageRecord, Status
from pipeline.runs.reports import Reports

RUN = "20260101T000000Z-00000a"
PASSED = {"passed": True, "gates": []}


@dataclass(frozen=True)
class Kept:
    """A project whose runs are written, not made."""

    root: Path

    @classmethod
    def at(cls, root: Path, settings: str = "") -> "Kept":
        root.mkdir(parents=True, exist_ok=True)
        (root / "pyproject.toml").write_text(f"[tool.pipeline]\n{settings}")
        return cls(root)

    @property
    def reports(self) -> Reports:
        return Reports(self.root / "reports", self.root)

    def folder(self, run: str = RUN) -> Path:
        return self.root / "reports" / run

    def add(self, run: str = RUN, **given: object) -> Path:
        """Write a run; its stages `a` and `b` succeeded where nothing else is given."""
        folder = self.folder(run)
        records = given.pop("stages", None) or [self.stage(run, name) for name in "ab"]
        folder.mkdir(parents=True, exist_ok=True)
        fields: dict[str, Any] = {"status": Status.SUCCEEDED, "ended": "2026-01-01T00:00:01+00:00", "seconds": 1.0}
        record = RunRecord(**{"run": run, "started": "2026-01-01T00:00:00+00:00", "stages": records, **fields, **given})
        (folder / "run.json").write_bytes(record.as_json())
        (folder / "junit.xml").write_text("<testsuite/>")
        return folder

    def judged(self, run: str, *, by: str = "", **given: object) -> Path:
        """Write a run that registered a version which passed; `by` names the run that did so where it is another."""
        version = {"name": "m", "version": 1}
        scrap = ScrapRecord(kind="json", digest="sha256:" + "0" * 64, size_bytes=1, inline=True, value=version)
        stage = replace(self.stage(run, "a"), scraps={"model_version": scrap}, executed_by=by or run)
        told: dict[str, Any] = {"verdict": PASSED, "model_version": version, "stages": [stage]}
        return self.add(run, **(told | given))

    def stage(self, run: str, name: str) -> StageRecord:
        report = self.folder(run) / f"{name}.ipynb"
        report.parent.mkdir(parents=True, exist_ok=True)
        cells = [cell("markdown", "title", f"# {name}"), cell("code", "work-1", "1 + 1")]
        report.write_text(json.dumps(document(cells)))
        return StageRecord(
            name=name, status=Status.SUCCEEDED, seconds=0.5, report=f"reports/{run}/{name}.ipynb", executed_by=run
        )


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody who has never used it."""
    words = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout
