"""Committing: makes git take a run for good, byte for byte, though it ignores the folder of the reports."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ReviewError, UsageError
from pipeline.review.contents import Contents
from pipeline.review.git import git
from pipeline.store.objects import write_atomic

ATTRIBUTES = ".gitattributes"
_AS_THEY_ARE = b"# A report is kept byte for byte: no filter strips it, no end of line changes.\n* -text -filter\n"
_MB = 1e6


@dataclass(frozen=True, kw_only=True)
class Staged:
    """What git has now: how many files are new to its index, and whether some of it is still to be committed."""

    added: int
    uncommitted: bool


def stage(found: Contents, limit_mb: float) -> Staged:
    """Add a run to git's index.

    Raises
    ------
    UsageError
        If the run's folder is in no git repository, or the run is larger than `limit_mb` megabytes.
    ReviewError
        If git has another version of a file, or would change one, or fails.
    """
    _check_size(found, limit_mb)
    _check_repository(found.folder)
    attributes = found.folder / ATTRIBUTES
    is_new = not attributes.exists()
    if is_new:
        write_atomic(attributes, _AS_THEY_ARE)
    names = (*found.names, ATTRIBUTES)
    try:
        new = _new(found, names)
        if new:
            git(found.folder, "add", "--force", "--", *new)
    except ReviewError:
        if is_new:
            attributes.unlink()
        raise
    uncommitted = git(found.folder, "diff", "--cached", "--name-only", "--", *names)
    return Staged(added=len(new), uncommitted=bool(uncommitted))


def _new(found: Contents, names: tuple[str, ...]) -> list[str]:
    """Return the files that git's index lacks; each is one that git keeps as it is."""
    known = _known(found.folder)
    as_they_are = git(found.folder, "hash-object", "--no-filters", "--", *names).split()
    as_git_would = git(found.folder, "hash-object", "--", *names).split()
    for name, one, other in zip(names, as_they_are, as_git_would, strict=True):
        if one != other:
            raise ReviewError(
                f"git would not keep {found.folder / name} as it is: a filter or an end of line is set for it where "
                f"{ATTRIBUTES} does not reach, which is .git/info/attributes. Take it away there, or publish to a URL."
            )
        if name != ATTRIBUTES and known.get(name, one) != one:
            raise ReviewError(
                f"git has another {found.folder / name} than is there now, and a published run never changes. "
                f"Bring it back: `git checkout -- {found.folder / name}`."
            )
    return [name for name in names if name not in known]


def _known(folder: Path) -> dict[str, str]:
    """Return what git's index has of a folder: its own digest of each file."""
    entries = (line.partition("\t") for line in git(folder, "ls-files", "--stage", "-z", "--", ".").split("\0") if line)
    return {name: head.split()[1] for head, _, name in entries}


def _check_size(found: Contents, limit_mb: float) -> None:
    if (size := sum(found.sizes.values())) > limit_mb * _MB:
        name, largest = max(found.sizes.items(), key=lambda item: item[1])
        raise UsageError(
            f"the run {found.run} has {size / _MB:.1f} MB, and git takes {limit_mb:g} MB of one "
            f"([tool.pipeline.publish] limit_mb). The largest is {name} with {largest / _MB:.1f} MB. "
            "Let its notebook show less, raise the limit, or publish to a URL."
        )


def _check_repository(folder: Path) -> None:
    try:
        git(folder, "rev-parse", "--is-inside-work-tree")
    except ReviewError as error:
        raise UsageError(
            f"{folder} is in no git repository, so git cannot keep the run: {error} "
            "Make one (`git init`), or publish to a folder or URL: `--to URL`."
        ) from error
