"""Owns the types that settings say columns are: checked, and given to them."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import values, written
from pipeline.errors import DataError, near

_HEAD = 2000
_SHOWN = 3


class Type(StrEnum):
    """What settings may say that a column is."""

    TEXT = "text"
    CATEGORY = "category"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


def chosen(types: Mapping[str, str] | None, columns: Collection[str], source: str) -> dict[str, Type]:
    """Check what settings say that columns are.

    Raises
    ------
    DataError
        If there is no such column or type.
    """
    for name, wanted in (types or {}).items():
        if name not in columns:
            raise DataError(f"{source} has no column {name!r}, named in data.types: {near(name, columns)}")
        if wanted not in list(Type):
            raise DataError(f"data.types: column {name!r} cannot be {wanted!r}: {near(str(wanted), map(str, Type))}")
    return {name: Type(wanted) for name, wanted in (types or {}).items()}


def cast(table: pa.Table, types: Mapping[str, Type], source: str, *, decimal: str, way: str | None) -> pa.Table:
    """Give columns the types that settings say.

    Raises
    ------
    DataError
        If a value is not of that type; with examples.
    """
    for name, wanted in types.items():
        column = table[name]
        try:
            changed = _cast(column, wanted, decimal, way)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
            shown = ", ".join(map(repr, _unfit(column, wanted, decimal)))
            raise DataError(
                f"{source}: column {name!r} is to be {wanted} ([tool.pipeline.data] types), and holds "
                f"{shown or error}. Mend the values or the setting."
            ) from error
        table = table.set_column(table.column_names.index(name), name, changed)
    return table


def _cast(column: pa.ChunkedArray, wanted: Type, decimal: str, way: str | None) -> pa.ChunkedArray:
    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    match wanted:
        case Type.TEXT:
            return pc.cast(column, pa.string())
        case Type.CATEGORY:
            return pc.dictionary_encode(pc.cast(column, pa.string()))
        case Type.DATE:
            return written.parsed(pc.cast(column, pa.string()), way) if text else pc.cast(column, pa.timestamp("us"))
        case Type.BOOLEAN:
            return _booleans(column) if text else pc.cast(column, pa.bool_())
    number = values.floats(values.without_placeholder(column), decimal) if text else pc.cast(column, pa.float64())
    return pc.cast(number, pa.int64()) if wanted is Type.INTEGER else number


def _booleans(column: pa.ChunkedArray) -> pa.ChunkedArray:
    lower = pc.utf8_lower(column)
    yes, no = pa.array(["true", "yes", "y", "t", "1"]), pa.array(["false", "no", "n", "f", "0"])
    if not pc.all(pc.or_(pc.is_in(lower.drop_null(), yes), pc.is_in(lower.drop_null(), no))).as_py():
        raise pa.ArrowInvalid("no boolean")
    return pc.if_else(pc.is_null(lower), pa.scalar(None, pa.bool_()), pc.is_in(lower, yes))


def _unfit(column: pa.ChunkedArray, wanted: Type, decimal: str) -> Iterator[str]:
    """Yield a few values that cannot be read."""
    found = 0
    for value in pc.unique(column).slice(0, _HEAD).to_pylist():
        try:
            _cast(pa.chunked_array([[value]], type=column.type), wanted, decimal, None)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
            found += 1
            yield value
        if found == _SHOWN:
            return
