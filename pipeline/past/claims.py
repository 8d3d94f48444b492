"""Claims: why a run of the past is still needed.

What is needed is found by reading, not by trusting: a run that a champion, an approval, git, or something that people
put beside its reports speaks of is claimed, and so is every run whose reports a claimed report was made from.
"""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path, PurePosixPath

from pipeline.errors import RunError
from pipeline.models import promotion
from pipeline.models.remark import FOLDER as REVIEW
from pipeline.runs.record import RunRecord, read_run
from pipeline.runs.reports import LATEST, Reports

PUBLISHED = "published.toml"  # of a run's folder: where it has been published
FETCHED = ".fetched-"  # beginning of the name of a folder that becomes a run when it is whole
ALIVE = timedelta(days=1)  # a run without an end in which nothing was written for longer has been killed
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_WRITTEN_BY_RUNS = re.compile(r"run\.json|junit\.xml|[^/]+\.ipynb|\..+\.tmp|\.lock|\.ipynb_checkpoints")
_REMADE = {"ledger", "store", "scratch", "work", "retraining"}  # of the state folder: they name runs, but need none


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The runs that a project has kept so far.

    Attributes
    ----------
    root, state
        Folders of the project, and of what it can make again.
    now
        The moment at which is decided, UTC.
    """

    root: Path
    reports: Reports
    state: Path
    now: datetime

    @cached_property
    def folders(self) -> dict[str, Path]:
        """Folder of each run, oldest first."""
        found = (path for path in self.reports.folder.glob("[0-9]*") if RUN.fullmatch(path.name) and path.is_dir())
        return {path.name: path for path in sorted(found)}

    @cached_property
    def records(self) -> dict[str, RunRecord]:
        """Record of each run that has one that can be read."""
        return {run: record for run, path in self.folders.items() if (record := _record(path)) is not None}

    @cached_property
    def alive(self) -> list[str]:
        """Runs that may still be going on."""
        ended = {run for run, record in self.records.items() if record.ended}
        return [run for run, path in self.folders.items() if run not in ended and self.now - _written(path) < ALIVE]

    def claimed(self, keep_last: int) -> dict[str, str]:
        """Return why a run is kept, for each that is; the newest `keep_last` that ended are among them.

        Raises
        ------
        ModelError
            If the history of promotions is damaged, so that nobody knows what the champions need.
        """
        found: dict[str, str] = {}
        for reason, runs in (*self._own(), (f"it is of the newest {keep_last}", self._newest(keep_last))):
            found = dict.fromkeys(runs, reason) | found
        todo = list(found)
        for run in todo:
            new = [other for other in self._sources(run) if other not in found]
            found |= dict.fromkeys(new, f"reports of {run} were made from it")
            todo += new
        return {run: found[run] for run in self.folders if run in found}

    def files(self, runs: Iterable[str]) -> Iterator[Path]:
        """Yield every file of these runs, and every one that is nobody's run."""
        for run in runs:
            yield from _files(self.folders[run])
        yield from self._latest()
        yield from self._lasting()

    def _own(self) -> Iterator[tuple[str, Iterable[str]]]:
        """Yield runs that are kept for their own sake, with the reason."""
        yield "a model of it became champion", [past.run for past in promotion.history()]
        yield "it is in git", _in_git(self.root, self.reports.folder)
        yield "it is published", [run for run, path in self.folders.items() if (path / PUBLISHED).exists()]
        yield "somebody reviewed it", [run for run, path in self.folders.items() if (path / REVIEW).exists()]
        yield "somebody put something beside its reports", [r for r, path in self.folders.items() if _visited(path)]
        yield "its record cannot be read", [run for run, path in self.folders.items() if self._is_damaged(run, path)]
        yield "it has not ended", self.alive
        yield f"it is in {LATEST}", named(RUN, self._latest())
        yield "the project's state names it", named(RUN, self._lasting())

    def _newest(self, count: int) -> list[str]:
        ended = [run for run, record in self.records.items() if record.ended]
        return ended[max(len(ended) - count, 0) :]

    def _is_damaged(self, run: str, folder: Path) -> bool:
        return run not in self.records and (folder / "run.json").exists()

    def _sources(self, run: str) -> Iterator[str]:
        """Yield the runs that executed what a run reused, and those whose reports its own were made from."""
        for stage in self.records[run].stages if run in self.records else ():
            yield from (stage.executed_by, *(PurePosixPath(report).parent.name for report in stage.upstreams.values()))

    def _latest(self) -> Iterator[Path]:
        return _files(self.reports.folder / LATEST)

    def _lasting(self) -> Iterator[Path]:
        """Yield small files of the state folder that stand for decisions: champions, approvals."""
        folders = (path for path in self.state.glob("*") if path.is_dir() and path.name not in _REMADE)
        return (path for folder in folders for path in _files(folder) if path.suffix in {".json", ".jsonl"})


def named(pattern: re.Pattern[str], files: Iterable[Path]) -> set[str]:
    """Return everything of a form that is written in some files; each file is read once, however often it is linked."""
    once: Mapping[tuple[int, int], Path] = {(path.stat().st_dev, path.stat().st_ino): path for path in files}
    return {match for path in once.values() for match in pattern.findall(path.read_bytes().decode(errors="replace"))}


def _record(folder: Path) -> RunRecord | None:
    try:
        return read_run(folder / "run.json")
    except RunError:
        return None


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _visited(folder: Path) -> bool:
    return any(not _WRITTEN_BY_RUNS.fullmatch(path.name) for path in folder.iterdir())


def _written(folder: Path) -> datetime:
    """Return when something was last written in a folder."""
    return datetime.fromtimestamp(max(path.stat().st_mtime for path in (folder, *_files(folder))), UTC)


def _in_git(root: Path, reports: Path) -> set[str]:
    """Return the runs of which git has something; none where there is no git."""
    try:
        command = ("git", "ls-files", "-z", "--", str(reports))
        listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words
    except (OSError, subprocess.CalledProcessError):
        return set()
    return {part for path in listed.split("\0") for part in PurePosixPath(path).parts if RUN.fullmatch(part)}
