"""Remarks: what people say about a run, each in a text file of its own beside its reports, so that none conflict."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pipeline.errors import ReviewError, RunError, StoreError, UsageError, near
from pipeline.models import approval, remark
from pipeline.models.remark import FOLDER as REVIEW
from pipeline.models.remark import Comment, Decision, Remark, Ruling
from pipeline.past.lookup import PastRun
from pipeline.runs.record import read_run
from pipeline.runs.scrubbing import clean
from pipeline.stages import notebook
from pipeline.store import digest as digests
from pipeline.store.objects import write_atomic

Kind = TypeVar("Kind", bound=Remark)
LASTS = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A file among the remarks that is none, and why."""

    path: Path
    message: str


@dataclass(frozen=True)
class Remarks:
    """What has been said about the run in a folder. Files that are no remarks are problems, and hide no other."""

    folder: Path

    def comments(self) -> list[Comment]:
        """Return the comments, oldest first."""
        return self._of(Comment)

    def decisions(self) -> list[Decision]:
        """Return the decisions, oldest first."""
        return self._of(Decision)

    def problems(self) -> list[Problem]:
        """Return what stands among the remarks and is none."""
        return [found for found in self._all() if isinstance(found, Problem)]

    def files(self) -> list[Path]:
        """Return the files of the remarks."""
        return [self.path(found) for found in self._all() if not isinstance(found, Problem)]

    def path(self, said: Remark) -> Path:
        """Return where a remark stands."""
        return self.folder / REVIEW / remark.name(said)

    def comment(self, stage: str, cell: str, text: str, author: str) -> Comment:
        """Keep a comment on a cell of the report of a stage.

        Raises
        ------
        UsageError
            If there is no such report or cell, or nothing is said.
        RunError, NotebookError
            If the run's record or the report cannot be read.
        StoreError
            If the comment cannot be written.
        """
        past = self._past
        report = past.report(past.stage(stage))
        cells = {found.id for found in notebook.read(report).cells}
        if cell not in cells:
            raise UsageError(f"the report {report} has no cell {cell!r}: {near(cell, cells)}")
        said = _said(text, "comment")
        return self._keep(lambda now: Comment(author=author, written=now, stage=stage, cell=cell, text=said))

    def decide(
        self, ruling: Ruling, reason: str, author: str, *, lasts: timedelta = LASTS, key: Path | None = None
    ) -> Decision:
        """Keep a decision about the run as its record and reports are now.

        Parameters
        ----------
        lasts
            How long it holds.
        key
            A private key of OpenSSH to sign it with; None: it is not signed.

        Raises
        ------
        UsageError
            If the run has not ended, a report of it is gone, no reason is given, or the key does not sign.
        RunError
            If its record cannot be read.
        StoreError
            If the decision cannot be written.
        """
        record = self._past.record
        if record.ended is None:
            raise UsageError(
                f"the run {record.run} has not ended: what is not there yet cannot be {ruling}. Wait for it."
            )
        reports = approval.reports(self.folder, record)
        if gone := [stage for stage, digest in reports.items() if digest == digests.ABSENT]:
            raise UsageError(
                f"the report of {gone[0]!r} is not in {self.folder}, so the run cannot be {ruling}. Bring it back."
            )
        said = _said(reason, "reason")
        blank = Decision(
            ruling=ruling,
            author=author,
            written=datetime.now(UTC),
            reason=said,
            record=approval.outcome(self.folder),
            reports=reports,
            binds=approval.bound(self.folder, record),
        )

        def made(now: datetime) -> Decision:
            decided = replace(blank, written=now, until=now + lasts)
            return decided if key is None else approval.signed(decided, key)

        return self._keep(made)

    def stale(self, decision: Decision) -> str:
        """Say what is no longer as it was decided about; empty where all is."""
        try:
            changed = approval.changed(decision, self.folder)
        except RunError as error:
            return str(error)
        return f"{', '.join(changed)} changed since" if changed else ""

    def standing(self) -> Decision | None:
        """Return the newest decision that is about the run as it is; None where nobody has decided."""
        return next((found for found in reversed(self.decisions()) if not self.stale(found)), None)

    @property
    def _past(self) -> PastRun:
        return PastRun(self.folder.parent, self.folder, read_run(self.folder / "run.json"))

    def _of(self, kind: type[Kind]) -> list[Kind]:
        found = [each for each in self._all() if isinstance(each, kind)]
        return sorted(found, key=lambda each: (each.written, remark.name(each)))

    def _all(self) -> Iterator[Remark | Problem]:
        folder = self.folder / REVIEW
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            yield Problem(path=folder, message=f"{folder} is no folder. Move it away.")
        elif folder.exists():
            yield from (_read(path) for path in sorted(folder.iterdir()) if not path.name.startswith("."))

    def _keep(self, made: Callable[[datetime], Kind]) -> Kind:
        """Write a remark; where its file is there already, the moment is another one by now."""
        folder = self.folder / REVIEW
        if folder.is_symlink():
            raise StoreError(f"{folder} is a link to another place: no remark is written there. Remove the link.")
        while self.path(said := made(datetime.now(UTC))).exists():
            pass
        data = remark.render(said)
        if len(data) > remark.LARGEST_BYTES:
            raise UsageError(
                f"the remark has {len(data)} bytes, the most is {remark.LARGEST_BYTES}. Say it shorter, or in several."
            )
        write_atomic(self.path(said), data, mode=0o444)
        return said


def _read(path: Path) -> Remark | Problem:
    if path.is_symlink() or not path.is_file() or not remark.NAME.fullmatch(path.name):
        return Problem(path=path, message=f"{path.name} is no remark: no remark's file is called so. Move it away.")
    try:
        return remark.parse(path.name, path.read_bytes())
    except (ReviewError, OSError) as error:
        return Problem(path=path, message=str(error))


def _said(text: str, what: str) -> str:
    """Return a text as it is kept: ends of lines as everywhere, nothing around it, no secrets in it.

    Raises
    ------
    UsageError
        If nothing is left.
    """
    said = clean("\n".join(text.splitlines()).strip())
    if not said:
        raise UsageError(f"the {what} is empty: a {what} says something.")
    return said
