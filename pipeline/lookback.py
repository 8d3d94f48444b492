"""Lookback: what the commands about past runs ask for, made ready from the project and its settings.

A project whose notebooks cannot be read at the moment still has its past, so nothing here reads them.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from pipeline import project, settings
from pipeline.past import lookup
from pipeline.past.claims import Archive
from pipeline.past.lookup import PastRun
from pipeline.past.retention import Retention
from pipeline.runs.reports import Reports
from pipeline.store.objects import open_store

if TYPE_CHECKING:
    from pipeline.past.debugging import Attached
    from pipeline.past.verification import Verification

CellDone = Callable[[str, int, int, str, float], None]


@dataclass(frozen=True)
class Lookback:
    """The past of a project."""

    root: Path

    @cached_property
    def table(self) -> Mapping[str, Any]:
        """`[tool.pipeline]` as it stands."""
        return project.table(self.root)

    @cached_property
    def settings(self) -> settings.Settings:
        """Settings, checked; tables that notebooks may read are left to them."""
        return settings.load(self.root, {}, set(self.table))

    @property
    def reports(self) -> Path:
        """Folder of the runs."""
        return self.root / self.settings.reports

    def find(self, run: str) -> PastRun:
        """Find a run by the beginning of its id, or the newest by `latest`."""
        return lookup.find(self.root, self.reports, run)

    def scratch_copy(self, run: str, stage: str) -> Path:
        """Copy a report to where it can be edited."""
        past = self.find(run)
        return lookup.scratch_copy(past.report(past.stage(stage)), self._scratch(past))

    def verification(self, run: str, cell_done: CellDone) -> "Verification":
        """Make a run ready to be run again; what it leaves behind goes to a scratch folder."""
        from pipeline.past.verification import Verification, tolerances

        past = self.find(run)
        declared = tolerances(self.table.get("verify", {}).get("tolerance", {}), past)
        folder = self._scratch(past)
        folder.mkdir(parents=True, exist_ok=True)
        return Verification(
            past=past,
            scratch=Path(mkdtemp(prefix="verify-", dir=folder)),
            jobs=self.settings.jobs,
            tolerance=declared,
            cell_done=cell_done,
        )

    def debug(self, run: str, stage: str, cell_done: CellDone) -> AbstractContextManager["Attached"]:
        """Run a stage of a run again to where it stopped, and keep its kernel for the block."""
        from pipeline.past import debugging

        past = self.find(run)
        scratch = self._scratch(past)
        scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="debug-", dir=scratch))
        return debugging.debug(past, past.stage(stage), folder, partial(cell_done, stage))

    def retention(self, keep_last: int) -> Retention:
        """Find out what of the past nobody needs."""
        archive = Archive(
            root=self.root,
            reports=Reports(self.reports, self.root),
            state=project.state(self.root),
            now=datetime.now(UTC),
        )
        store = open_store(self.settings.store, self.root)
        return Retention(archive=archive, store=store, keep_last=keep_last)

    def _scratch(self, past: PastRun) -> Path:
        return project.state(self.root) / "scratch" / past.record.run
