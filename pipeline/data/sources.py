"""Owns reading: a built-in example, a CSV or Parquet file, here or at a URL, becomes a checked table."""

import sys
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.data import columns, dates, fingerprints, roles
from pipeline.errors import DataError

if TYPE_CHECKING:
    from io import BufferedReader


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
        The column to predict. Rows that have no label yet may be among them.
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
        raise columns.no_rows(source, len(frame.columns))
    columns.present(frame.columns, {"target": target, "time": time, "id": id}, source)
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
    with columns.opened(source) as file:
        # The digest is of the very bytes that are parsed, whatever happens to the file meanwhile.
        sys.audit("pipeline.source", source, fingerprints.of_stream(file))
        file.seek(0)
        suffix, compression = columns.kind(source)
        if suffix in columns.PARQUET:
            return pd.read_parquet(file)
        return _text(file, source, key, separator=columns.SEPARATORS[suffix], compression=compression)


def _text(
    file: "BufferedReader", source: str, key: str | None, *, separator: str, compression: columns.Compression
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
