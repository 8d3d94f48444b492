"""Code: how the cells of two notebooks differ. The one importer of nbdime."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from pipeline.errors import UsageError
from pipeline.review.changes import Change
from pipeline.stages.notebook import BANNER, INJECTED

Json = Mapping[str, Any]
_HEADER = 2  # lines that a unified diff begins with: names of files


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a difference.

    Attributes
    ----------
    mark
        `+` added, `-` removed, a blank for one that stands in both, `@` where lines were left out before.
    """

    mark: str
    text: str


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """A code cell that is another now."""

    id: str
    change: Change
    lines: tuple[Line, ...]

    def count(self, mark: str) -> int:
        """Return how many lines bear a mark."""
        return sum(1 for line in self.lines if line.mark == mark)


def cells(before: Json, after: Json) -> tuple[CellChange, ...]:
    """Name the code cells that differ between two notebooks; injected parameters, which no author wrote, are none.

    Raises
    ------
    UsageError
        If nbdime is not installed.
    """
    old, new = _written(before), _written(after)
    if [(cell["id"], cell["source"]) for cell in old] == [(cell["id"], cell["source"]) for cell in new]:
        return ()
    return tuple(_joined(list(_pairs(old, new))))


def lines(before: str, after: str) -> tuple[Line, ...]:
    """Compare two texts line by line, with three lines of what is around each difference."""
    found = list(unified_diff(before.splitlines(), after.splitlines(), lineterm=""))[_HEADER:]
    marked = (Line(mark=line[:1], text="" if line.startswith("@") else line[1:]) for line in found)
    return tuple(marked)[1:]  # the first says where in the cell they are: at its beginning, as a rule


def _written(document: Json) -> list[dict[str, Any]]:
    """Return the code cells of a notebook as their author wrote them: without outputs, which are compared elsewhere."""
    return [
        {"cell_type": "code", "id": cell["id"], "source": cell["source"], "metadata": {}, "outputs": []}
        for cell in document["cells"]
        if cell["cell_type"] == "code" and cell["id"] != BANNER and INJECTED not in cell["metadata"].get("tags", [])
    ]


def _pairs(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[tuple[Json | None, Json | None]]:
    """Yield what belongs together of all that differs; None where one side has no such cell."""
    shift = 0  # by how much a cell stands further down now
    for operation in _operations(old, new):
        place = operation["key"]
        match operation["op"]:
            case "addrange":
                yield from ((None, cell) for cell in operation["valuelist"])
                shift += len(operation["valuelist"])
            case "removerange":
                yield from ((cell, None) for cell in old[place : place + operation["length"]])
                shift -= operation["length"]
            case "patch":
                yield old[place], new[place + shift]


def _operations(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[Any]:
    """Ask nbdime what was done to the list of cells."""
    try:
        import nbdime
    except ImportError as error:
        raise UsageError(
            "code is compared with nbdime, which is not installed. Install it: pip install 'stagebook[review]'."
        ) from error
    form = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    found = nbdime.diff_notebooks({**form, "cells": old}, {**form, "cells": new})
    return next((each["diff"] for each in found if each["key"] == "cells"), [])


def _joined(pairs: list[tuple[Json | None, Json | None]]) -> Iterator[CellChange]:
    """Yield the changes; a cell that was taken away here and stands there is one that was moved or written anew."""
    gone = {old["id"]: old for old, new in pairs if old is not None and new is None}
    back = {new["id"] for old, new in pairs if old is None and new is not None}
    for old, new in pairs:
        if old is None and new is not None:
            yield from _change(gone.get(new["id"]), new)
        elif new is not None or (old is not None and old["id"] not in back):
            yield from _change(old, new)


def _change(old: Json | None, new: Json | None) -> Iterator[CellChange]:
    before, after = old["source"] if old else "", new["source"] if new else ""
    known = new or old or {}
    if old is None or new is None:
        change = Change.ADDED if old is None else Change.REMOVED
    elif before == after:
        change = Change.MOVED
    else:
        change = Change.CHANGED
    if change is not Change.MOVED or (old or {}).get("id") == known["id"]:
        yield CellChange(id=known["id"], change=change, lines=lines(before, after))
