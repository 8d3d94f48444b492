"""Owns reading: a built-in example, a CSV or Parquet file, here or at a URL, becomes a checked table."""

import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, cast

import fsspec
import pandas as pd
from fsspec.core import get_compression

from pipeline.data import dates, fingerprints, roles
from pipeline.errors import DataError, near

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = (".parquet", ".pq")
Compression = Literal["gzip", "bz2", "zip", "xz", "zstd"] | None


def load(
    source: str,
    *,
    target: str,
    time: str | None = None,
    id: str | None = None,  # noqa: A002 - the word that settings and notebooks use
) -> pd.DataFrame:
    """Read a table and check what every later step relies on.

    Parameters
    ----------
    source
        `example:NAME`, a path (a relative one starts at the project), or a URL that fsspec opens; `.csv`, `.tsv`
        (compressed or not) or `.parquet`.
    target
        The column to predict: two values. Rows that have no label yet may be among them.
    time
        The column that orders rows, returned as datetimes.
    id
        The column that names each row once.

    Returns
    -------
        All rows and columns as they stand, but columns of ISO dates as datetimes.

    Raises
    ------
    DataError
        If the source is not there, cannot be read, or is empty; if a named column is missing or is not what its role
        asks for.
    """
    frame = _example(source) if source.startswith(fingerprints.EXAMPLE) else _file(source, id)
    if frame.empty:
        raise DataError(f"{source} has no rows ({len(frame.columns)} columns). Give a table that has some.")
    roles.present(frame.columns, {"target": target, "time": time, "id": id}, source)
    roles.positive(frame[target], source)
    if time is not None:
        frame[time] = roles.moments(frame[time], source)
    if id is not None:
        roles.unique(frame[id], source)
    return dates.read(frame, besides={target, time, id})


def _example(source: str) -> pd.DataFrame:
    module = fingerprints.example(source)
    sys.audit("pipeline.source", source, fingerprints.fingerprint(source))
    frame: pd.DataFrame = module.load()
    return frame


def _file(source: str, key: str | None) -> pd.DataFrame:
    path = fingerprints.local(source)
    try:
        with fsspec.open(source if path is None else str(path), "rb") as opened:
            file = cast("BufferedReader", opened)
            # The digest is of the very bytes that are parsed, whatever happens to the file meanwhile.
            sys.audit("pipeline.source", source, fingerprints.of_stream(file))
            file.seek(0)
            return _parsed(file, source, key)
    except FileNotFoundError as error:
        raise DataError(f"{source} is not there{_beside(path)}") from error
    except IsADirectoryError as error:
        raise DataError(f"{source} is a folder. Name one file in it.") from error
    except (OSError, ImportError) as error:
        raise DataError(f"{source} cannot be opened: {error}") from error
    except ValueError as error:  # pandas, pyarrow and fsspec all derive theirs from it
        raise DataError(f"{source} cannot be read as a table: {error}") from error


def _beside(path: "Path | None") -> str:
    """Say what stands where a missing file was looked for."""
    if path is None:
        return ". Check the URL."
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}. Check the path."
    return f" in {path.parent}: {near(path.name, [file.name for file in path.parent.iterdir() if file.is_file()])}"


def _parsed(file: "BufferedReader", source: str, key: str | None) -> pd.DataFrame:
    compression = cast("Compression", get_compression(source, "infer"))
    name = PurePosixPath(source)
    suffix = (PurePosixPath(name.stem).suffix if compression else name.suffix).lower()
    if suffix in PARQUET:
        return pd.read_parquet(file)
    if suffix not in SEPARATORS:
        known = ", ".join([*SEPARATORS, *PARQUET])
        raise DataError(f"{source} is of a kind that is not read ({suffix or 'no suffix'}). Give one of {known}.")
    return _text(file, source, key, separator=SEPARATORS[suffix], compression=compression)


def _text(
    file: "BufferedReader", source: str, key: str | None, *, separator: str, compression: Compression
) -> pd.DataFrame:
    head = pd.read_csv(file, sep=separator, compression=compression, header=None, nrows=1, dtype="str")
    names = head.iloc[0].dropna()
    if len(twice := names[names.duplicated()].unique()):
        raise DataError(f"{source} has more than one column {twice[0]!r}. Give each its own name.")
    file.seek(0)
    # A blank is a missing value, in a column of numbers too; an id keeps its leading zeros.
    return pd.read_csv(
        file,
        sep=separator,
        compression=compression,
        skipinitialspace=True,
        low_memory=False,
        dtype={key: "str"} if key in set(names) else None,
    )
