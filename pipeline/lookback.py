"""Lookback: what the commands about past runs ask for, made ready from the project and its settings.

A project whose notebooks cannot be read at the moment still has its past, so nothing here reads them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import project, settings
from pipeline.past import lookup
from pipeline.past.claims import Archive
from pipeline.past.lookup import PastRun
from pipeline.past.retention import Retention
from pipeline.review.remarks import Remarks
from pipeline.runs import obituary, presence, scrubbing
from pipeline.runs.ledger import Ledger
from pipeline.runs.reports import Reports
from pipeline.store.objects import open_store

if TYPE_CHECKING:
    from pipeline.models.approval import Policy
    from pipeline.past.debugging import Attached
    from pipeline.past.verification import Verification
    from pipeline.review.fetching import Fetched
    from pipeline.review.library import Library
    from pipeline.review.publishing import Published

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

    @cached_property
    def state(self) -> Path:
        """Folder of what can be made again."""
        return project.state(self.root)

    @property
    def reports(self) -> Path:
        """Folder of the runs."""
        return self.root / self.settings.reports

    @property
    def model(self) -> str:
        """What the project's model is called in the registry, where nothing else is asked for."""
        return str(self.table.get("models", {}).get("name", "model"))

    @property
    def policy(self) -> "Policy | None":
        """What an approval must be; None where settings ask for none."""
        return self.settings.approval if self.settings.promotion == "approval" else None

    def find(self, run: str) -> PastRun:
        """Find a run by the beginning of its id, or the newest by `latest`; records of runs that died are finished."""
        self._finish_dead()
        return lookup.find(self.root, self.reports, run)

    def scratch_copy(self, run: str, stage: str) -> Path:
        """Copy a report to where it can be edited."""
        past = self.find(run)
        return lookup.scratch_copy(past.report(past.stage(stage)), self._scratch(past))

    @contextmanager
    def verification(self, run: str, cell_done: CellDone) -> Iterator["Verification"]:
        """Make a run ready to be run again; what came out differently goes to a scratch folder."""
        from pipeline.past.verification import Verification, tolerances

        past = self.find(run)
        declared = tolerances(self.table.get("verify", {}).get("tolerance", {}), past)
        with self._at_work("verify") as folder:
            yield Verification(
                past=past,
                work=folder,
                scratch=self._scratch(past) / folder.name,
                jobs=self.settings.jobs,
                tolerance=declared,
                cell_done=cell_done,
            )

    @contextmanager
    def debug(self, run: str, stage: str, cell_done: CellDone) -> Iterator["Attached"]:
        """Run a stage of a run again to where it stopped, and keep its kernel for the block."""
        from pipeline.past import debugging

        past = self.find(run)
        found = past.stage(stage)
        with (
            self._at_work("debug") as folder,
            debugging.debug(past, found, folder, partial(cell_done, stage)) as attached,
        ):
            yield attached

    @contextmanager
    def remarks(self, run: str, what: str) -> Iterator[Remarks]:
        """Return what people have said about a run, to say more during the block: nobody removes the run meanwhile."""
        with self._at_work(what):
            yield Remarks(self.find(run).folder)

    def runs(self) -> list[Path]:
        """List the folders of all runs, newest first; records of runs that died are finished."""
        self._finish_dead()
        return Reports(self.reports, self.root).runs()

    def publish(self, run: str, to: str = "") -> "Published":
        """Keep a run for good, in git or at a place from the working folder; by default where settings say."""
        from pipeline.review import publishing
        from pipeline.store.places import place

        chosen, folder = self.settings.publish, self.find(run).folder
        with self._at_work("publish"):
            if (to or chosen.to) == publishing.GIT:
                return publishing.to_git(folder, chosen.limit_mb)
            return publishing.to_place(folder, place(to or chosen.to, Path.cwd() if to else self.root))

    def fetch(self, run: str, source: str) -> "Fetched":
        """Bring a published run back from a place, taken from the working folder."""
        from pipeline.review import fetching
        from pipeline.store.places import place

        with self._at_work("fetch"):
            found = fetching.fetch(run, place(source, Path.cwd()), self.reports)
            Reports(self.reports, self.root).write_index()
        return found

    def retention(self, keep_last: int) -> Retention:
        """Find out what of the past nobody needs."""
        self._finish_dead()
        archive = Archive(
            root=self.root,
            reports=Reports(self.reports, self.root),
            state=self.state,
            now=datetime.now(UTC),
        )
        store = open_store(self.settings.store, self.root)
        return Retention(archive=archive, store=store, keep_last=keep_last)

    def library(self) -> "Library":
        """Return what is shown of the project; records of runs that died are finished."""
        from pipeline.review.library import Library

        self._finish_dead()
        scrubbing.learn(self.settings.secrets)
        return Library(
            root=self.root,
            notebooks=self.root / self.settings.notebooks,
            reports=self.reports,
            state=self.state,
            budget_bytes=self.settings.report_budget_mb * 2**20,
        )

    def alone(self) -> AbstractContextManager[None]:
        """Let no run start or go on during the block, nor anything else that reads the past."""
        return presence.alone(self.state)

    def _finish_dead(self) -> None:
        obituary.finish_dead(Reports(self.reports, self.root), Ledger(self.state / "ledger"))

    def _at_work(self, what: str) -> AbstractContextManager[Path]:
        scrubbing.learn(self.settings.secrets)
        return presence.at_work(self.state, what)

    def _scratch(self, past: PastRun) -> Path:
        return self.state / "scratch" / past.record.run
