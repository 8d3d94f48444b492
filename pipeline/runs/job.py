"""What an engine is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.runs.forking import Source
from pipeline.runs.limits import Limits
from pipeline.runs.record import Failure, Status

CellDone = Callable[[int, int, str, float], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a notebook.

    Attributes
    ----------
    failure
        Where it stopped; None where it did not.
    reason
        Why it was skipped.
    spawned
        Why its kernel was spawned where it should have been forked.
    notes
        What its kernel noted of its reading; empty where it could not.
    """

    status: Status
    failure: Failure | None = None
    reason: str = ""
    peak_memory_bytes: int = 0
    spawned: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A notebook to execute.

    Attributes
    ----------
    document
        The notebook as JSON, its values injected.
    target
        Where the report goes.
    outputs
        Names that the code glues: each must be there at the end.
    limits
        How long it may take.
    work
        Folder of this process.
    variables
        What the environment of its kernel has beside this process's.
    source
        What gives its kernel; None where it is spawned.
    cell_done
        Told after each code cell: its number, how many there are, its id, seconds.
    succeeded
        Told when all cells ended well and the report is written; its kernel has not ended yet, which takes a while.
    """

    document: dict[str, Any]
    root: Path
    target: Path
    outputs: tuple[str, ...]
    limits: Limits
    work: Path
    variables: Mapping[str, str]
    source: Source | None
    cell_done: CellDone
    succeeded: Callable[[Outcome], None]
