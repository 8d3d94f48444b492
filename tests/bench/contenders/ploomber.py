"""Owns ploomber: a pipeline.yaml; it injects `upstream` and `product` into each notebook."""

import json
import shutil
from pathlib import Path

from contender import Contender
from work import cells


def write(folder: Path) -> None:
    shutil.copy(cells.HANDOFFS / "files.py", folder / "handoff.py")
    tasks = [_task(stage) for stage in cells.STAGES]
    (folder / "pipeline.yaml").write_text(json.dumps({"tasks": tasks}, indent=1), encoding="utf-8")  # YAML holds JSON
    for stage in cells.STAGES:
        (folder / f"{stage}.ipynb").write_text(cells.notebook(_cells(stage)), encoding="utf-8")


def _task(stage: str) -> dict[str, object]:
    return {
        "name": stage,
        "source": f"{stage}.ipynb",
        "product": {"nb": f"out/{stage}.ipynb", "data": f"out/{stage}"},
    }


def _cells(stage: str) -> list[cells.Cell]:
    others = cells.upstreams(stage)
    begin = ['handoff.begin(product["data"])', *(f'{other} = upstream["{other}"]["data"]' for other in others)]
    declared = f"upstream = {json.dumps(others) if others else None}\nproduct = None"
    return list(cells.adapted(stage, declared=declared, begin="\n".join(begin)))


CONTENDER = Contender(
    name="ploomber",
    title="`ploomber build`",
    requirements=("ploomber==0.23.3",),
    write=write,
    command=("ploomber", "build"),
    reuses=True,
    variables={"PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true"},
)
