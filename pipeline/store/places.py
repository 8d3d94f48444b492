"""Places: folders on this machine or at any URL that fsspec knows. What goes wrong there is said without passwords."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.errors import PipelineError, StoreError
from pipeline.secrecy import KNOWN
from pipeline.store import urls
from pipeline.store.objects import write_atomic

HTTP = ("http://", "https://")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder somewhere.

    Attributes
    ----------
    url
        As it was given.
    shown
        As it may be printed and written down: without passwords and tokens.
    path
        As its file system calls it.
    query
        What a URL of the web ends with, which stands behind each file's name.
    """

    url: str
    shown: str
    filesystem: Any
    path: str
    query: str = ""

    def __truediv__(self, name: str) -> "Place":
        gap = "" if self.shown.endswith("/") else "/"
        return replace(self, shown=f"{self.shown}{gap}{name}", path=self._path(name, ""))

    def has(self, name: str) -> bool:
        """Say whether a file is here, without reading it.

        Raises
        ------
        StoreError
            If the place does not answer as it should.
        """
        with self.translated(f"look for {name} at"):
            return bool(self.filesystem.exists(self._path(name, self.query)))

    def get(self, name: str) -> bytes | None:
        """Return the bytes of a file; None where there is none.

        Raises
        ------
        StoreError
            If the place does not answer as it should.
        """
        with self.translated(f"read {name} at"):
            try:
                return bytes(self.filesystem.cat_file(self._path(name, self.query)))
            except FileNotFoundError:
                return None

    def put(self, name: str, data: bytes) -> None:
        """Write a file, so that nobody meets a part of it where the file system can do that.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        path = self._path(name, self.query)
        with self.translated(f"write {name} at"):
            if _is_local(self.filesystem):
                write_atomic(Path(path), data, mode=0o444)
                return
            if _is_object_store(
                self.filesystem
            ):  # shows an object when it is whole; asked for a folder it makes a bucket
                self.filesystem.pipe_file(path, data)
                return
            folder, _, last = path.rpartition("/")
            self.filesystem.makedirs(folder, exist_ok=True)
            temporary = f"{folder}/.{last}.{secrets.token_hex(4)}.tmp"
            self.filesystem.pipe_file(temporary, data)
            self.filesystem.mv(temporary, path)

    def names(self, kind: str) -> list[str]:
        """List what is here, each by its last name alone.

        Parameters
        ----------
        kind
            `file` or `directory`.

        Raises
        ------
        StoreError
            If the place cannot be listed.
        """
        with self.translated("list"):
            self.filesystem.invalidate_cache()
            try:
                found = self.filesystem.ls(self.path + self.query, detail=True)
            except FileNotFoundError:
                return []
        return sorted(_last(str(each["name"])) for each in found if each.get("type") == kind)

    def is_folder(self, folder: Path) -> bool:
        """Say whether this is a folder of this machine."""
        return _is_local(self.filesystem) and Path(self.path).resolve() == folder.resolve()

    def _path(self, name: str, query: str) -> str:
        return f"{self.path.rstrip('/')}/{quote(name) if self.path.startswith(HTTP) else name}{query}"

    @contextmanager
    def translated(self, what: str) -> Iterator[None]:
        """Say in the project's words what goes wrong here.

        Raises
        ------
        StoreError
            With what could not be done, and what the file system said of it.
        """
        try:
            yield
        except PipelineError:
            raise
        except Exception as error:  # each file system raises what its library does
            raise _unreachable(what, self.url, self.shown, error) from error


def place(url: str, folder: Path) -> Place:
    """Open a place at a URL, or at a path taken from `folder`.

    Raises
    ------
    StoreError
        If there is no such kind of place.
    """
    import fsspec

    urls.hide(url)
    shown = urls.public(url)
    if "://" not in url:
        shown = str((folder / Path(url).expanduser()).resolve())
    base, mark, query = url.partition("?") if url.startswith(HTTP) else (url if "://" in url else shown, "", "")
    try:
        filesystem, path = fsspec.core.url_to_fs(base)
    except Exception as error:  # each file system raises what its library does
        raise _unreachable("open", url, shown, error) from error
    return Place(url=url, shown=shown, filesystem=filesystem, path=str(path), query=mark + query)


def _unreachable(what: str, url: str, shown: str, error: Exception) -> StoreError:
    said = " ".join(str(error).replace(url, shown).split())
    return StoreError(
        f"cannot {what} {shown}: {type(error).__name__}: {KNOWN.scrub(said)}. Mend that, and repeat the command."
    )


def _is_local(filesystem: Any) -> bool:  # noqa: ANN401 - fsspec's own
    from fsspec.implementations.local import LocalFileSystem

    return isinstance(filesystem, LocalFileSystem)


def _is_object_store(filesystem: Any) -> bool:  # noqa: ANN401 - fsspec's own
    from fsspec import AbstractFileSystem

    protocols = filesystem.protocol
    named = {protocols} if isinstance(protocols, str) else {*protocols}
    return "gs" in named or type(filesystem).mv is AbstractFileSystem.mv


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2].partition("?")[0]
