"""Owns files: brings them here from where they are, says of what kind they are, and opens what is compressed."""

import bz2
import gzip
import hashlib
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from pipeline.data import addresses, fingerprints, reaching
from pipeline.errors import DataError, near
from pipeline.secrecy import KNOWN
from pipeline.store import digest

_PAGE = (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body", b"<!--")


class Kind(StrEnum):
    """How a file is written."""

    TEXT = "text"
    JSON = "JSON lines"
    PARQUET = "Parquet"
    EXCEL = "Excel"


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files as they lie on this machine for a while.

    Attributes
    ----------
    source
        What to call them in an error.
    paths
        The file, or those of a folder in their order.
    folder
        The folder; None where it is one file.
    digest
        As `fingerprints.fingerprint` gives it.
    """

    source: str
    paths: tuple[Path, ...]
    folder: Path | None
    digest: str


@contextmanager
def fetched(source: str, address: str) -> Iterator[Files]:
    """Bring the files of a source here, for as long as they are read; what is here already is not copied.

    Raises
    ------
    DataError
        If there is nothing, it cannot be read, or it changes while it is read.
    """
    path = addresses.local(address)
    if path is None:
        with tempfile.TemporaryDirectory(prefix="source-") as folder:
            yield _here(source, _downloaded(source, address, Path(folder)))
        return
    _check_there(source, path)
    files = _here(source, path)
    before = [_state(each) for each in files.paths]
    yield files
    if [_state(each) for each in files.paths] != before:
        raise DataError(f"{source} changed while it was read. Run again once it is written.")


@contextmanager
def peeked(source: str, address: str) -> Iterator[tuple[str, BinaryIO]]:
    """Open a source without bringing all of it here: its name, and its (first) file.

    Raises
    ------
    DataError
        As in `fetched`.
    """
    import fsspec

    path = addresses.local(address)
    if path is not None:
        _check_there(source, path)
        name = fingerprints.names_in(path, source)[0] if path.is_dir() else ""
        with translated(source), (path / name).open("rb") as file:
            yield f"{path.name}/{name}" if name else path.name, file
        return
    with translated(source, address):
        system, place = fsspec.core.url_to_fs(address)
        inner = fingerprints.parts(system, place, source)
        with system.open(inner[0] if inner else place, "rb") as file:
            yield inner[0] if inner else PurePosixPath(place).name, cast("BinaryIO", file)


def kind_of(files: Files) -> Kind:
    """Say how files are written; those of a folder are alike.

    Raises
    ------
    DataError
        As in `kind`, or if they cannot be read.
    """
    with plain(files.paths[0], files.source) as file:
        return kind(file.read(512), files.paths[0].name, files.source)


def kind(head: bytes, name: str, source: str) -> Kind:
    """Say how a file is written, by its first bytes once they are decompressed.

    Raises
    ------
    DataError
        If it is a web page, or of a kind that is not read.
    """
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    if head.startswith(b"PK\x03\x04"):
        return Kind.EXCEL
    if head.startswith(
        (b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\x89HDF", b"SQLite format 3", b"ARROW1", b"Obj\x01")
    ):
        raise DataError(f"{source} is of a kind that is not read. {_KINDS}")
    if bare[:64].lower().startswith(_PAGE):
        raise DataError(
            f"{source} is a page of HTML or XML, no table. Give the file that the page shows: often another link."
        )
    suffixes = {suffix.lower() for suffix in PurePosixPath(name).suffixes}
    if suffixes & {".parquet", ".pq"}:
        raise DataError(f"{source} cannot be read as a table: it does not begin as a Parquet file does. {_AGAIN}")
    if suffixes & {".xlsx", ".xlsm"}:
        raise DataError(f"{source} cannot be read as a table: it does not begin as an Excel file does. {_AGAIN}")
    if bare.startswith(b"[") and suffixes & {".json", ".jsonl", ".ndjson"}:
        raise DataError(
            f"{source} is one list in JSON, which has to be read whole. Write one object a line (`jq -c .[]`)."
        )
    return Kind.JSON if bare.startswith(b"{") and (suffixes & {".json", ".jsonl", ".ndjson"}) else Kind.TEXT


_KINDS = "Give text with values between delimiters, JSON lines, Parquet or Excel (.xlsx)."
_AGAIN = "Write or download it again."


@contextmanager
def plain(path: Path, source: str) -> Iterator[BinaryIO]:
    """Open a file, decompressed where its first bytes say that it is compressed.

    Raises
    ------
    DataError
        If it is damaged, or an archive of several files.
    """
    with translated(source), path.open("rb") as file, uncompressed(file, source) as opened:
        yield opened


@contextmanager
def uncompressed(file: BinaryIO, source: str) -> Iterator[BinaryIO]:
    """Decompress an open file as it is read, where it is compressed (gzip, bzip2, xz, Zstandard, zip)."""
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        yield cast("BinaryIO", gzip.GzipFile(fileobj=file))
    elif head.startswith(b"BZh"):
        yield cast("BinaryIO", bz2.BZ2File(file))
    elif head.startswith(b"\xfd7zXZ\x00"):
        yield cast("BinaryIO", lzma.LZMAFile(file))  # noqa: SIM115 - the file below it is closed by whoever opened it
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        import pyarrow as pa

        yield cast("BinaryIO", pa.CompressedInputStream(file, "zstd"))
    elif head.startswith(b"PK\x03\x04") and (member := _member(file, source)):
        with zipfile.ZipFile(file) as archive, archive.open(member) as inner:
            yield cast("BinaryIO", inner)
    else:
        file.seek(0)
        yield file


def _member(file: BinaryIO, source: str) -> str:
    """Name the one file in an archive; empty where the archive is a workbook of Excel."""
    with zipfile.ZipFile(file) as archive:
        inside = [name for name in archive.namelist() if not name.endswith("/") and not _is_hidden(name)]
    if "[Content_Types].xml" in inside:
        file.seek(0)
        return ""
    if len(inside) != 1:
        shown = ", ".join(map(repr, sorted(inside)[:5])) or "nothing"
        raise DataError(f"{source} is an archive of {len(inside)} files ({shown}). Give one file, or a zip of one.")
    return inside[0]


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


@contextmanager
def translated(source: str, address: str = "") -> Iterator[None]:
    """Say in the project's words what goes wrong with a file, here or elsewhere.

    Raises
    ------
    DataError
        If it is not there, or cannot be opened, read or decompressed.
    """
    try:
        yield
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{source} is not there. Check the URL, and who may read it.") from error
    except ImportError as error:
        named = reaching.extra_of(address)
        cure = f"Install the extra {named!r}: pip install 'stagebook[{named}]'." if named else "Install what it names."
        raise DataError(f"{source} cannot be opened: {error}. {cure}") from error
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise DataError(f"{source} is damaged or cut off: {_line(error)}. Download or compress it again.") from error
    except RuntimeError as error:  # zipfile's, of a file with a password
        raise DataError(f"{source} cannot be opened: {_line(error)}. Give it without a password.") from error
    except OSError as error:
        said = KNOWN.scrub(_line(error))
        raise DataError(
            f"{source} cannot be opened: {said}. Check that it can be read{reaching.credentials(address)}."
        ) from error
    except Exception as error:
        if not address:
            raise
        said = f"{type(error).__name__}: {KNOWN.scrub(_line(error))}"
        raise DataError(f"{source} cannot be opened: {said}. Check the URL{reaching.credentials(address)}.") from error


def _downloaded(source: str, address: str, folder: Path) -> Path:
    import fsspec

    with translated(source, address):
        system, place = fsspec.core.url_to_fs(address)
        inner = fingerprints.parts(system, place, source)
        if inner:
            for each in inner:
                _copy(system, each, folder / PurePosixPath(each).relative_to(PurePosixPath(place)))
            return folder
        target = folder / (PurePosixPath(place.partition("?")[0]).name or "table")
        _copy(system, place, target)
        return target


def _copy(system: Any, place: str, target: Path) -> None:  # noqa: ANN401 - a filesystem of fsspec
    target.parent.mkdir(parents=True, exist_ok=True)
    with system.open(place, "rb") as file, target.open("wb") as copy:
        shutil.copyfileobj(file, copy, 2**20)


def _here(source: str, path: Path) -> Files:
    if not path.is_dir():
        with translated(source):
            return Files(source=source, paths=(path,), folder=None, digest=_digest(path))
    paths = tuple(_tables(source, path))
    parts = {each.relative_to(path).as_posix(): _digest(each) for each in paths}
    return Files(source=source, paths=paths, folder=path, digest=digest.of_json(parts))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _tables(source: str, folder: Path) -> list[Path]:
    return [folder / name for name in fingerprints.names_in(folder, source)]


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _check_there(source: str, path: Path) -> None:
    try:
        if path.exists():
            return
    except (OSError, ValueError) as error:
        raise DataError(f"{source} cannot be opened: {_line(error)}. Check the path.") from error
    if not path.parent.is_dir():
        raise DataError(f"{source} is not there: there is no folder {path.parent}. Check the path.")
    beside = near(path.name, [each.name for each in path.parent.iterdir()])
    raise DataError(f"{source} is not there in {path.parent}: {beside}")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
