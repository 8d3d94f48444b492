"""Objects: bytes kept under their digest, in a folder or at any URL that fsspec can write to."""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline import project
from pipeline.errors import StoreError
from pipeline.store import digest as digests


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object as it lies in the store: its digest, its bytes, and when it was last put, in seconds since 1970."""

    digest: str
    size_bytes: int
    put_at: float


class Store(Protocol):
    """A place that keeps bytes by their digest."""

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest; keeping the same bytes again changes nothing."""

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest.

        Raises
        ------
        StoreError
            If the object is missing, or its bytes no longer have that digest.
        """

    def has(self, digest: str) -> bool:
        """Say whether an object is there, without reading it."""

    def contents(self) -> Iterator[Stored]:
        """Yield every object that is there."""

    def remove(self, digest: str) -> None:
        """Remove an object, where it is there."""


class LocalStore:
    """Objects in a folder, each a read-only file that appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""
        digest = digests.of_bytes(data)
        path = self._path(digest)
        if not path.exists() or digests.of_file(path) != digest:
            write_atomic(path, data, mode=0o444)
        else:
            with suppress(OSError):
                os.utime(path)  # somebody needs it now, so it is not old
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest, verified."""
        try:
            data = self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise missing(digest, str(self.folder)) from error
        return verified(data, digest, str(self._path(digest)))

    def has(self, digest: str) -> bool:
        """Say whether an object is there."""
        return os.path.exists(self._path(digest))  # noqa: PTH110 - asked for each scrap of each plan

    def contents(self) -> Iterator[Stored]:
        """Yield every object that is there."""
        for path in self.folder.glob("*/??/*"):
            if (digest := joined(path.parts)) is not None:
                found = path.stat()
                yield Stored(digest=digest, size_bytes=found.st_size, put_at=found.st_mtime)

    def remove(self, digest: str) -> None:
        """Remove an object, where it is there."""
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        algorithm, name = split(digest)
        return self.folder / algorithm / name[:2] / name


def project_store(folder: Path | None = None) -> Store:
    """Open the store that `[tool.pipeline] store` names; by default `.pipeline/store` in the project."""
    folder = folder or project.root()
    return open_store(project.table(folder).get("store", f"{project.STATE}/store"), folder)


def open_store(location: str, folder: Path = Path()) -> Store:
    """Open the store at a URL, or at a path taken from `folder`, by default the working one."""
    if "://" not in location:
        return LocalStore(folder / location)
    from pipeline.store.remote import RemoteStore

    return RemoteStore(location)


def verified(data: bytes, digest: str, where: str) -> bytes:
    """Return `data` if it has this digest.

    Raises
    ------
    StoreError
        If it has another one: somebody or something changed the bytes.
    """
    if digests.of_bytes(data) != digest:
        raise StoreError(
            f"the object at {where} was changed: its bytes no longer have the digest it is named by. "
            "Delete it and run again to make it anew, or bring it back from a copy."
        )
    return data


def write_atomic(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a crash at any moment, meets the old file or the new one, never a part.

    Raises
    ------
    StoreError
        If the place cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_synced(temporary, data, mode)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise StoreError(f"cannot write {path}: {error.strerror or error}. Make its folder writable.") from error


def _write_synced(path: Path, data: bytes, mode: int) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


def split(digest: str) -> tuple[str, str]:
    """Take a digest apart into its algorithm and its hex digits.

    Raises
    ------
    StoreError
        If it is none.
    """
    algorithm, _, name = digest.partition(":")
    if algorithm != "sha256" or len(name) != 64 or not set(name) <= set("0123456789abcdef"):  # noqa: PLR2004 - hex digits of SHA-256
        raise StoreError(f"{digest!r} is no digest: one looks like sha256:<64 hex digits>.")
    return algorithm, name


def joined(parts: tuple[str, ...]) -> str | None:
    """Return the digest that the place of an object stands for; None for a file that is no object."""
    digest = f"{parts[-3]}:{parts[-1]}"
    try:
        split(digest)
    except StoreError:
        return None
    return digest


def missing(digest: str, where: str) -> StoreError:
    """Say that an object is not in a store."""
    return StoreError(f"the object {digest} is not in the store at {where}. Run the stage that made it again.")
