"""Words: how the console says what became of a stage."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.runs.record import StageRecord, Status, said

MIB = 2**20
_SAID = {"passed": "passed", "refused": "REFUSED", "inconclusive": "INCONCLUSIVE"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def outcome(record: StageRecord) -> str:
    """Say in a line what became of a stage."""
    match record.status:
        case Status.SUCCEEDED:
            why = f"; its kernel was {record.kernel}" if record.kernel.startswith("spawned: ") else ""
            return f"succeeded in {record.seconds:.1f} s, {record.peak_memory_bytes / MIB:.0f} MiB{why}"
        case Status.REUSED:
            return f"reused: {record.reason}"
        case Status.SKIPPED | Status.CANCELLED:
            return f"{record.status}: {record.reason}"
    failure = record.failure
    return f"{record.status}: {failure.name}: {failure.message}" if failure else str(record.status)


def gates(verdict: Mapping[str, Any]) -> list[str]:
    """Say in a line for each gate how it went, and what is wrong with the verdict where something is."""
    found = [f"{_SAID[said(gate)]:<12} {gate.get('name')}: {gate.get('message')}" for gate in verdict.get("gates", [])]
    return [*found, *filter(None, [verdict.get("problem")])]


def judgement(verdict: Mapping[str, Any]) -> str:
    """Say what a verdict is that did not pass.

    >>> judgement({"passed": False}), judgement({"passed": False, "outcome": "inconclusive"})
    ('the gates refused', 'the gates could not tell, so the model does not pass')
    """
    return "the gates refused" if said(verdict) == "refused" else "the gates could not tell, so the model does not pass"


def harmless(text: str) -> str:
    r"""Take away what would move a terminal's cursor, colour it, or turn the direction in which it writes.

    >>> harmless("a\x1b[2Jb")
    'a\ufffd[2Jb'
    """
    return _CONTROLS.sub("\ufffd", text)


def shown(path: Path) -> str:
    """Write a path as short as it can be used from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Write rows in columns.

    >>> table([("a", "long"), ("bcd", "x")])
    ['a    long', 'bcd  x']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
