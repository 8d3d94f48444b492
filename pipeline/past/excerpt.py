"""Excerpt: of a report that did not end well, the cell that ended it and the end of its traceback."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import NotebookError
from pipeline.runs.record import Failure
from pipeline.stages.notebook import BANNER, Cell, load, read

SOURCE_LINES = 12
TRACEBACK_LINES = 20
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """What a person needs to see first.

    Attributes
    ----------
    cell
        Id of the cell.
    notebook
        Path of the notebook that was run, from the project's root; empty where the report does not say.
    source
        Lines of the cell, the middle left out where it is long.
    traceback
        The last lines of the traceback, with the colours that the kernel gave them.
    """

    cell: str
    notebook: str
    source: list[str]
    traceback: list[str]


def excerpt(report: Path, failure: Failure) -> Excerpt | None:
    """Take the excerpt from a report; None where there is no such cell in it."""
    try:
        document, cells = load(report), read(report).cells
    except NotebookError:
        return None
    found = next(iter(failed(cells, failure)), None)
    if found is None:
        return None
    source = document.get("metadata", {}).get("pipeline", {}).get("source", "")
    traceback = _traceback(document["cells"][found.index])
    return Excerpt(cell=found.id, notebook=source, source=shortened(found.source), traceback=traceback)


def failed(cells: tuple[Cell, ...], failure: Failure) -> list[Cell]:
    """Return the cell that a failure names, by its number as it was before a notice was put on top; none for 0."""
    original = [cell for cell in cells if cell.id != BANNER]
    return original[failure.cell - 1 : failure.cell] if failure.cell else []


def shortened(source: str) -> list[str]:
    r"""Return the lines of a source; of a long one the first and the last.

    >>> shortened("a\nb")
    ['a', 'b']
    """
    lines = source.splitlines()
    if len(lines) <= SOURCE_LINES:
        return lines
    half = SOURCE_LINES // 2
    return [*lines[:half], f"... {len(lines) - 2 * half} more lines", *lines[-half:]]


def without_colours(line: str) -> str:
    r"""Take away what only a terminal understands.

    >>> without_colours("\x1b[31mred\x1b[0m")
    'red'
    """
    return _ANSI.sub("", line).replace("\r", "")


def _traceback(cell: Mapping[str, Any]) -> list[str]:
    errors = [output for output in cell.get("outputs", []) if output.get("output_type") == "error"]
    lines = "\n".join(errors[-1].get("traceback", [])).splitlines() if errors else []
    return lines[-TRACEBACK_LINES:]
