"""Owns tables that bring types with them: Parquet (a folder of files too), JSON lines; and what types are kept."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.json

from pipeline.data import heads, places
from pipeline.data.places import Files
from pipeline.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_BATCH_ROWS = 65_536
_BLOCK_BYTES = 2**24
_EXACT = 2**53
_INDEX = "__index_level_"
_BLOCKS = 100  # pandas warns of frames of more pieces


@dataclass(frozen=True, kw_only=True)
class Columnar:
    """A table with types, read in batches.

    Attributes
    ----------
    schema
        Its columns.
    batches
        Yields its rows.
    """

    schema: pa.Schema
    batches: Callable[[], Iterator[pa.RecordBatch]]


def parquet(files: Files, drop: Collection[str]) -> Columnar:
    """Read Parquet; the folders `year=2026` that a table is kept in are a column of it.

    Raises
    ------
    DataError
        If a file is damaged, files have different columns, or a column is of a type that is not read.
    """
    with _translated(files.source):
        paths = list(map(str, files.paths))
        found = pyarrow.dataset.dataset(
            paths,
            format="parquet",
            partitioning=pyarrow.dataset.partitioning(flavor="hive") if files.folder else None,
            partition_base_dir=str(files.folder) if files.folder else None,
        )
        for fragment in found.get_fragments():
            _same_columns(fragment.physical_schema, fragment.path, files)
    heads.check_names(found.schema.names, files.source)
    kept = [name for name in found.schema.names if name not in drop and not name.startswith(_INDEX)]
    schema = pa.schema([found.schema.field(name) for name in kept])
    check_types(schema, files.source)

    def batches() -> Iterator[pa.RecordBatch]:
        with _translated(files.source):
            options: dict[str, Any] = {"batch_readahead": 2, "fragment_readahead": 1}
            yield from found.to_batches(columns=kept, batch_size=_BATCH_ROWS, **options)

    return Columnar(schema=schema, batches=batches)


def json_lines(files: Files, drop: Collection[str]) -> Columnar:
    """Read one object a line. All of it is read before rows are taken: what a column is, its last line may decide.

    Raises
    ------
    DataError
        If a line is no object, or a column is of several types or of one that is not read.
    """
    with places.plain(files.paths[0], files.source) as file, _translated(files.source):
        table = pyarrow.json.read_json(file, read_options=pyarrow.json.ReadOptions(block_size=_BLOCK_BYTES))
    heads.check_names(table.column_names, files.source)
    table = table.drop_columns([name for name in table.column_names if name in drop])
    check_types(table.schema, files.source)
    return Columnar(schema=table.schema, batches=lambda: iter(table.to_batches(max_chunksize=_BATCH_ROWS)))


def check_types(schema: pa.Schema, source: str) -> None:
    """Check that each column holds one plain value a row.

    Raises
    ------
    DataError
        If one holds lists, records or bytes.
    """
    for field in schema:
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            raise DataError(
                f"{source}: column {field.name!r} holds {field.type}, not one value a row. Leave it out (`drop` in "
                "[tool.pipeline.data]), or flatten it first."
            )


def plain(table: pa.Table) -> pa.Table:
    """Give each column the type that later steps know: text, category, boolean, integer, number or moment."""
    columns = {name: _plain(table[name]) for name in table.column_names}
    return pa.table(columns)


def parted(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Take a table apart, so that whoever works through its columns can let go of each."""
    return dict(zip(table.column_names, table.columns, strict=True))


def frame(columns: dict[str, pa.ChunkedArray]) -> "pd.DataFrame":
    """Turn columns into a frame, one by one; `columns` is empty afterwards, so that each is held twice for a moment."""
    import pandas as pd

    many = len(columns) > _BLOCKS
    done = {name: _series(columns.pop(name)) for name in list(columns)}
    return pd.DataFrame(done, copy=many)


def _series(column: pa.ChunkedArray) -> "pd.Series":
    import pandas as pd

    own = _is_boolean(column) or _is_long(column)
    types = {pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype()} if own else {}
    found: pd.Series = column.to_pandas(types_mapper=types.get)
    return found


def _is_boolean(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_boolean(column.type) and column.null_count)


def _is_long(column: pa.ChunkedArray) -> bool:
    """Say whether numbers with gaps would lose digits as floats."""
    if not (column.type == pa.int64() and column.null_count):
        return False
    ends = pc.min_max(column).as_py()
    return ends["max"] is not None and max(abs(ends["min"]), abs(ends["max"])) > _EXACT


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(pa.chunked_array([chunk.storage for chunk in column.chunks], type=kind.storage_type))
    if pa.types.is_dictionary(kind) and not pa.types.is_string(kind.value_type):
        return _plain(pc.cast(column, kind.value_type))
    if pa.types.is_duration(kind):
        return pc.divide(pc.cast(pc.cast(pc.cast(column, pa.duration("us")), pa.int64()), pa.float64()), 1e6)
    for known, wanted in _PLAIN:
        if known(kind):
            return pc.cast(column, wanted)
    return column


_PLAIN: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
    (lambda kind: pa.types.is_null(kind) or pa.types.is_decimal(kind) or pa.types.is_float16(kind), pa.float64()),
    (lambda kind: pa.types.is_date(kind) or kind in {pa.timestamp("s"), pa.timestamp("ms")}, pa.timestamp("us")),
    (pa.types.is_time, pa.string()),
)


def _same_columns(own: pa.Schema, path: str, files: Files) -> None:
    """Check that a file has the columns of the folder's first; others would be filled with nothing in silence."""
    first = pyarrow.dataset.dataset(str(files.paths[0]), format="parquet").schema
    if own.equals(first) or set(own.names) == set(first.names):
        return
    name, *_ = sorted(set(own.names) ^ set(first.names))
    raise DataError(
        f"{files.source}: {_inside(path, files)} and {_inside(str(files.paths[0]), files)} do not have the same "
        f"columns: only one of them has {name!r}. Give files of one table."
    )


def _inside(path: str, files: Files) -> str:
    return PurePath(path).relative_to(files.folder or "/").as_posix()


@contextmanager
def _translated(source: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())[:300].rstrip(".")
        raise DataError(
            f"{source} cannot be read as a table: {said}. Write it again, or mend what it names."
        ) from error
