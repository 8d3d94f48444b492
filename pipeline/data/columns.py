"""Owns a source's columns: their names, read without its rows, and whether those that have a role are among them."""

import csv
import io
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, cast

import fsspec
from fsspec.compression import compr
from fsspec.core import get_compression

from pipeline.data import fingerprints
from pipeline.errors import DataError, near

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader
    from pathlib import Path

SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = (".parquet", ".pq")
Compression = Literal["gzip", "bz2", "zip", "xz", "zstd"] | None


def check(source: str, wanted: "dict[str, str | None]") -> None:
    """Check what can be known of a source without loading it: that it is there, has rows, and has the named columns.

    Parameters
    ----------
    wanted
        Column by role; None where a role is not filled.

    Raises
    ------
    DataError
        If one of that does not hold; the text is that of `load`.
    """
    present(names(source), wanted, source)


def names(source: str) -> list[str]:
    """Read the names of a source's columns.

    Raises
    ------
    DataError
        If the source is not there, cannot be read, or has no rows.
    """
    if source.startswith(fingerprints.EXAMPLE):
        return list(fingerprints.example(source).COLUMNS)
    suffix, compression = kind(source)
    with opened(source) as file:
        found, filled = _of_parquet(file) if suffix in PARQUET else _of_text(file, SEPARATORS[suffix], compression)
    if not filled:
        raise no_rows(source, len(found))
    return found


def present(columns: "Iterable[str]", wanted: "dict[str, str | None]", source: str) -> None:
    """Check that every named column is there.

    Parameters
    ----------
    columns
        The columns of the table.
    wanted
        Column by role; None where a role is not filled.
    source
        What to call the table in an error.

    Raises
    ------
    DataError
        If a column is not in the table, or one column has two roles.
    """
    known = list(columns)
    taken: dict[str, str] = {}
    for role, name in wanted.items():
        if name is None:
            continue
        if name not in known:
            one = " The table has one column only: is it separated by commas?" if len(known) == 1 else ""
            raise DataError(f"{source} has no column {name!r}, named as {role}: {near(name, known)}{one}")
        if name in taken:
            raise DataError(f"{source}: column {name!r} is named as {taken[name]} and as {role}. Name two columns.")
        taken[name] = role


def kind(source: str) -> tuple[str, Compression]:
    """Return the suffix that says how a file is written, and how it is compressed.

    Raises
    ------
    DataError
        If it is of a kind that is not read.
    """
    compression = cast("Compression", get_compression(source, "infer"))
    name = PurePosixPath(source)
    suffix = (PurePosixPath(name.stem).suffix if compression else name.suffix).lower()
    if suffix not in {*SEPARATORS, *PARQUET}:
        known = ", ".join([*SEPARATORS, *PARQUET])
        raise DataError(f"{source} is of a kind that is not read ({suffix or 'no suffix'}). Give one of {known}.")
    return suffix, compression


@contextmanager
def opened(source: str) -> "Iterator[BufferedReader]":
    """Open a file here or at a URL; what goes wrong with it until it is closed is said in the project's words.

    Raises
    ------
    DataError
        If it is not there, is a folder, or cannot be opened or read.
    """
    path = fingerprints.local(source)
    try:
        with fsspec.open(source if path is None else str(path), "rb") as file:
            yield cast("BufferedReader", file)
    except FileNotFoundError as error:
        raise DataError(f"{source} is not there{_beside(path)}") from error
    except IsADirectoryError as error:
        raise DataError(f"{source} is a folder. Name one file in it.") from error
    except (OSError, ImportError) as error:
        raise DataError(f"{source} cannot be opened: {error}") from error
    except (ValueError, csv.Error) as error:  # pandas, pyarrow and fsspec all derive theirs from ValueError
        raise DataError(f"{source} cannot be read as a table: {error}") from error


def no_rows(source: str, columns: int) -> DataError:
    """Say that a table is empty."""
    return DataError(f"{source} has no rows ({columns} columns). Give a table that has some.")


def _beside(path: "Path | None") -> str:
    """Say what stands where a missing file was looked for."""
    if path is None:
        return ". Check the URL."
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}. Check the path."
    return f" in {path.parent}: {near(path.name, [file.name for file in path.parent.iterdir() if file.is_file()])}"


def _of_parquet(file: "BufferedReader") -> tuple[list[str], bool]:
    import pyarrow.parquet as pq

    footer = pq.ParquetFile(file)
    return footer.schema_arrow.names, footer.metadata.num_rows > 0


def _of_text(file: "BufferedReader", separator: str, compression: Compression) -> tuple[list[str], bool]:
    """Read names as pandas calls them, and whether a row follows."""
    with io.TextIOWrapper(compr[compression](file, mode="rb"), encoding="utf-8-sig", newline="") as text:
        rows = (row for row in csv.reader(text, delimiter=separator, skipinitialspace=True) if row)
        head = next(rows, None)
        if head is None:
            raise ValueError("it is empty")
        return [name or f"Unnamed: {place}" for place, name in enumerate(head)], next(rows, None) is not None
