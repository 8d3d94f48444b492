"""Owns the beginning of a text file: how it is written, and what its columns are called. Imports nothing heavy."""

from collections import Counter
from collections.abc import Collection, Sequence

from pipeline.data import dialects
from pipeline.data.reading import Dialect, Reading
from pipeline.errors import DataError


def read(
    head: bytes, source: str, asked: Reading, wanted: Collection[str], *, encoding: str
) -> tuple[Dialect, list[str], bool]:
    """Find out how a text is written.

    Parameters
    ----------
    head
        Its first `dialects.HEAD_BYTES` bytes, or all.
    wanted
        Names of columns that must be there.

    Returns
    -------
        The dialect, the names of the columns, and whether there is a row.

    Raises
    ------
    DataError
        If it is empty, or two columns have one name.
    """
    whole = len(head) < dialects.HEAD_BYTES
    text = _decoded(head, encoding, source, whole=whole)
    dialect, rows = dialects.sniff(text, whole=whole, encoding=encoding, asked=asked, wanted=wanted)
    if not rows:
        raise DataError(f"{source} is empty. Give a table that has columns and rows.")
    names = dialects.names(rows[0], header=dialect.header)
    check_names(names, source)
    return dialect, names, len(rows) > dialect.header or not whole


def check_names(names: Sequence[str], source: str) -> None:
    """Check that each column has a name of its own.

    Raises
    ------
    DataError
        If two have one.
    """
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise DataError(f"{source} has more than one column {twice[0]!r}. Give each its own name.")


def _decoded(head: bytes, encoding: str, source: str, *, whole: bool) -> str:
    import codecs

    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, whole).removeprefix("\ufeff")
    except UnicodeError as error:
        raise DataError(
            f"{source} is not written in {encoding}: {error}. Name its encoding: `encoding` in "
            "[tool.pipeline.data.reading]."
        ) from error
