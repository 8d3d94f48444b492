"""Blocks: a table in a file, some thousand rows at a time, each row as somebody would send it to the service."""

import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from pipeline.data import columnar, declared, places, texts, values, workbooks, written
from pipeline.data.places import Files, Kind
from pipeline.data.reading import Dialect, Reading
from pipeline.data.rules import Column
from pipeline.errors import DataError, near

ROWS = 10_000
_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0"), False),
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is taken of a table, and how it is read.

    Attributes
    ----------
    asked
        Columns that the model is asked with, and what each must be.
    kept
        Columns that are handed on as they are.
    id
        One more of them, where the table has it.
    reading, types
        As `[tool.pipeline.data]` has them.
    """

    asked: Mapping[str, Column]
    kept: Sequence[str]
    id: str | None
    reading: Reading
    types: Mapping[str, str]

    def __contains__(self, name: object) -> bool:
        return name in self.asked or name in self.kept or name == self.id

    def settled(self, names: Collection[str], source: str) -> "Wanted":
        """Say what is taken of a table with these columns, which must all be there but the id."""
        if missing := [name for name in (*self.asked, *self.kept) if name not in names]:
            raise DataError(f"{source} has no column {missing[0]!r}: {near(missing[0], names)}")
        found = [self.id] if self.id in names and self.id is not None else []
        return replace(self, kept=list(dict.fromkeys([*found, *self.kept])))


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some rows.

    Attributes
    ----------
    rows
        What the model is asked with.
    kept
        The same rows of the columns that are handed on.
    """

    rows: list[dict[str, Any]]
    kept: pa.Table


