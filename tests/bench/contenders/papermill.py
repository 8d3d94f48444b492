"""Owns papermill's command line: a shell script with a line for each notebook."""

from pathlib import Path

from contender import Contender
from work import cells, papermilled


def write(folder: Path) -> None:
    papermilled.write(folder)
    lines = ["set -e", *map(papermilled.line, cells.STAGES)]
    (folder / "run.sh").write_text("\n".join(lines), encoding="utf-8")


CONTENDER = Contender(
    name="papermill",
    title="`papermill` in a shell loop",
    requirements=("papermill==2.7.0",),
    write=write,
    command=("sh", "run.sh"),
)
