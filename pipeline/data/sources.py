"""Owns reading: a built-in example, files here or at a URL, or a query, becomes a checked table."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.data import (
    addresses,
    columnar,
    columns,
    databases,
    dates,
    declared,
    fingerprints,
    places,
    roles,
    sampling,
    snapshots,
    texts,
    values,
    workbooks,
)
from pipeline.data.columnar import Columnar
from pipeline.data.places import Files, Kind
from pipeline.data.reading import Dialect, Reading
from pipeline.data.reading import asked as checked

_TOLD: dict[str, str] = {}
_WRITTEN: dict[str, dict[str, str | bool]] = {}


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be read of a source, and how: see `load`.

    Attributes
    ----------
    named
        Column by role; None where a role is not filled.
    """

    source: str
    reading: Reading
    query: str | None
    types: Mapping[str, str]
    drop: Collection[str]
    rows: int
    seed: int
    named: Mapping[str, str | None]

    @property
    def texts(self) -> list[str]:
        """Columns that stay as they are written."""
        return [name for role, name in self.named.items() if role == "id" and name is not None]

    @property
    def wanted(self) -> list[str]:
        """Columns that must be there."""
        return [name for name in self.named.values() if name is not None]

    @property
    def key(self) -> str:
        """Name what is read, for its snapshot."""
        return snapshots.key(
            [self.source, self.reading.model_dump(), self.query, dict(self.types), sorted(self.drop)],
            [self.rows, self.seed, sorted(self.wanted), sorted(self.texts)],
        )


def load(  # noqa: PLR0913 - each is a setting of its own
    source: str,
    *,
    target: str,
    time: str | None = None,
    id: str | None = None,  # noqa: A002 - the word that settings and notebooks use
    reading: Mapping[str, Any] | None = None,
    query: str | None = None,
    types: Mapping[str, str] | None = None,
    drop: Collection[str] = (),
    rows: int = sampling.ROWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Read a table and check what every later step relies on.

    Parameters
    ----------
    source
        `example:NAME`; a path (a relative one starts at the project) or URL of a file, or of a folder of Parquet files;
        `postgresql://`, `sqlite:///` or `duckdb:///`. Secrets are named: `secret:NAME`, `[secret NAME]` in a URL.
    target
        The column to predict. Rows that have no label yet may be among them.
    time, id
        The column that orders rows, returned as datetimes; the column that names each row once.
    reading, types, drop
        How a file is written (`reading.Reading`), what columns are (`declared.Type`), where that is not to be found
        out; columns that are left out.
    query
        What a database is asked.
    rows, seed
        Most rows that are taken; of more, so many uniformly at random.

    Raises
    ------
    DataError
        If the source is not there, cannot be read, or is empty; if a named column is missing or is not what its role
        asks for.
    """
    order = Order(
        source=source,
        named={"target": target, "time": time, "id": id},
        reading=checked(reading),
        query=query,
        types=types or {},
        drop={*drop} - {target, time, id},
        rows=rows,
        seed=seed,
    )
    return _checked(order, _example(order) if source.startswith(addresses.EXAMPLE) else _frame(order))


def _checked(order: Order, frame: pd.DataFrame) -> pd.DataFrame:
    source, time, key = order.source, order.named["time"], order.named["id"]
    if frame.empty:
        raise columns.no_rows(source, len(frame.columns))
    columns.present(frame.columns, order.named, source)
    if time is not None:
        frame[time] = roles.moments(frame[time], source)
    if key is not None:
        roles.unique(frame[key], source)
    return dates.read(frame, besides={*order.named.values(), *order.types})


def told(source: str) -> str:
    """Say how a source was read by the last `load` of it: how it is written, and how many of its rows were taken."""
    return _TOLD[source]


def written(source: str) -> dict[str, str | bool]:
    """Say how a file of text was found to be written by the last `load` of it, as settings (`data.reading`) would."""
    return _WRITTEN.get(source, {})


def _example(order: Order) -> pd.DataFrame:
    module = fingerprints.example(order.source)
    sys.audit("pipeline.source", order.source, fingerprints.fingerprint(order.source))
    frame: pd.DataFrame = module.load()
    _TOLD[order.source] = f"built-in example: all {len(frame):,} rows"
    return frame.drop(columns=[name for name in order.drop if name in frame.columns])


def _frame(order: Order) -> pd.DataFrame:
    past = snapshots.recorded(order.key)
    if past is None:
        addresses.check(order.source)
        address = addresses.resolve(order.source)
        table, said = _of_database(order, address) if addresses.is_sql(address) else _of_files(order, address)
    else:
        table, said = past
    _TOLD[order.source] = said
    parts = columnar.parted(table)
    del table, past
    return columnar.frame(parts)


def _of_database(order: Order, address: str) -> tuple[pa.Table, str]:
    known = fingerprints.fingerprint(order.source)
    with databases.answered(order.source, address, order.query) as found:
        table, said = _typed(order, found)
    kept = snapshots.keep(order.key, table, said)
    sys.audit("pipeline.source", order.source, kept if known == fingerprints.UNKNOWN else known)
    return table, said


def _of_files(order: Order, address: str) -> tuple[pa.Table, str]:
    with places.fetched(order.source, address) as files:
        table, said = _read(order, files)
    snapshots.keep(order.key, table, said)
    sys.audit("pipeline.source", order.source, files.digest)
    return table, said


def _read(order: Order, files: Files) -> tuple[pa.Table, str]:
    match places.kind_of(files):
        case Kind.PARQUET:
            return _typed(order, columnar.parquet(files, order.drop))
        case Kind.JSON:
            return _typed(order, columnar.json_lines(files, order.drop))
        case Kind.EXCEL:
            return _of_texts(order, *workbooks.read(files.paths[0], order.source, order.reading, order.wanted))
    text = texts.found(files.paths[0], order.source, order.reading, order.wanted)
    return _of_texts(order, text.dialect, Columnar(schema=text.schema, batches=text.batches))


def _typed(order: Order, found: Columnar) -> tuple[pa.Table, str]:
    """Take rows of what has types already."""
    types = declared.chosen(order.types, found.schema.names, order.source)
    columns.present(found.schema.names, order.named, order.source)
    taken = sampling.take(found.batches(), found.schema, limit=order.rows, seed=order.seed)
    said, table = taken.told(order.seed), columnar.plain(taken.table)
    dropped = [name for name in table.column_names if name in order.drop]
    table = declared.cast(table.drop_columns(dropped), types, order.source, decimal=".", way=order.reading.date_format)
    return table, said


def _of_texts(order: Order, dialect: Dialect, found: Columnar) -> tuple[pa.Table, str]:
    """Take rows of what is text, and find out what it means."""
    types = declared.chosen(order.types, found.schema.names, order.source)
    columns.present(found.schema.names, order.named, order.source)
    kept = [name for name in found.schema.names if name not in order.drop]
    batches = (batch.select(kept) for batch in found.batches())
    taken = sampling.take(batches, found.schema, limit=order.rows, seed=order.seed)
    said, parts = taken.told(order.seed), columnar.parted(taken.table.select(kept))
    del taken
    result = values.typed(parts, order.source, dialect, order.reading, [*order.texts, *types])
    decimal, way = result.dialect.decimal, order.reading.date_format
    _WRITTEN[order.source] = result.dialect.settings
    return declared.cast(result.table, types, order.source, decimal=decimal, way=way), f"{said}; {result.dialect}"