class _Others(Collection[str]):
    """All names but those that are wanted."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def __contains__(self, name: object) -> bool:
        return name not in self._wanted

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def of(files: Files, wanted: Wanted) -> Iterator[Block]:
    """Yield a table, block by block.

    Raises
    ------
    DataError
        If it lacks a column, or cannot be read.
    """
    path, source, kind = files.paths[0], files.source, places.kind_of(files)
    if kind is Kind.JSON:
        return _of_lines(files, wanted)
    if kind is Kind.PARQUET:
        found = columnar.parquet(files, _Others(wanted))
        wanted = wanted.settled(found.schema.names, source)
        return _of_batches(found.batches(), wanted, _Typed(wanted, source))
    if kind is Kind.EXCEL:
        dialect, found = workbooks.read(path, source, wanted.reading, [*wanted.asked])
        wanted = wanted.settled(found.schema.names, source)
        return _of_batches(found.batches(), wanted, _Written(wanted, source, dialect))
    text = texts.found(path, source, wanted.reading, [*wanted.asked])
    wanted = wanted.settled(text.names, source)
    return _of_batches(text.batches(), wanted, _Written(wanted, source, text.dialect))


def _of_batches(
    batches: Iterator[pa.RecordBatch], wanted: Wanted, told: Callable[[pa.Table], dict[str, list[Any]]]
) -> Iterator[Block]:
    for batch in batches:
        for start in range(0, len(batch), ROWS):
            some = pa.Table.from_batches([batch.slice(start, ROWS)])
            columns = told(some.select([*wanted.asked]))
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            yield Block(rows=rows, kept=_decoded(some.select([*wanted.kept])))


def _decoded(table: pa.Table) -> pa.Table:
    """Write categories out: each block has its own list of them."""
    kinds = {field.name: getattr(field.type, "value_type", field.type) for field in table.schema}
    return table.cast(pa.schema([*kinds.items()]))


class _Typed:
    """Says values that have types already as JSON would."""

    def __init__(self, wanted: Wanted, source: str) -> None:
        self._asked, self._source, self._way = wanted.asked, source, wanted.reading.date_format
        types = {name: kind for name, kind in wanted.types.items() if name in wanted.asked}
        self._types = declared.chosen(types, [*wanted.asked], source)

    def __call__(self, table: pa.Table) -> dict[str, list[Any]]:
        found = declared.cast(columnar.plain(table), self._types, self._source, decimal=".", way=self._way)
        return {name: self._said(found[name]) for name in self._asked}

    @staticmethod
    def _said(column: pa.ChunkedArray) -> list[Any]:
        if not pa.types.is_timestamp(column.type):
            return _plain(column)
        exact = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        return [None if moment is None else moment.isoformat() for moment in exact.to_pylist()]


class _Written:
    """Says texts as JSON would, by what each column must be. How numbers and dates are written, the first block shows.

    A text that cannot be what it must stays a text, so that whoever checks the row names it.
    """

    def __init__(self, wanted: Wanted, source: str, dialect: Dialect) -> None:
        self._wanted, self._source, self._dialect = wanted, source, dialect
        self._ways: dict[str, str] | None = None

    def __call__(self, table: pa.Table) -> dict[str, list[Any]]:
        cleaned = {name: values.cleaned_text(table[name]) for name in self._wanted.asked}
        if self._ways is None:
            self._ways = self._look(cleaned)
        return {name: self._said(name, column) for name, column in cleaned.items()}

    def _look(self, columns: Mapping[str, pa.ChunkedArray]) -> dict[str, str]:
        """Find out how numbers and dates are written."""
        asked, reading = self._wanted.asked, self._wanted.reading
        numbers = {name: column for name, column in columns.items() if asked[name].type in {"integer", "number"}}
        self._dialect = values.typed(numbers, self._source, self._dialect, reading, [])[1].dialect
        dates = {name: column for name, column in columns.items() if asked[name].type == "datetime"}
        return written.formats(dates, reading.date_format)

    def _said(self, name: str, column: pa.ChunkedArray) -> list[Any]:
        kind = self._wanted.asked[name].type
        if kind == "text":
            return _plain(column)
        if kind == "boolean":
            return [None if word is None else _WORDS.get(word.lower(), word) for word in column.to_pylist()]
        if kind == "datetime":
            way = (self._ways or {}).get(name)
            return _plain(column) if way is None else _each(column, lambda some: _moments(some, way))
        return _each(
            values.without_placeholder(column), lambda some: _plain(values.floats(some, self._dialect.decimal))
        )


def _moments(column: pa.ChunkedArray, way: str) -> list[str | None]:
    found = written.parsed(column, way).to_pylist()
    return [None if moment is None else moment.isoformat() for moment in found]


def _each(column: pa.ChunkedArray, read: Callable[[pa.ChunkedArray], list[Any]]) -> list[Any]:
    """Read a column; where that cannot be done at once, value by value, and what cannot be read stays what it is."""
    with suppress(pa.ArrowInvalid, ValueError):
        return read(column)
    said = _plain(column)
    for place, value in enumerate(said):
        with suppress(pa.ArrowInvalid, ValueError):
            said[place] = read(pa.chunked_array([[value]], type=column.type))[0]
    return said


def _plain(column: pa.ChunkedArray) -> list[Any]:
    found: list[Any] = column.to_pylist()
    return found


def _of_lines(files: Files, wanted: Wanted) -> Iterator[Block]:
    """Read JSON lines: each is a row as it would be sent, and more."""
    with places.plain(files.paths[0], files.source) as file:
        lines: Iterator[dict[str, Any]] = (
            _line(line, number, files.source) for number, line in enumerate(file, 1) if line.strip()
        )
        first = next(lines, {})
        lines, wanted = itertools.chain([first], lines), wanted.settled(first, files.source)
        while some := list(itertools.islice(lines, ROWS)):
            rows = [{name: row[name] for name in row if name in wanted.asked} for row in some]
            kept = {name: pa.array([_text(row.get(name)) for row in some], pa.string()) for name in wanted.kept}
            yield Block(rows=rows, kept=pa.table(kept))


def _line(line: bytes, number: int, source: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source}: line {number} is no JSON: {str(error)[:200]}. Mend it.") from None
    if not isinstance(row, dict):
        raise DataError(f"{source}: line {number} is no object. Write one object a line.")
    return row


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
