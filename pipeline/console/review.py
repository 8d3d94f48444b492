"""Review: what people said about runs, what waits for them, and where runs are kept for good."""

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.console import words
from pipeline.errors import ReviewError
from pipeline.models.remark import Comment, Decision, Remark
from pipeline.review import publishing
from pipeline.runs.record import RunRecord

if TYPE_CHECKING:
    from pipeline.review.fetching import Fetched
    from pipeline.review.publishing import Published
    from pipeline.review.remarks import Remarks
    from pipeline.review.waiting import Decided

_LAST = 10  # decisions that the list of what waits shows


def remarks(found: "Remarks") -> None:
    """Print where a run is published, and what people said about it."""
    try:
        places = [f"{known.to} since {known.when:%Y-%m-%d %H:%M} UTC" for known in publishing.noted(found.folder)]
    except ReviewError as error:
        places = [str(error)]
    _section("published", [words.harmless(line) for line in places])
    _section("comments", [line for said in found.comments() for line in _comment(said)])
    _section("decisions", [line for said in found.decisions() for line in _decision(said, found.stale(said))])
    _section("files that are no remarks", [words.harmless(problem.message) for problem in found.problems()])


def recorded(found: "Remarks", said: Remark) -> None:
    """Print that a remark is kept, and where."""
    kind = "comment" if isinstance(said, Comment) else str(said.ruling)
    print(f"recorded: {kind} by {words.harmless(said.author)}")
    print(f"  {words.shown(found.path(said))}")


def waiting(runs: Sequence[RunRecord], decided: "Sequence[Decided]") -> None:
    """Print which runs wait for a decision, and the last decisions."""
    print(f"{len(runs) or 'no'} {'run waits' if len(runs) == 1 else 'runs wait'} for review")
    for record in runs:
        model = record.model_version or {}
        version = words.harmless(f"{model.get('name')} version {model.get('version')}")
        print(f"  {record.run}  {version}, ended {record.ended}")
    if runs:
        print("  read: pipeline show RUN   then: pipeline approve|refuse RUN --reason TEXT")
    lines = [line for each in decided[:_LAST] for line in _decision(each.decision, each.stale, each.run)]
    _section("last decisions", lines)


def published(found: "Published") -> None:
    """Print where a run is kept for good, and what its user has to do for that."""
    size = f"{found.files} files, {found.size_bytes / words.MIB:.1f} MiB"
    print(f"published {found.folder.name} to {found.to}: {size}, {found.added or 'none'} of them new there")
    for problem in found.left_out:
        print(f"  left out: {words.harmless(problem.message)}")
    if found.uncommitted:
        where = shlex.quote(words.shown(found.folder))
        print(f"  keep it:  git commit -m {shlex.quote(f'Publish run {found.folder.name}')} -- {where}")


def unpublished(run: str, why: str) -> None:
    """Print that a run whose model became champion could not be published."""
    print(f"warning: the run {run}, whose model became champion, could not be published: {why}", file=sys.stderr)
    print(f"  try again: pipeline publish {run}", file=sys.stderr)


def fetched(found: "Fetched") -> None:
    """Print that a run is here."""
    print(f"fetched {found.folder.name}: {found.added or 'no'} files new in {words.shown(found.folder)}")
    for why in found.left_out:
        print(f"  left out: {words.harmless(why)}")


def _section(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"\n{title}", *lines, sep="\n  ")


def _comment(said: Comment) -> list[str]:
    head = f"{said.written:%Y-%m-%d %H:%M} UTC {said.author} on {said.stage}, cell {said.cell}"
    return [words.harmless(head), *_said(said.text)]


def _decision(said: Decision, stale: str, run: str = "") -> list[str]:
    about = f"{run} " if run else ""
    head = f"{about}{said.ruling} {said.written:%Y-%m-%d %H:%M} UTC by {said.author}"
    holds = [f"  it holds no longer: {stale}"] if stale else []
    return [words.harmless(head), *_said(said.reason), *map(words.harmless, holds)]


def _said(text: str) -> list[str]:
    return [f"  {words.harmless(line)}" for line in text.splitlines()]
