"""Comparison: what differs between two executions of the same report, scrap by scrap and cell by cell."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.handoff import MIME_PREFIX, Scrap, scraps_of
from pipeline.past.closeness import close
from pipeline.past.excerpt import without_colours
from pipeline.stages.notebook import BANNER

_SHOWN = 60  # characters of a value in a message
# What differs between any two executions and means nothing.
_PASSING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?: UTC)?"  # moments
    r"|0x[0-9a-fA-F]{6,}"  # addresses in memory
    r"|\b\d+(?:\.\d+)? ?(?:ns|us|µs|ms|s|sec|secs|seconds?|min|minutes?|it/s|s/it)\b"  # durations
    r"|\b\d+:\d\d(?::\d\d)?(?:<\d+:\d\d(?::\d\d)?)?"  # clocks of progress bars
    r"|ipykernel_\d+(?:/\d+\.py)?"  # names that the kernel gives to cells
    r"|\bT_[0-9a-f]{5}"  # names that pandas gives to styled tables
)
_PADDING = re.compile(r"[ \t]+")  # of columns that hold what differs


def scraps(before: Mapping[str, Any], now: Mapping[str, Any], tolerance: Callable[[str], float]) -> Iterator[str]:
    """Yield a line for each scrap that differs between two executions, with the cell that glued it.

    Parameters
    ----------
    before, now
        Executed notebooks as JSON.
    tolerance
        Largest difference of numbers that is none, by the scrap's name; 0 for exact.
    """
    old, new = ({scrap.name: scrap for scrap in scraps_of(document)} for document in (before, now))
    for name in {**old, **new}:
        if name not in new:
            yield f"scrap {name!r} of {_gluer(before, name)} was not glued again"
        elif name not in old:
            yield f"scrap {name!r} of {_gluer(now, name)} is new"
        elif old[name].identity != new[name].identity and not _near(old[name], new[name], tolerance(name)):
            yield f"scrap {name!r} of {_gluer(now, name)} differs: {_values(old[name], new[name])}"


def cells(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield the code cells whose outputs differ in more than moments, durations and addresses, as people call them."""
    old = {cell["id"]: cell for cell in before["cells"]}
    for number, cell in enumerate(now["cells"], 1):
        if cell["cell_type"] == "code" and outputs(old[cell["id"]]) != outputs(cell):
            yield f"cell {number} ({cell['id']})"


def outputs(cell: Mapping[str, Any]) -> list[object]:
    """Return what a cell shows, in a form that is equal where it means the same."""
    found = cell.get("outputs", [])
    streams = {
        name: "".join(_text(each) for each in found if each.get("name") == name) for name in ("stdout", "stderr")
    }
    return [*map(normal, streams.values()), *(_shown(each) for each in found if each["output_type"] != "stream")]


def normal(text: str) -> str:
    """Replace what differs between any two executions.

    >>> normal("fitted <Model at 0x7f12ab34cd> in 1.25 s, 2026-11-23 05:40")
    'fitted <Model at …> in …, …'
    """
    return _PADDING.sub(" ", _PASSING.sub("…", without_colours(text)))


def _shown(output: Mapping[str, Any]) -> object:
    if output["output_type"] == "error":
        return [output["ename"], normal(output["evalue"])]
    data = {mime: value for mime, value in output.get("data", {}).items() if not mime.startswith(MIME_PREFIX)}
    return {mime: value if mime.startswith("image/png") else normal(_flat(value)) for mime, value in data.items()}


def _text(output: Mapping[str, Any]) -> str:
    return _flat(output.get("text", ""))


def _flat(value: Any) -> str:  # noqa: ANN401 - text, lines of text, or JSON
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _near(old: Scrap, new: Scrap, tolerance: float) -> bool:
    return tolerance > 0 and close(old.value(), new.value(), tolerance)


def _values(old: Scrap, new: Scrap) -> str:
    if old.inline and new.inline:
        return f"{_short(old)} -> {_short(new)}"
    return f"{old.identity[: _SHOWN // 2]}... -> {new.identity[: _SHOWN // 2]}..."


def _short(scrap: Scrap) -> str:
    text = repr(scrap.value())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _gluer(document: Mapping[str, Any], name: str) -> str:
    """Name the last cell that glued a scrap."""
    original = [cell for cell in document["cells"] if cell.get("id") != BANNER]
    return next(
        f"cell {number} ({cell['id']})"
        for number, cell in reversed(list(enumerate(original, 1)))
        if any(scrap.name == name for scrap in scraps_of({"cells": [cell]}))
    )
