"""The shelf: a line for every run, newest first, derived from each `run.json` alone.

What was derived is remembered in the project's state folder, so that only runs which are new or went on are read again;
without that file everything is read.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import RunError
from pipeline.review.waiting import passed, registered
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


@dataclass(frozen=True)
class Shelf:
    """The runs of a project.

    Attributes
    ----------
    reports
        Folder of the runs.
    state
        Folder of what can be made again.
    """

    reports: Path
    state: Path

    def lines(self) -> list[Line]:
        """Return a line for each run, newest first."""
        known, found = self._remembered(), dict[str, dict[str, Any]]()
        for folder in sorted(self.reports.glob("[0-9]*"), reverse=True):
            if (stamp := _stamp(folder / "run.json")) is not None:
                old = known.get(folder.name, {})
                found[folder.name] = old if old.get("stamp") == stamp else {"stamp": stamp, "line": _read(folder)}
        if found != known:
            content = {"format": FORMAT, "runs": found}
            write_atomic(self.state / MEMORY, json.dumps(content).encode())
        return [_line(each["line"]) for each in found.values()]

    def _remembered(self) -> dict[str, dict[str, Any]]:
        try:
            content = json.loads((self.state / MEMORY).read_bytes())
            return dict(content["runs"]) if content["format"] == FORMAT else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


def headline(record: RunRecord) -> Metric | None:
    """Return the first metric of a run that has an interval."""
    return next(metrics(record), None)


def metrics(record: RunRecord) -> Iterator[Metric]:
    """Yield the metrics that a run glued, in its order; what is no estimate with an interval is passed over."""
    scrap = next((stage.scraps[METRICS].value for stage in record.stages if METRICS in stage.scraps), None)
    for name, found in scrap.items() if isinstance(scrap, Mapping) else ():
        if isinstance(found, Mapping) and all(isinstance(found.get(key), int | float) for key in _ESTIMATE):
            yield Metric(name=str(name), **{key: float(found[key]) for key in _ESTIMATE})


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
        decidable=record.ended is not None and passed(record) and registered(record),
        gates="" if record.verdict is None else "passed" if record.verdict.get("passed") is True else "refused",
        stages=tuple((stage.name, str(stage.status)) for stage in record.stages),
    )


def upstreams(stage: StageRecord) -> tuple[str, ...]:
    """Name the stages that a stage took from."""
    return tuple(Path(path).stem for path in stage.upstreams.values())


def _stamp(record: Path) -> list[int] | None:
    try:
        found = record.stat()
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size]


def _read(folder: Path) -> dict[str, Any]:
    try:
        return asdict(replace(line(read_run(folder / "run.json")), run=folder.name))
    except RunError:
        return asdict(Line(run=folder.name, status=UNREADABLE))


def _line(found: dict[str, Any]) -> Line:
    metric = Metric(**found["metric"]) if found["metric"] else None
    return Line(**found | {"metric": metric, "stages": tuple((name, status) for name, status in found["stages"])})
