"""The shelf: a line for every run, newest first, derived from each `run.json` alone.

What was derived is remembered in the project's state folder, so that only runs which are new or went on are read again;
without that file everything is read.
"""

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import RunError, StoreError
from pipeline.review.waiting import is_decidable
from pipeline.runs.record import RunRecord, StageRecord, read_run
from pipeline.runs.reports import METRICS
from pipeline.store.objects import write_atomic

MEMORY = "shelf.json"
FORMAT = 1
UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """An estimate of how good a model is: its value, and the interval of 95 % that it lies in."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """A run on the shelf.

    Attributes
    ----------
    status
        As in its record; `unreadable` where there is none that can be read.
    seconds
        Wall time.
    by, commit
        Who started it and the commit that it ran; empty where that is not known.
    dirty
        Whether the code differed from the commit.
    metric
        The headline: the first one that the run glued, None where there is none.
    model, version
        What it registered; empty and 0 where nothing.
    gates
        `passed`, `refused`, or empty where there was no verdict.
    decidable
        Whether somebody has to decide about it: it ended, registered a version itself, and its gates passed.
    stages
        Name and status of each.
    """

    run: str
    status: str
    started: str = ""
    seconds: float = 0.0
    by: str = ""
    commit: str = ""
    dirty: bool = False
    metric: Metric | None = None
    model: str = ""
    version: int = 0
    gates: str = ""
    decidable: bool = False
    stages: tuple[tuple[str, str], ...] = ()


class Shelf:
    """The runs of a project.

    Parameters
    ----------
    reports
        Folder of the runs.
    state
        Folder of what can be made again.
    """

    def __init__(self, reports: Path, state: Path) -> None:
        self.reports, self.state = reports, state
        self._known: dict[str, _Seen] | None = None

    def lines(self) -> list[Line]:
        """Return a line for each run, newest first."""
        known = self._remembered() if self._known is None else self._known
        seen = ((name, _seen(self.reports / name, known.get(name))) for name in self._runs())
        self._known = {name: each for name, each in seen if each is not None}
        if self._known != known:
            runs = {name: [seen.stamp, asdict(seen.line)] for name, seen in self._known.items()}
            with suppress(StoreError):  # what cannot be remembered is derived again
                write_atomic(self.state / MEMORY, json.dumps({"format": FORMAT, "runs": runs}).encode())
        return [seen.line for seen in self._known.values()]

    def _runs(self) -> list[str]:
        try:
            names = [entry.name for entry in os.scandir(self.reports) if entry.name[:1].isdigit()]
        except FileNotFoundError:
            return []
        return sorted(names, reverse=True)

    def _remembered(self) -> dict[str, "_Seen"]:
        try:
            content = json.loads((self.state / MEMORY).read_bytes())
            runs = content["runs"] if content["format"] == FORMAT else {}
            return {name: _Seen(tuple(stamp), _line(line)) for name, (stamp, line) in runs.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}


class _Seen(NamedTuple):
    """A line, and when and of which size the record was that it was derived from."""

    stamp: tuple[int, ...]
    line: Line


def headline(record: RunRecord) -> Metric | None:
    """Return the first metric of a run that has an interval."""
    return next(metrics(record), None)


def metrics(record: RunRecord) -> Iterator[Metric]:
    """Yield the metrics that a run glued, in its order; what is no estimate with an interval is passed over."""
    scrap = next((stage.scraps[METRICS].value for stage in record.stages if METRICS in stage.scraps), None)
    for name, found in scrap.items() if isinstance(scrap, Mapping) else ():
        if isinstance(found, Mapping) and all(_is_number(found.get(key)) for key in _ESTIMATE):
            yield Metric(name=str(name), **{key: float(found[key]) for key in _ESTIMATE})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < math.inf


_ESTIMATE = ("value", "low", "high")


def line(record: RunRecord) -> Line:
    """Return the line of a run."""
    model = record.model_version or {}
    version = model.get("version")
    return Line(
        run=record.run,
        status=str(record.status),
        started=record.started,
        seconds=record.seconds,
        by=record.by,
        commit=record.git.commit,
        dirty=bool(record.git.dirty),
        metric=headline(record),
        model=str(model.get("name") or ""),
        version=version if isinstance(version, int) else 0,
        decidable=is_decidable(record),
        gates="" if record.verdict is None else "passed" if record.verdict.get("passed") is True else "refused",
        stages=tuple((stage.name, str(stage.status)) for stage in record.stages),
    )


def upstreams(stage: StageRecord) -> tuple[str, ...]:
    """Name the stages that a stage took from."""
    return tuple(Path(path).stem for path in stage.upstreams.values())


def _seen(folder: Path, known: _Seen | None) -> _Seen | None:
    """Return what is known of a run, read again where its record is another now; None where it has none."""
    try:
        found = (folder / "run.json").stat()
    except OSError:
        return None
    stamp = (found.st_mtime_ns, found.st_size)
    return known if known is not None and known.stamp == stamp else _Seen(stamp, _read(folder))


def _read(folder: Path) -> Line:
    try:
        return replace(line(read_run(folder / "run.json")), run=folder.name)
    except RunError:
        return Line(run=folder.name, status=UNREADABLE)


def _line(found: dict[str, Any]) -> Line:
    metric = Metric(**found["metric"]) if found["metric"] else None
    return Line(**found | {"metric": metric, "stages": tuple((name, status) for name, status in found["stages"])})
