"""Owns Stagebook itself: `pipeline run` in a project of six notebooks."""

import json
from pathlib import Path

from contender import Contender
from work import cells

SETTINGS = '[tool.pipeline]\nnotebooks = "notebooks"\n'
SCRAP = "application/scrapbook.scrap.json+json"


def write(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "notebooks").mkdir()
    for stage in cells.STAGES:
        text = cells.notebook(cells.cells(stage))
        (folder / "notebooks" / f"{stage}.ipynb").write_text(text, encoding="utf-8")


def result(folder: Path) -> float:
    """Read the last stage's report, by way of the newest run's record."""
    run = json.loads((folder / "reports/latest/run.json").read_text(encoding="utf-8"))
    [stage] = [stage for stage in run["stages"] if stage["name"] == cells.STAGES[-1]]
    report = json.loads((folder / "reports/latest" / f"{stage['name']}.ipynb").read_text(encoding="utf-8"))
    outputs = [output.get("data", {}) for cell in report["cells"] for output in cell.get("outputs", ())]
    [value] = [data[SCRAP]["data"] for data in outputs if data.get(SCRAP, {}).get("name") == "result"]
    return float(value)


CONTENDER = Contender(
    name="ours", title="**`pipeline run`**", write=write, command=("pipeline", "run"), result=result, reuses=True
)
