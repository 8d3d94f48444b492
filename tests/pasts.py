"""Runs of the past written by hand, for tests: a record, and reports of a cell or two."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from projects import cell, document

from pipeline.past.lookup import PastRun
from pipeline.runs.record import Git, RunRecord, ScrapRecord, StageRecord, Status
from pipeline.store import digest

OLD, NEW = "20261101T000000Z-000001", "20261102T000000Z-000002"
AUC = {"roc_auc": {"value": 0.7, "low": 0.69, "high": 0.71}}


def scrap(value: object, *, inline: bool = True, kind: str = "literal", rows: int | None = None) -> ScrapRecord:
    size, of = len(str(value)), digest.of_json(value)
    return ScrapRecord(kind=kind, digest=of, size_bytes=size, rows=rows, inline=inline, value=value if inline else None)


def stage(name: str, run: str, **fields: Any) -> StageRecord:  # noqa: ANN401 - any field
    usual = {"status": Status.SUCCEEDED, "seconds": 1.0, "executed_by": run, "report": f"reports/{run}/{name}.ipynb"}
    return StageRecord(name=name, **(usual | fields))


def past(
    root: Path,
    run: str,
    *stages: StageRecord,
    cells: Mapping[str, list[dict[str, Any]]] | None = None,
    **fields: Any,  # noqa: ANN401 - any field
) -> PastRun:
    """Write a run whose stages have the reports that `cells` gives, by default an empty one each."""
    folder = root / "reports" / run
    folder.mkdir(parents=True)
    usual = {"started": "2026-11-01T00:00:00Z", "ended": "2026-11-01T00:01:00Z", "status": Status.SUCCEEDED}
    git = Git(commit=fields.pop("commit", ""), dirty=fields.pop("dirty", ""))
    record = RunRecord(run=run, stages=list(stages), git=git, **(usual | fields))
    (folder / "run.json").write_bytes(record.as_json())
    for each in stages:
        if each.report:
            text = json.dumps(document((cells or {}).get(each.name, [])))
            (folder / f"{each.name}.ipynb").write_text(text)
    return PastRun(root, folder, record)


def code(name: str, source: str, *tags: str) -> dict[str, Any]:
    return cell("code", name, source, *tags)


def judged(run: str, metrics: object = AUC, **scraps: ScrapRecord) -> StageRecord:
    """Return a stage that left metrics behind."""
    return stage("judge", run, scraps={"metrics": scrap(metrics), **scraps})
