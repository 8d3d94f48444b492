"""Owns workbooks of Excel: a sheet becomes rows of text. The one importer of openpyxl.

Formulas are not run: the values that Excel last gave them count.
"""

import warnings
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from pipeline.data import dialects, heads
from pipeline.data.columnar import Columnar
from pipeline.data.reading import Dialect, Reading
from pipeline.errors import DataError, near

_BATCH_ROWS = 10_000


def read(book: Path | BinaryIO, source: str, asked: Reading, wanted: Collection[str]) -> tuple[Dialect, Columnar]:
    """Read a sheet: the one that settings name, else the only one that holds something.

    Raises
    ------
    DataError
        If the extra is not installed, the workbook is damaged, there is no such sheet, or several hold something.
    """
    rows = _rows(book, source, asked)
    if not rows:
        raise DataError(f"{source} is empty. Give a sheet that has columns and rows.")
    width = max(map(len, rows))
    rows = [[*row, *[""] * (width - len(row))] for row in rows]
    header = dialects.has_header(rows[:500], wanted) if asked.header is None else asked.header
    names = dialects.names(rows[0], header=header)
    heads.check_names(names, source)
    schema = pa.schema([(name, pa.string()) for name in names])
    dialect = Dialect(delimiter="cells", quote='"', encoding="Excel", header=header)
    body = rows[header:]

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, len(body), _BATCH_ROWS):
            columns = zip(*body[start : start + _BATCH_ROWS], strict=True)
            yield pa.record_batch([pa.array(column, pa.string()) for column in columns], schema=schema)

    return dialect, Columnar(schema=schema, batches=batches)


def _rows(file: Path | BinaryIO, source: str, asked: Reading) -> list[list[str]]:
    try:
        import openpyxl
    except ImportError as error:
        raise DataError(
            f"{source} is a workbook of Excel. Install the extra 'excel': pip install 'stagebook[excel]'."
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a sheet has beside values
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                return _chosen(book.worksheets, source, asked.sheet)
            finally:
                book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl lets through whatever XML, zip and its own parsers raise
        raise DataError(
            f"{source} cannot be read as a workbook of Excel: {type(error).__name__}: {error}. Save it again as .xlsx."
        ) from error


def _chosen(sheets: Sequence[Any], source: str, name: str | None) -> list[list[str]]:
    known = {sheet.title: sheet for sheet in sheets}
    if name is not None and name not in known:
        raise DataError(f"{source} has no sheet {name!r}: {near(name, known)}")
    if name is not None:
        return _of_sheet(known[name])
    filled = {title: rows for title, sheet in known.items() if (rows := _of_sheet(sheet))}
    if len(filled) > 1:
        raise DataError(
            f"{source} has {len(filled)} sheets with something in them: {', '.join(map(repr, filled))}. Name one: "
            "`sheet` in [tool.pipeline.data.reading]."
        )
    return next(iter(filled.values()), [])


def _of_sheet(sheet: Any) -> list[list[str]]:  # noqa: ANN401 - a worksheet of openpyxl
    rows = [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    filled = [row for row in rows if any(row)]
    width = max((place for row in filled for place, value in enumerate(row, 1) if value), default=0)
    return [row[:width] for row in filled]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.hour == value.minute == value.second == value.microsecond == 0:
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ")
    return str(value)
