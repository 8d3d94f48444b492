"""Owns the six stages as cells: every contender runs the code of `stages/`, and only the way values travel differs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

SOURCES = Path(__file__).parent / "stages"
HANDOFFS = Path(__file__).parent / "handoffs"
STAGES = ("eda", "prep", "train", "evaluate", "deploy", "monitor")
HANDOFF = "from pipeline.handoff import"
PARAMETERS = "parameters"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a stage, with the name that its mark gives it."""

    name: str
    source: str

    @property
    def prose(self) -> bool:
        return self.name.startswith("prose")


def cells(stage: str) -> list[Cell]:
    """Read a stage: a line `# %% name` begins a cell, `# %% [markdown]` one of prose."""
    text = (SOURCES / f"{stage}.py").read_text(encoding="utf-8")
    _, *parts = re.split(r"^# %% (.+)$", text, flags=re.MULTILINE)
    return [_cell(number, *part) for number, part in enumerate(zip(parts[::2], parts[1::2], strict=True))]


def _cell(number: int, mark: str, source: str) -> Cell:
    if mark == "[markdown]":
        return Cell(name=f"prose-{number}", source=re.sub(r"^# ?", "", source.strip(), flags=re.MULTILINE))
    return Cell(name=mark, source=source.strip())


def upstreams(stage: str) -> list[str]:
    """Name the stages that a stage takes from, as its parameters do."""
    source = next(cell.source for cell in cells(stage) if cell.name == PARAMETERS)
    return re.findall(r"^(\w+): Upstream", source, re.MULTILINE)


def adapted(stage: str, *, declared: str, begin: str) -> Iterator[Cell]:
    """Yield a stage's cells for who hands over by files: further parameters, and a cell that says where from and to."""
    for cell in cells(stage):
        if cell.name != PARAMETERS:
            yield replace(cell, source=cell.source.replace(HANDOFF, "import handoff\nfrom handoff import"))
        else:
            yield replace(cell, source=f"from handoff import Upstream\n\n{cell.source}\n{declared}")
            yield Cell(name="begin", source=begin)


def notebook(cells: list[Cell]) -> str:
    """Write cells as a notebook."""
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    found = [_raw(cell) for cell in cells]
    return json.dumps({"cells": found, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _raw(cell: Cell) -> dict[str, object]:
    tags = [PARAMETERS] if cell.name == PARAMETERS else []
    raw: dict[str, object] = {"id": cell.name, "metadata": {"tags": tags}, "source": cell.source}
    if cell.prose:
        return raw | {"cell_type": "markdown"}
    return raw | {"cell_type": "code", "execution_count": None, "outputs": []}
