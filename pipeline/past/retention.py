"""Retention: removes the runs, ledger entries and objects that nothing kept needs.

An object is needed where its digest is written in any file that is kept. What is removed first never leaves something
behind that needs it: entries of the ledger, then runs, then objects.
"""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pipeline.past.claims import FETCHED, Archive, named
from pipeline.store.objects import Store, Stored

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_GONE = ".gone-"


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What of an archive is kept, and what can go.

    Attributes
    ----------
    keep_last
        How many of the newest runs are kept whatever they are; 0 and up.
    """

    archive: Archive
    store: Store
    keep_last: int

    @cached_property
    def kept(self) -> dict[str, str]:
        """Why a run is kept, for each that is.

        Raises
        ------
        ModelError
            If the history of promotions is damaged.
        """
        return self.archive.claimed(self.keep_last)

    @cached_property
    def runs(self) -> list[str]:
        """Runs that nobody needs, oldest first."""
        return [run for run in self.archive.folders if run not in self.kept]

    @cached_property
    def entries(self) -> list[Path]:
        """Entries of the ledger whose report goes, or is gone."""
        found = (self.archive.state / "ledger").glob("*/[0-9]*.json")
        return sorted(path for path in found if path.stem not in self.kept)

    @cached_property
    def objects(self) -> list[Stored]:
        """Objects that nothing kept names. While a run goes on, what was put since it began is left alone."""
        needed = named(DIGEST, self.archive.files(self.kept))
        since = min(map(_began, self.archive.alive), default=float("inf"))
        return [found for found in self.store.contents() if found.digest not in needed and found.put_at < since]

    @cached_property
    def size_bytes(self) -> int:
        """Bytes that are freed: a report that a kept run links to frees none."""
        kept = _sizes(self.archive.folders[run] for run in self.kept)
        gone = _sizes(self.archive.folders[run] for run in self.runs)
        return sum(gone[file] for file in gone.keys() - kept.keys()) + sum(found.size_bytes for found in self.objects)

    def remove(self) -> None:
        """Remove it all."""
        objects, runs = self.objects, self.runs  # decided before anything is gone
        for entry in self.entries:
            entry.unlink(missing_ok=True)
        for run in runs:
            _remove(self.archive.folders[run])
            shutil.rmtree(self.archive.state / "scratch" / run, ignore_errors=True)
        for found in objects:
            self.store.remove(found.digest)
        for kind in (_GONE, FETCHED):  # of what was interrupted: nobody else is at work
            for half in self.archive.reports.folder.glob(f"{kind}*"):
                shutil.rmtree(half, ignore_errors=True)
        self.archive.reports.write_index()


def _remove(folder: Path) -> None:
    """Remove a run in one step, as far as anybody who looks at the reports can see."""
    gone = folder.with_name(f"{_GONE}{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _began(run: str) -> float:
    """Return when a run began, in seconds since 1970: its id says so."""
    return datetime.strptime(f"{run.partition('-')[0]}+0000", "%Y%m%dT%H%M%SZ%z").timestamp()


def _sizes(folders: Iterable[Path]) -> dict[tuple[int, int], int]:
    found = (path.stat() for folder in folders for path in folder.rglob("*") if path.is_file())
    return {(file.st_dev, file.st_ino): file.st_size for file in found}
