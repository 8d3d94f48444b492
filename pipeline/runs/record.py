"""The record of a run: what `run.json` holds, in the form that `run.schema.json` publishes."""

import json
from dataclasses import dataclass, field, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any

from pipeline.errors import RunError

SCHEMA_VERSION = 2
SCHEMA = Path(__file__).with_name("run.schema.json")


class Status(StrEnum):
    """What became of a stage, or of a run as a whole."""

    SUCCEEDED = "succeeded"
    REUSED = "reused"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    DIED = "died"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    PENDING = "pending"
    REFUSED = "refused"


def said(gate: Any) -> str:  # noqa: ANN401 - of a verdict, which a notebook glued
    """Return `passed`, `refused` or `inconclusive`: what a gate of a verdict, or the whole verdict, said.

    >>> said({"passed": False, "outcome": "inconclusive"}), said({"passed": True}), said({"outcome": "passed"})
    ('inconclusive', 'passed', 'refused')
    """
    if not isinstance(gate, dict) or gate.get("passed") is not True:
        return "inconclusive" if isinstance(gate, dict) and gate.get("outcome") == "inconclusive" else "refused"
    return "passed"


_NUMBER, _TABLE = int | float, dict | None
GOOD = frozenset({Status.SUCCEEDED, Status.REUSED})
BAD = frozenset({Status.FAILED, Status.TIMED_OUT, Status.DIED})


@dataclass(frozen=True, kw_only=True)
class ScrapRecord:
    """A scrap as the record names it.

    Attributes
    ----------
    kind, digest
        As in the store.
    size_bytes
        Bytes of its encoded form.
    rows
        Rows of a table or series, length of an array, None for others.
    inline
        Whether the value stands in the report; else it is in the store.
    value
        The value itself where it stands in the report, types that JSON lacks given up.
    """

    kind: str
    digest: str
    size_bytes: int
    rows: int | None = None
    inline: bool = False
    value: Any = None

    @property
    def identity(self) -> str:
        """Kind and digest: equal exactly where the values are."""
        return f"{self.kind} {self.digest}"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Where and how a stage stopped.

    Attributes
    ----------
    cell
        Number of the cell in the report, from 1; 0 where it was none of them.
    name, message
        Kind of error and its text.
    """

    cell: int
    name: str
    message: str


@dataclass(frozen=True, kw_only=True)
class StageRecord:
    """What became of one stage in one run.

    Attributes
    ----------
    reason
        Why it ran, was reused, or did not run.
    seconds
        Wall time of its execution; of the first one where it was reused.
    peak_memory_bytes
        Largest resident size of its kernel; 0 where it is not known.
    report
        Path of the executed notebook from the project's root, empty where there is none.
    executed_by
        The run that executed it, empty where none did.
    attempts
        Reports of earlier attempts in this run, which did not end well.
    sources
        Digest, by URI, of the content of what it loaded from outside.
    kernel
        How its kernel came to be: `forked`, `spawned`, or `spawned: ` and why it was not forked; empty where none ran.
    """

    name: str
    status: Status = Status.PENDING
    reason: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    upstreams: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    peak_memory_bytes: int = 0
    scraps: dict[str, ScrapRecord] = field(default_factory=dict)
    report: str = ""
    executed_by: str = ""
    failure: Failure | None = None
    attempts: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    kernel: str = ""


@dataclass(frozen=True, kw_only=True)
class Git:
    """The state of the working tree: commit, and digest of what differs from it (empty where nothing does)."""

    commit: str = ""
    dirty: str = ""


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One walk through the graph.

    Attributes
    ----------
    targets
        Stages that were asked for; empty for all.
    reason
        Why it has this status, where its stages do not say so.
    given
        Parameters given on the command line, as text.
    by
        Who or what started it.
    threads
        With how many the libraries of each stage computed; 0 where that is not known.
    verdict
        The scrap `verdict` of the stage that glued one: `passed` and the outcome of each gate.
    model_version
        The scrap `model_version` of the stage that glued one.
    watch
        The scrap `watch` of the stage that watched: what it saw, findings and all, as JSON.
    """

    run: str
    status: Status = Status.PENDING
    reason: str = ""
    started: str
    ended: str | None = None
    seconds: float = 0.0
    targets: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    by: str = ""
    git: Git = field(default_factory=Git)
    python: str = ""
    lock: str = ""
    threads: int = 0
    stages: list[StageRecord] = field(default_factory=list)
    verdict: dict[str, Any] | None = None
    model_version: dict[str, Any] | None = None
    watch: dict[str, Any] | None = None
    schema_version: int = SCHEMA_VERSION

    def as_json(self) -> bytes:
        """Write it as the bytes of `run.json`."""
        return (json.dumps(self, indent=1, default=_plain) + "\n").encode()


def _plain(value: Any) -> Any:  # noqa: ANN401 - what JSON lacks
    return vars(value) if is_dataclass(value) else str(value)


def now() -> str:
    """Return the present moment in UTC, to the millisecond, with its zone."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def read_run(path: Path) -> RunRecord:
    """Read a `run.json`.

    Raises
    ------
    RunError
        If it is missing, damaged, or of a newer version.
    """
    try:
        found = json.loads(path.read_bytes())
        if found["schema_version"] > SCHEMA_VERSION:
            raise RunError(
                f"{path} was written by a newer version (schema {found['schema_version']}). Upgrade stagebook."
            )
        return _run(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"cannot read the record of a run at {path}: {error}.") from error


def _run(found: dict[str, Any]) -> RunRecord:
    found = {"watch": None, **found}  # which records of version 1 do not have
    _require(found, run=str, reason=str, started=str, seconds=_NUMBER)
    _require(found, verdict=_TABLE, model_version=_TABLE, watch=_TABLE)
    _require(found["git"], commit=str, dirty=str)
    stages = [_stage(item) for item in found.pop("stages")]
    return RunRecord(**found | {"status": Status(found["status"]), "git": Git(**found["git"]), "stages": stages})


def _require(found: dict[str, Any], **kinds: type | UnionType) -> None:
    """Check what others rely on; a record may come from elsewhere, or be damaged.

    Raises
    ------
    TypeError
        If a value is of another type.
    """
    for name, kind in kinds.items():
        if not isinstance(found[name], kind):
            raise TypeError(f"{name} is {found[name]!r}")


def _stage(found: dict[str, Any]) -> StageRecord:
    _require(found, name=str, reason=str, seconds=_NUMBER, peak_memory_bytes=int, parameters=dict, upstreams=dict)
    _require(found, report=str, executed_by=str)
    scraps = {name: ScrapRecord(**item) for name, item in found["scraps"].items()}
    failure = Failure(**found["failure"]) if found["failure"] else None
    return StageRecord(
        **found
        | {
            "status": Status(found["status"]),
            "scraps": scraps,
            "failure": failure,
            "attempts": tuple(found["attempts"]),
        }
    )
