"""Publishing: keeps a run for good, in git or at a place, and notes beside it where."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline import toml
from pipeline.errors import ReviewError, UsageError
from pipeline.past.claims import PUBLISHED
from pipeline.review import committing
from pipeline.review.contents import Contents, contents
from pipeline.review.manifest import MANIFEST, Manifest
from pipeline.review.remarks import Problem
from pipeline.store.objects import write_atomic
from pipeline.store.places import Place

GIT = "git"


@dataclass(frozen=True, kw_only=True)
class Published:
    """What became of publishing a run.

    Attributes
    ----------
    to
        `git`, or the place, as it may be shown.
    files, added
        How many files are there now, and how many of them were not there before.
    uncommitted
        Whether git has something of it that is still to be committed.
    left_out
        What stands among the remarks and is none.
    """

    folder: Path
    to: str
    files: int
    size_bytes: int
    added: int
    uncommitted: bool = False
    left_out: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A place where a run was published, and when, UTC."""

    to: str
    when: datetime


def to_git(folder: Path, limit_mb: float) -> Published:
    """Make git take the run in a folder; it is for its user to commit it.

    Raises
    ------
    UsageError
        If the run has not ended, is larger than `limit_mb` megabytes, or is in no git repository.
    ReviewError
        If a report is gone, or git has another version of a file, or would change one, or fails.
    """
    found = contents(folder)
    staged = committing.stage(found, limit_mb)
    return _published(found, GIT, staged.added, uncommitted=staged.uncommitted)


def to_place(folder: Path, place: Place) -> Published:
    """Copy the run in a folder to a place, under its id. What is there already must be the same.

    Raises
    ------
    UsageError
        If the run has not ended, or the place is where the run is.
    ReviewError
        If a report is gone, the place has something else under the run's id, or it cannot be written to.
    """
    found = contents(folder)
    target = place / found.run
    if target.is_folder(folder):
        raise UsageError(f"{target.shown} is the run itself: it is published somewhere else. Name another folder.")
    manifest = Manifest.of(found).render()
    new = [name for name, data in _files(found) if _lacks(target, name, data)]
    is_whole = not _lacks(target, MANIFEST, manifest)
    for name, data in _files(found):
        if name in new:
            _put(target, name, data)
    if not is_whole:
        _put(target, MANIFEST, manifest)
    note(folder, place.shown)
    return _published(found, target.shown, len(new))


def noted(folder: Path) -> list[Noted]:
    """Read where the run in a folder was published, oldest first.

    Raises
    ------
    ReviewError
        If the list is damaged.
    """
    path = folder / PUBLISHED
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("published", [])
        return [Noted(to=str(each["to"]), when=_moment(each["when"])) for each in found]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReviewError(
            f"{path} does not say where the run was published: {error!r}. Mend it, or move it away."
        ) from error


def note(folder: Path, where: str) -> None:
    """Note where a run was published, behind what stands there.

    Raises
    ------
    ReviewError
        If the list is damaged.
    StoreError
        If it cannot be written.
    """
    if where in (known.to for known in noted(folder)):
        return
    path = folder / PUBLISHED
    before = path.read_bytes() if path.exists() else b""
    lines = ["[[published]]", *toml.lines({"to": where, "when": datetime.now(UTC)}), "", ""]
    write_atomic(path, before + "\n".join(lines).encode())


def _files(found: Contents) -> Iterator[tuple[str, bytes]]:
    return ((name, found.read(name)) for name in found.names)


def _lacks(target: Place, name: str, data: bytes) -> bool:
    """Say whether a place lacks a file; one that it has must be the same."""
    if (there := target.get(name)) is not None and there != data:
        raise ReviewError(
            f"{target.shown} has another {name} than the run has here, and a published run never changes. "
            "Nothing was written. Publish somewhere else, or find out which of the two was changed."
        )
    return there is None


def _put(target: Place, name: str, data: bytes) -> None:
    target.put(name, data)
    if target.get(name) != data:
        raise ReviewError(f"{target.shown} does not give back {name} as it was written. Publish somewhere else.")


def _published(found: Contents, to: str, added: int, *, uncommitted: bool = False) -> Published:
    return Published(
        folder=found.folder,
        to=to,
        files=len(found.names),
        size_bytes=sum(found.sizes.values()),
        added=added,
        uncommitted=uncommitted,
        left_out=found.left_out,
    )


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no moment")
    return value
