"""Contents: the files of a run that are published: its record, its reports, and what people said about it."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from pipeline.errors import ReviewError, UsageError
from pipeline.review.remarks import Problem, Remarks
from pipeline.runs.record import RunRecord, read_run

RECORD = "run.json"
FOR_CI = "junit.xml"
_REPORT = re.compile(r"[^./\\:\x00-\x1f][^/\\:\x00-\x1f]*\.ipynb")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is published of a run.

    Attributes
    ----------
    sealed
        Names of the files that never change once a run has ended, within its folder.
    remarks
        Names of the files of its remarks: there may be more of them later.
    left_out
        What stands among the remarks and is none.
    """

    folder: Path
    sealed: tuple[str, ...]
    remarks: tuple[str, ...]
    left_out: tuple[Problem, ...]

    @property
    def run(self) -> str:
        """The run's id."""
        return self.folder.name

    @property
    def names(self) -> tuple[str, ...]:
        """All files."""
        return (*self.sealed, *self.remarks)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Bytes of each file."""
        return {name: (self.folder / name).stat().st_size for name in self.names}

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        return (self.folder / name).read_bytes()


def contents(folder: Path) -> Contents:
    """Find what is published of the run in a folder.

    Raises
    ------
    UsageError
        If the run has not ended.
    ReviewError
        If a report that its record names is not there, or its name is not plain.
    RunError
        If its record cannot be read.
    """
    record = read_run(folder / RECORD)
    if record.ended is None:
        raise UsageError(f"the run {record.run} has not ended: only what never changes is published. Wait for it.")
    names = reports(record)
    if odd := [name for name in names if not is_plain(name)]:
        raise ReviewError(f"the report {odd[0]!r} is published under no system: its name has to be a plain one.")
    if gone := [name for name in names if not _is_own(folder / name)]:
        raise ReviewError(f"{folder} has no report {gone[0]}, which its run.json names. Bring it back first.")
    remarks = Remarks(folder)
    return Contents(
        folder=folder,
        sealed=(RECORD, *([FOR_CI] if _is_own(folder / FOR_CI) else []), *names),
        remarks=tuple(sorted(path.relative_to(folder).as_posix() for path in remarks.files())),
        left_out=tuple(remarks.problems()),
    )


def reports(record: RunRecord) -> list[str]:
    """Name the files of the reports of a run, those of earlier attempts and of reused stages too."""
    paths = [path for stage in record.stages for path in (stage.report, *stage.attempts) if path]
    return sorted({PurePosixPath(str(path)).name for path in paths})


def is_plain(name: str) -> bool:
    """Say whether this can be a file of a run: what leads elsewhere, or is no file's name on some system, cannot."""
    return name in {RECORD, FOR_CI} or _REPORT.fullmatch(name) is not None


def _is_own(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
