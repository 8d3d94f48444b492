"""Fetching: brings a published run back among the reports, as it was. What a place says is checked, never trusted."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ReviewError, RunError, StoreError, UsageError, near
from pipeline.models import remark
from pipeline.models.remark import FOLDER as REVIEW
from pipeline.past.claims import FETCHED, RUN
from pipeline.review.contents import FOR_CI, RECORD, reports
from pipeline.review.manifest import MANIFEST, Listed, parse
from pipeline.review.publishing import note
from pipeline.runs.record import read_run
from pipeline.runs.reports import LATEST
from pipeline.store.objects import write_atomic
from pipeline.store.places import Place


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A run that is here now: its folder, how many files came, and why some that are no remarks did not."""

    folder: Path
    added: int
    left_out: tuple[str, ...]


def fetch(given: str, place: Place, folder: Path) -> Fetched:
    """Bring a run from a place into the folder of the reports; of one that is here already, the remarks that are new.

    Parameters
    ----------
    given
        So much of its id that no other published run begins with it, or `latest`.

    Raises
    ------
    UsageError
        If there is no such run there, or more than one.
    ReviewError
        If it is not whole, is not what its digests say, or names files that lead elsewhere; or if another run of this
        id is here.
    StoreError
        If it cannot be written here.
    """
    run = _resolve(given, place)
    source, target = place / run, folder / run
    files = _sealed(run, source)
    said, left_out = _said(source)
    added = _merge(target, files, said) if target.exists() else _make(target, files, said)
    note(target, place.shown)
    return Fetched(folder=target, added=added, left_out=left_out)


def _resolve(given: str, place: Place) -> str:
    if RUN.fullmatch(given):
        return given
    there = [name for name in place.names("directory") if RUN.fullmatch(name)]
    found = there[-1:] if given == LATEST else [name for name in there if name.startswith(given)]
    if len(found) != 1:
        choices = f"{len(found)} begin so: {', '.join(found)}" if found else near(given, there)
        raise UsageError(f"no single run {given!r} is published at {place.shown}: {choices}")
    return found[0]


def _sealed(run: str, source: Place) -> dict[str, bytes]:
    """Read the files of a run that never change, each checked against its digest."""
    if (described := source.get(MANIFEST)) is None:
        raise ReviewError(
            f"there is no whole run at {source.shown}: it has no {MANIFEST}, which is written last. "
            "Look for another place, or publish the run there again."
        )
    manifest = parse(described, f"{source.shown}/{MANIFEST}")
    if manifest.run != run:
        raise ReviewError(f"{source.shown} says that it is the run {manifest.run}. Look for another copy.")
    return {name: _checked(source, name, listed) for name, listed in manifest.files.items()}


def _checked(source: Place, name: str, listed: Listed) -> bytes:
    data = source.get(name)
    if data is None or Listed.of(data) != listed:
        what = "is not there" if data is None else "was changed: it is not what its digest says"
        raise ReviewError(f"{source.shown}/{name} {what}. Nothing was written. Look for another copy.")
    return data


def _said(source: Place) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Read the remarks on a run, and why some files among them are none."""
    found, left_out = {}, []
    review = source / REVIEW
    try:
        names = review.names("file")
    except StoreError as error:  # a host may give files and no lists
        return {}, (str(error),)
    for name in names:
        try:
            found[f"{REVIEW}/{name}"] = _remark(review, name)
        except (ReviewError, StoreError) as error:
            left_out.append(str(error))
    return found, tuple(left_out)


def _remark(review: Place, name: str) -> bytes:
    if not remark.NAME.fullmatch(name):
        raise ReviewError(f"{name!r} is no remark: no remark's file is called so.")
    data = review.get(name) or b""
    remark.parse(name, data)
    return data


def _make(target: Path, files: Mapping[str, bytes], said: Mapping[str, bytes]) -> int:
    """Make the folder of a run in one step."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=FETCHED, dir=target.parent))
    except OSError as error:
        raise StoreError(f"cannot write to {target.parent}: {error.strerror}. Make the folder writable.") from error
    try:
        half.chmod(0o755)
        _write(half, {**files, **said})
        _check_record(half, target.name, set(files))
        half.rename(target)
    except OSError as error:
        raise StoreError(f"cannot make {target}: {error.strerror}. Look what is in its place.") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return len(files) + len(said)


def _merge(target: Path, files: Mapping[str, bytes], said: Mapping[str, bytes]) -> int:
    """Add the remarks that are new to a run that is here already; it must be the same run."""
    for name, data in files.items():
        if not (target / name).is_file() or (target / name).read_bytes() != data:
            raise ReviewError(
                f"{target} is here already, and its {name} is another one. Nothing is overwritten: move the folder "
                "away to fetch the run."
            )
    new = {name: data for name, data in said.items() if not (target / name).exists()}
    _write(target, new)
    return len(new)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    if (folder / REVIEW).is_symlink():
        raise StoreError(f"{folder / REVIEW} is a link to another place: nothing is written there. Remove the link.")
    for name, data in files.items():
        write_atomic(folder / name, data, mode=0o644 if name in {RECORD, FOR_CI} else 0o444)


def _check_record(folder: Path, run: str, names: set[str]) -> None:
    """Check that the record is of this run, and that the files are those that it names."""
    try:
        record = read_run(folder / RECORD)
    except RunError as error:
        raise ReviewError(f"the published {RECORD} of {run} cannot be read: {error} Look for another copy.") from error
    if record.run != run or record.ended is None or names - {FOR_CI} != {RECORD, *reports(record)}:
        raise ReviewError(
            f"what is published as {run} is not that run: its {RECORD} is of {record.run!r}, and names "
            f"{', '.join(reports(record)) or 'no report'}. Look for another copy."
        )
