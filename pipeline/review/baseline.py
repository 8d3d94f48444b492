"""Baseline: the run that a run is compared with, found by id, as the champion's, or by what git says came before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ReviewError, RunError, UsageError
from pipeline.models import promotion
from pipeline.past import lookup
from pipeline.past.lookup import PastRun
from pipeline.review.git import git
from pipeline.runs.record import RunRecord, Status, read_run
from pipeline.runs.reports import LATEST, Reports

CHAMPION = "champion"
COMPLETE = frozenset({Status.SUCCEEDED, Status.REUSED, Status.SKIPPED, Status.REFUSED})
_RUN = re.compile(r"\d{8}T[\dZ]*(-[0-9a-f]*)?")  # a run's id, or the beginning of one


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What to compare with.

    Attributes
    ----------
    past
        None where there is nothing.
    words
        How it was chosen, or why there is none, for people.
    """

    past: PastRun | None
    words: str


def choose(past: PastRun, given: str | None) -> Baseline:
    """Find what to compare a run with.

    Parameters
    ----------
    given
        A run's id or the beginning of it, `latest`, `champion`, or what git calls a commit; None for the run before.

    Raises
    ------
    UsageError
        If it names neither a run nor a commit.
    ModelError
        If the history of promotions is damaged.
    """
    if given is None:
        return _told(predecessor(past), "the run before", "there is no finished run before it")
    if given == LATEST:
        other = next(_others(past), None)
        return _told(other, "the newest other run", "there is no other finished run")
    if given == CHAMPION:
        return _champion(past)
    if any(folder.name.startswith(given) for folder in _reports(past).runs()):
        return Baseline(past=lookup.find(past.root, past.folder.parent, given), words="the run that was asked for")
    return _of_git(past, given)


def champion(root: Path, reports: Path, name: str | None = None) -> PastRun | None:
    """Return the run whose model is champion now; None where there is no champion, or its run is gone.

    Parameters
    ----------
    name
        Of the model; None: of whichever was promoted last.

    Raises
    ------
    ModelError
        If the history of promotions is damaged.
    """
    answers = next(reversed(promotion.history(name)), None)
    return None if answers is None else _read(root, reports / answers.run)


def predecessor(past: PastRun) -> PastRun | None:
    """Return the newest run before this one that came to its end with something to compare; None where none did.

    Runs of another model, such as of another table that was tried in between, are passed over.
    """
    before = (other for other in _others(past) if other.record.run < past.record.run)
    return next((other for other in before if _is_of(other, _model(past))), None)


def _model(past: PastRun) -> str | None:
    """Return the name of the model that a run registered, or None."""
    return None if past.record.model_version is None else past.record.model_version.get("name")


def _is_of(past: PastRun, name: str | None) -> bool:
    """Say whether a run is of a model, as far as is known: it may have come to no model."""
    return None in {name, own := _model(past)} or own == name


def _champion(past: PastRun) -> Baseline:
    found = champion(past.root, past.folder.parent, _model(past))
    if found is not None and found.record.run == past.record.run:
        return Baseline(past=None, words="the model of this run is the champion itself")
    return _told(found, "the run whose model is champion", "there is no champion, or its run is gone")


def _of_git(past: PastRun, ref: str) -> Baseline:
    """Find the newest run of the newest commit that this run and a branch have in common, or of one before it."""
    tip = _commit(past.root, ref) or _commit(past.root, f"origin/{ref}")
    if not tip:
        what = "no run begins with it" if _RUN.fullmatch(ref) else "it is no run, and git knows no such commit"
        raise UsageError(
            f"cannot compare with {ref!r}: {what}. Give a run's id, `{LATEST}`, `{CHAMPION}` or a branch; one that is "
            f"only on a server is fetched by `git fetch origin`."
        )
    base = _git(past.root, "merge-base", past.record.git.commit or "HEAD", tip) or tip
    distances = {commit: at for at, commit in enumerate(_git(past.root, "rev-list", base).split())}
    known = [other for other in _others(past) if other.record.git.commit in distances]
    # What was not committed is in no branch; of runs of one commit the newest, which is the first.
    found = min(
        known, key=lambda other: (bool(other.record.git.dirty), distances[other.record.git.commit]), default=None
    )
    if found is None:
        return Baseline(
            past=None, words=f"there is no finished run of {ref} at commit {base[:12]}, nor of one before it"
        )
    return Baseline(past=found, words=_of_commit(found.record, ref, base))


def _of_commit(record: RunRecord, ref: str, base: str) -> str:
    place = f"commit {record.git.commit[:12]} of {ref}"
    unsaved = ", with changes that were not committed" if record.git.dirty else ""
    return f"{place}{unsaved}" if record.git.commit == base else f"{place}{unsaved}, before {base[:12]}"


def _told(found: PastRun | None, words: str, otherwise: str) -> Baseline:
    return Baseline(past=found, words=words if found else otherwise)


def _others(past: PastRun) -> Iterator[PastRun]:
    """Yield the other runs that came to their end, newest first; one whose record is damaged is passed over."""
    for folder in _reports(past).runs():
        other = None if folder.name == past.folder.name else _read(past.root, folder)
        if other is not None and other.record.ended and other.record.status in COMPLETE:
            yield other


def _read(root: Path, folder: Path) -> PastRun | None:
    try:
        return PastRun(root, folder, read_run(folder / "run.json"))
    except RunError:
        return None


def _reports(past: PastRun) -> Reports:
    return Reports(past.folder.parent, past.root)


def _commit(root: Path, ref: str) -> str:
    return _git(root, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{ref}^{{commit}}")


def _git(root: Path, *arguments: str) -> str:
    """Ask git; empty where it has no answer, or is not there."""
    try:
        return git(root, *arguments).strip()
    except ReviewError:
        return ""
