"""Owns a source's columns: their names, read without its rows, and whether those that have a role are among them."""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from pipeline.data import addresses, dialects, encodings, fingerprints, heads, places
from pipeline.data.places import Kind
from pipeline.data.reading import Reading, asked
from pipeline.errors import DataError, near

ROLES = ("target", "time", "id", "groups", "weight")


def check(source: str, named: Mapping[str, Any]) -> None:
    """Check what can be known of a source without loading it: that it is there, has rows, and has the named columns.

    Parameters
    ----------
    named
        What `load` is given beside the source, by the names of its arguments.

    Raises
    ------
    DataError
        If one of that does not hold; the text is that of `load`.
    """
    roles = {role: named.get(role) for role in ROLES}
    wanted = [name for name in roles.values() if name is not None]
    found = names(source, asked(named.get("reading")), wanted=wanted, query=named.get("query"))
    present(found, roles, source)


def names(
    source: str, reading: Reading | None = None, *, wanted: Iterable[str] = (), query: str | None = None
) -> list[str]:
    """Read the names of a source's columns.

    Raises
    ------
    DataError
        If the source is not there, cannot be read, or has no rows.
    """
    if source.startswith(addresses.EXAMPLE):
        return list(fingerprints.example(source).COLUMNS)
    addresses.check(source)
    address = addresses.resolve(source)
    if addresses.is_sql(address):
        return _of_query(source, address, query)
    with places.peeked(source, address) as (name, file):
        found, filled = _of_file(source, name, file, reading or Reading(), list(wanted))
    if not filled:
        raise no_rows(source, len(found))
    return found


def present(columns: Iterable[str], wanted: Mapping[str, str | None], source: str) -> None:
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
            one = " The table has one column only: is its delimiter another one?" if len(known) == 1 else ""
            raise DataError(f"{source} has no column {name!r}, named as {role}: {near(name, known)}{one}")
        if name in taken:
            raise DataError(f"{source}: column {name!r} is named as {taken[name]} and as {role}. Name two columns.")
        taken[name] = role


def free(columns: Iterable[str], source: str) -> None:
    """Check that no column is called as predictions are, which stand beside the columns of a row.

    Raises
    ------
    DataError
        If one is.
    """
    if taken := [name for name in columns if is_reserved(name)]:
        raise DataError(
            f"{source}: column {taken[0]!r} is called as predictions are ('prediction', 'prediction_0' and up). "
            "Rename it, or name it in data.drop; what another model predicted seldom is there when a row comes."
        )


def is_reserved(name: str) -> bool:
    """Say whether a name is that of predictions.

    >>> is_reserved("prediction"), is_reserved("prediction_2"), is_reserved("prediction_time")
    (True, True, False)
    """
    return re.fullmatch(r"prediction(?:_\d+)?", name) is not None


def no_rows(source: str, columns: int) -> DataError:
    """Say that a table is empty."""
    return DataError(f"{source} has no rows ({columns} columns). Give a table that has some.")


def _of_query(source: str, address: str, query: str | None) -> list[str]:
    from pipeline.data import databases

    with databases.answered(source, address, query) as found:
        return list(found.schema.names)


def _of_file(source: str, name: str, file: BinaryIO, reading: Reading, wanted: list[str]) -> tuple[list[str], bool]:
    with places.uncompressed(file, source) as opened:
        head = opened.read(dialects.HEAD_BYTES)
    file.seek(0)
    match places.kind(head, name, source):
        case Kind.PARQUET:
            return _of_parquet(source, name, file)
        case Kind.EXCEL:
            return _of_sheet(source, file, reading, wanted)
        case Kind.JSON:
            return _of_json(head, wanted)
    encoding = reading.encoding or encodings.of_head(head, source)
    _, found, filled = heads.read(head, source, reading, wanted, encoding=encoding)
    return found, filled


def _of_parquet(source: str, name: str, file: BinaryIO) -> tuple[list[str], bool]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.ParquetFile(file)
    except pa.ArrowException as error:
        raise DataError(f"{source} cannot be read as a table: {error}. Write it again.") from error
    inside = [part.partition("=")[0] for part in PurePosixPath(name).parts[:-1] if "=" in part]
    many = "/" in name
    return [*footer.schema_arrow.names, *inside], many or footer.metadata.num_rows > 0


def _of_sheet(source: str, file: BinaryIO, reading: Reading, wanted: list[str]) -> tuple[list[str], bool]:
    from pipeline.data import workbooks

    _, found = workbooks.read(file, source, reading, wanted)
    return list(found.schema.names), next(found.batches(), None) is not None


def _of_json(head: bytes, wanted: list[str]) -> tuple[list[str], bool]:
    """Read names in the first lines; a column may come up in later ones only."""
    found: dict[str, None] = {}
    for line in head.splitlines():
        with suppress(ValueError):
            row = json.loads(line)
            found |= dict.fromkeys(row if isinstance(row, dict) else ())
    later = wanted if len(head) == dialects.HEAD_BYTES else []
    return list(dict.fromkeys([*found, *later])), True
