"""Owns the stages as notebooks for papermill, for every contender that calls it."""

import shutil
from pathlib import Path

from work import cells


def write(folder: Path) -> None:
    shutil.copy(cells.HANDOFFS / "files.py", folder / "handoff.py")
    (folder / "out").mkdir()
    for stage in cells.STAGES:
        adapted = list(cells.adapted(stage, declared='into: str = ""', begin="handoff.begin(into)"))
        (folder / f"{stage}.ipynb").write_text(cells.notebook(adapted), encoding="utf-8")


def line(stage: str) -> str:
    """Return the command that executes a stage."""
    given = [f"-p {other} out/{other}" for other in cells.upstreams(stage)]
    quiet = "--no-progress-bar --log-level ERROR"
    return f"papermill {quiet} {stage}.ipynb out/{stage}.ipynb -p into out/{stage} {' '.join(given)}"
