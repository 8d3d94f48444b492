"""Owns the plain script: the code cells one after another in one process, the measure of all others."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from contender import Contender
from work import cells


def write(folder: Path) -> None:
    shutil.copy(cells.HANDOFFS / "files.py", folder / "files.py")
    shutil.copy(cells.HANDOFFS / "memory.py", folder / "handoff.py")
    lines = "\n\n".join(line for stage in cells.STAGES for line in _stage(stage))
    (folder / "script.py").write_text(lines, encoding="utf-8")


def _stage(stage: str) -> Iterator[str]:
    begin = [f'handoff.begin("out/{stage}")', *(f'{other} = "out/{other}"' for other in cells.upstreams(stage))]
    for cell in cells.adapted(stage, declared="", begin="\n".join(begin)):
        if not cell.prose:
            yield cell.source
        if "plt." in cell.source:
            yield f'handoff.save_figures("{cell.name}")'


CONTENDER = Contender(name="plain", title="one plain Python script", write=write, command=("python", "script.py"))
