"""Owns reading: a built-in example, files here or at a URL, or a query, becomes a checked table."""

import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.data import (
    addresses,
    census,
    columnar,
    columns,
    databases,
    dates,
    declared,
    fingerprints,
    places,
    roles,
    rulebook,
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
_PROFILES: dict[str, pd.DataFrame] = {}


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
    schema: str | None

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

    @property
    def key_of_profile(self) -> str:
        """Name what is said of all rows, where they are not all taken."""
        return snapshots.key(self.key, "profile")


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Rows that were taken of a source: their columns, which whoever makes a frame of them takes out of here.

    Attributes
    ----------
    told, rows
        How they were taken, and of how many.
    again
        Yields all rows of the source, typed as these are.
    """

    columns: dict[str, pa.ChunkedArray]
    told: str
    rows: int
    again: census.Tables


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
    schema: str | None = None,
) -> pd.DataFrame:
    """Read a table and check what every later step relies on.

    Parameters
    ----------
    source
        `example:NAME`; a path (a relative one starts at the project) or URL of a file, or of a folder of Parquet files;
        `postgresql://`, `sqlite:///` or `duckdb:///`. Secrets are named: `secret:NAME`, `[secret NAME]` in a URL.
    target, time, id
        The column to predict, in which labels may lack; that orders rows, returned as datetimes; that names each once.
    reading, types, drop
        How a file is written (`reading.Reading`), what columns are (`declared.Type`), where that is not to be found
        out; columns that are left out.
    query
        What a database is asked.
    rows, seed, schema
        Most rows that are taken; of more, so many uniformly at random. File of the rules that all must keep.

    Raises
    ------
    DataError
        If the source is not there, cannot be read, or is empty; if a named column is missing or is not what its role
        asks for; if a row breaks a rule.
    """
    _PROFILES.pop(source, None)
    order = Order(
        source=source,
        named={"target": target, "time": time, "id": id},
        reading=checked(reading),
        query=query,
        types=types or {},
        drop={*drop} - {target, time, id},
        rows=rows,
        seed=seed,
        schema=schema,
    )
    return _held(order)


def _held(order: Order) -> pd.DataFrame:
    frame = _example(order) if order.source.startswith(addresses.EXAMPLE) else _frame(order)
    if order.source not in _PROFILES:  # else all rows were held to the rules, not these alone
        rulebook.enforce(frame, order.schema, order.source)
    return frame


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


def described(source: str, taken: pd.DataFrame) -> pd.DataFrame:
    """Return the profile of all rows that the last `load` of a source saw; where it took all, that of those `taken`."""
    return _PROFILES.get(source, taken)


def written(source: str) -> dict[str, str | bool]:
    """Say how a file of text was found to be written by the last `load` of it, as settings (`data.reading`) would."""
    return _WRITTEN.get(source, {})


def _example(order: Order) -> pd.DataFrame:
    module = fingerprints.example(order.source)
    sys.audit("pipeline.source", order.source, fingerprints.fingerprint(order.source))
    frame: pd.DataFrame = module.load()
    _TOLD[order.source] = f"built-in example: all {len(frame):,} rows"
    return _checked(order, frame.drop(columns=[name for name in order.drop if name in frame.columns]))


def _frame(order: Order) -> pd.DataFrame:
    past = snapshots.recorded(order.key)
    if past is None:
        addresses.check(order.source)
        address = addresses.resolve(order.source)
        return _of_database(order, address) if addresses.is_sql(address) else _of_files(order, address)
    table, _TOLD[order.source] = past
    if (whole := snapshots.recorded(order.key_of_profile)) is not None:
        _PROFILES[order.source] = whole[0].to_pandas()
        _TOLD[order.source] += whole[1]
    parts = columnar.parted(table)
    del table, past
    return _checked(order, columnar.frame(parts))


def _of_database(order: Order, address: str) -> pd.DataFrame:
    known = fingerprints.fingerprint(order.source)
    with databases.answered(order.source, address, order.query) as found:
        frame, kept = _kept(order, _typed(order, found))
    sys.audit("pipeline.source", order.source, kept if known == fingerprints.UNKNOWN else known)
    return frame


def _of_files(order: Order, address: str) -> pd.DataFrame:
    with places.fetched(order.source, address) as files:
        frame, _ = _kept(order, _read(order, files))
    sys.audit("pipeline.source", order.source, files.digest)
    return frame


def _kept(order: Order, part: _Part) -> tuple[pd.DataFrame, str]:
    """Keep the rows that were taken, and return them with their digest; where there are others, look at these too."""
    _TOLD[order.source] = part.told
    kept = snapshots.keep(order.key, pa.table(part.columns), part.told)
    raw = columnar.frame(part.columns)
    held = _checked(order, raw.copy(deep=False))
    if len(held) < part.rows:
        rules = None if order.schema is None else rulebook.load(order.schema)
        found = census.take(raw, held, part.again, named=order.named, rules=rules)
        found.check(order.source, order.named, order.schema)
        _PROFILES[order.source], odd = found.profile, found.told()
        _TOLD[order.source] += odd
        snapshots.keep(order.key_of_profile, pa.Table.from_pandas(found.profile, preserve_index=False), odd)
    return held, kept


def _read(order: Order, files: Files) -> _Part:
    match places.kind_of(files):
        case Kind.PARQUET:
            return _typed(order, columnar.parquet(files, order.drop))
        case Kind.JSON:
            return _typed(order, columnar.json_lines(files, order.drop))
        case Kind.EXCEL:
            return _of_texts(order, *workbooks.read(files.paths[0], order.source, order.reading, order.wanted))
    text = texts.found(files.paths[0], order.source, order.reading, order.wanted)
    return _of_texts(order, text.dialect, Columnar(schema=text.schema, batches=text.batches))


def _typed(order: Order, found: Columnar) -> _Part:
    """Take rows of what has types already."""
    types = declared.chosen(order.types, found.schema.names, order.source)
    columns.present(found.schema.names, order.named, order.source)

    def ready(table: pa.Table) -> pa.Table:
        left = table.select([name for name in table.column_names if name not in order.drop])
        way = order.reading.date_format
        return declared.cast(columnar.plain(left), types, order.source, decimal=".", way=way)

    taken = sampling.take(found.batches(), found.schema, limit=order.rows, seed=order.seed)
    return _Part(
        columns=columnar.parted(ready(taken.table)),
        told=taken.told(order.seed),
        rows=taken.rows,
        again=lambda: (ready(pa.Table.from_batches([batch])) for batch in found.batches()),
    )


def _of_texts(order: Order, dialect: Dialect, found: Columnar) -> _Part:
    """Take rows of what is text, and find out what it means."""
    types = declared.chosen(order.types, found.schema.names, order.source)
    columns.present(found.schema.names, order.named, order.source)
    kept = [name for name in found.schema.names if name not in order.drop]

    def batches() -> Iterator[pa.RecordBatch]:
        return (batch.select(kept) for batch in found.batches())

    taken = sampling.take(batches(), found.schema, limit=order.rows, seed=order.seed)
    said, rows, parts = taken.told(order.seed), taken.rows, columnar.parted(taken.table.select(kept))
    del taken
    table, meaning = values.typed(parts, order.source, dialect, order.reading, [*order.texts, *types])
    _WRITTEN[order.source] = meaning.dialect.settings

    def ready(table: pa.Table) -> pa.Table:
        decimal, way = meaning.dialect.decimal, order.reading.date_format
        return declared.cast(table, types, order.source, decimal=decimal, way=way)

    return _Part(
        columns=columnar.parted(ready(table)),
        told=f"{said}; {meaning.dialect}",
        rows=rows,
        again=lambda: (ready(values.alike(columnar.parted(pa.table(batch)), meaning)) for batch in batches()),
    )
