"""The library: what the pages show of a project: its runs, their reports rendered, and what was said about them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipeline.deploy import records
from pipeline.deploy.target import Deployment, State
from pipeline.errors import DeployError, ModelError, NotebookError
from pipeline.models import promotion
from pipeline.past import lookup
from pipeline.past.lookup import PastRun
from pipeline.review import reading
from pipeline.review.baseline import CHAMPION, COMPLETE
from pipeline.review.reading import ANSWER
from pipeline.review.remarks import Remarks
from pipeline.review.shelf import Line, Shelf
from pipeline.review.staleness import changed
from pipeline.runs.record import RunRecord, StageRecord

PREVIOUS = "previous"
LONGEST_NAME = 240  # bytes of a stage's name, so that its page has a name that file systems take


@dataclass(frozen=True, kw_only=True)
class Library:
    """The reports of a project.

    Attributes
    ----------
    notebooks, reports, state
        Folders of its stages, of its runs, and of what can be made again.
    budget_bytes
        How large a report may be, with its pictures, before a notice says so.
    """

    root: Path
    notebooks: Path
    reports: Path
    state: Path
    budget_bytes: float

    @property
    def project(self) -> str:
        """What the project is called: as its folder."""
        return self.root.name

    def lines(self) -> list[Line]:
        """Return the shelf, newest run first."""
        return self._shelf.lines()

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf(self.reports, self.state)

    def find(self, run: str) -> PastRun:
        """Find a run by its id; what its record says of names is not trusted to be one of a file."""
        found = lookup.find(self.root, self.reports, run)
        stages = [stage for stage in found.record.stages if _is_plain(stage.name)]
        return replace(found, record=replace(found.record, run=found.folder.name, stages=stages))

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Return what the models of runs are called now, by run; none where the pointer cannot be read."""
        try:
            runs = [each.run for each in promotion.history()]
        except ModelError:
            return {}
        named = [*zip(reversed(runs), (CHAMPION, PREVIOUS), strict=False)]
        return {run: tuple(alias for each, alias in named if each == run) for run, _ in named}

    def reigns(self, run: str) -> list[tuple[str, str]]:
        """Return from when to when the model of a run answered; an empty end: it does so now."""
        try:
            found = promotion.history()
        except ModelError:
            return []
        ends = [*(each.when.isoformat() for each in found[1:]), ""]
        return [(each.when.isoformat(), end) for each, end in zip(found, ends, strict=False) if each.run == run]

    def deployments(self, record: RunRecord) -> list[Deployment]:
        """Return where the version that a run registered was released to and not withdrawn, as was written down."""
        named = record.model_version or {}
        try:
            found = records.of(self.state, str(named.get("name")), named.get("version"))
        except DeployError:
            return []
        return [each for each in found if each.state is not State.WITHDRAWN]

    def champion(self) -> str:
        """Return the run whose model is champion; empty where there is none."""
        return next((run for run, aliases in self.aliases().items() if CHAMPION in aliases), "")

    def stale(self, past: PastRun) -> Mapping[str, str]:
        """Say of which stages the source has changed since, and in what."""
        found = {stage.name: self._stale(past, stage) for stage in past.record.stages if stage.report}
        return {name: why for name, why in found.items() if why}

    def _stale(self, past: PastRun, stage: StageRecord) -> str:
        try:
            return changed(reading.document(past, stage), self.notebooks)
        except NotebookError:
            return "The report cannot be read."

    def remarks(self, past: PastRun) -> Remarks:
        """Return what was said about a run."""
        return Remarks(past.folder)


def before(lines: Iterable[Line], run: str) -> str:
    """Return the newest finished run before one; empty where there is none."""
    return next((line.run for line in lines if line.run < run and line.status in COMPLETE), "")


def _is_plain(name: str) -> bool:
    size = len(name.encode(errors="replace"))
    return name.isprintable() and Path(name).name == name and 0 < size <= LONGEST_NAME


def answers(past: PastRun) -> list[tuple[str, str]]:
    """Return in a sentence what each stage found, as Markdown, as far as it glued one."""
    found = [(stage.name, stage.scraps[ANSWER].value) for stage in past.record.stages if ANSWER in stage.scraps]
    return [(name, text) for name, text in found if isinstance(text, str) and text.strip()]
