"""Owns DVC: a dvc.yaml whose commands are papermill's."""

import json
from pathlib import Path

from contender import Contender
from work import cells, papermilled

CONFIG = "[core]\n    no_scm = True\n    analytics = false\n    check_update = false\n"


def write(folder: Path) -> None:
    papermilled.write(folder)
    (folder / ".dvc").mkdir()
    (folder / ".dvc" / "config").write_text(CONFIG, encoding="utf-8")
    stages = {stage: _stage(stage) for stage in cells.STAGES}
    (folder / "dvc.yaml").write_text(json.dumps({"stages": stages}, indent=1), encoding="utf-8")  # YAML contains JSON


def _stage(stage: str) -> dict[str, object]:
    taken = [f"out/{other}" for other in cells.upstreams(stage)] or ["data/rows.parquet"]
    return {
        "cmd": papermilled.line(stage),
        "deps": [f"{stage}.ipynb", "handoff.py", *taken],
        "outs": [f"out/{stage}", f"out/{stage}.ipynb"],
    }


CONTENDER = Contender(
    name="dvc",
    title="`dvc repro` with papermill",
    requirements=("dvc==3.67.1", "papermill==2.7.0"),
    write=write,
    command=("dvc", "repro", "--quiet"),
    reuses=True,
    variables={"DVC_NO_ANALYTICS": "1"},
)
