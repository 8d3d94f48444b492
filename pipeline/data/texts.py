"""Owns text files as tables: rows of text, in batches, and what is wrong with a row that is not like the others."""

import csv
import io
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from pipeline.data import dialects, encodings, heads, places
from pipeline.data.reading import Dialect, Reading
from pipeline.errors import DataError

if TYPE_CHECKING:
    import _csv

_BLOCK_BYTES = 2**22
_MANY_LINES = 1000  # in one record: a quote was opened and not closed
_SHOWN = 60
_PART_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class Text:
    """A file of text whose way of writing is known.

    Attributes
    ----------
    names
        What its columns are called, each once.
    """

    source: str
    path: Path
    dialect: Dialect
    names: list[str]

    @property
    def schema(self) -> pa.Schema:
        """Its columns: all are text."""
        return pa.schema([(name, pa.string()) for name in self.names])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows, every value as text.

        Raises
        ------
        DataError
            If a row has more or fewer values than there are columns, a quote is not closed, or bytes are no letters of
            the encoding; with the line.
        """
        try:
            with places.plain(self.path, self.source) as file:
                yield from self._parsed(file)
        except (pa.ArrowInvalid, UnicodeError) as error:
            raise self._explained(error) from error

    def _parsed(self, file: BinaryIO) -> Iterator[pa.RecordBatch]:
        if self.dialect.blanks:
            yield from self._split(file)
            return
        stream = pa.PythonFile(file, mode="r")
        if self.dialect.encoding != "utf-8":
            stream = pa.transcoding_input_stream(stream, self.dialect.encoding, "utf-8")
        skipped = 1 if self.dialect.header else 0
        last = None
        for batch in self._reader(stream):
            rows = batch.slice(skipped)
            skipped = max(0, skipped - len(batch))
            if len(rows):
                self._check_quotes(rows)
                last = rows.slice(len(rows) - 1)
                yield rows
        if last is not None and "\n" in (last.columns[-1][0].as_py() or ""):
            self._check_end()

    def _reader(self, stream: Any) -> pyarrow.csv.CSVStreamingReader:  # noqa: ANN401 - a stream of pyarrow
        return pyarrow.csv.open_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(column_names=self.names, block_size=_BLOCK_BYTES, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self.dialect.delimiter, quote_char=self.dialect.quote or False, newlines_in_values=True
            ),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(self.names, pa.string())),
        )

    def _split(self, file: BinaryIO) -> Iterator[pa.RecordBatch]:
        """Yield rows of a text in which quotes come after blanks, which Arrow does not split: a tenth as fast."""
        text = io.TextIOWrapper(file, encoding=_with_bom(self.dialect.encoding), newline="")
        rows = (row for row in self._rows(text) if row)
        for _ in range(self.dialect.header):
            next(rows)
        while part := list(itertools.islice(rows, _PART_ROWS)):
            if any(len(row) != len(self.names) for row in part):
                raise pa.ArrowInvalid("rows of several lengths")
            yield pa.record_batch([pa.array(column) for column in zip(*part, strict=True)], schema=self.schema)
        text.detach()

    def _rows(self, text: io.TextIOWrapper) -> "_csv.Reader":
        return csv.reader(
            text,
            delimiter=self.dialect.delimiter,
            quotechar=self.dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.dialect.quote else csv.QUOTE_NONE,
            skipinitialspace=self.dialect.blanks,
        )

    def _check_quotes(self, rows: pa.RecordBatch) -> None:
        """Refuse a value that holds whole rows: a quote was opened in one row and closed in a later one."""
        for name, column in zip(self.names, rows.columns, strict=True):
            if not pc.any(pc.match_substring(column, "\n")).as_py():
                continue
            for value in column.filter(pc.match_substring(column, "\n")).to_pylist():
                inner = value.split("\n")[1:-1]
                if len(self.names) > 1 and sum(map(self._is_row, inner)) > len(inner) / 2:
                    raise DataError(
                        f"{self.source}: a value of column {name!r} holds whole rows, such as {inner[0][:_SHOWN]!r}: a "
                        "quote is opened in the row before it and not closed there. Close it, or double it."
                    )

    def _is_row(self, line: str) -> bool:
        """Say whether a line looks like a row; in prose a blank follows a comma."""
        cells = line.split(self.dialect.delimiter)
        return len(cells) == len(self.names) and not any(cell.startswith(" ") for cell in cells)

    def _check_end(self) -> None:
        """Refuse a last value of several lines that no quote ends."""
        with places.plain(self.path, self.source) as file:
            tail = b""
            while chunk := file.read(2**20):
                tail = (tail + chunk)[-16:]
        if not tail.decode(self.dialect.encoding, errors="ignore").rstrip().endswith(self.dialect.quote):
            raise DataError(f"{self.source}: the file ends within a quoted value. Close its quote, or double it.")

    def _explained(self, error: Exception) -> DataError:
        """Find the line of what cannot be read, in a second look at the file."""
        with places.plain(self.path, self.source) as file:
            text = io.TextIOWrapper(file, encoding=_with_bom(self.dialect.encoding), newline="")
            problem = next(self._problems(text), "")
            text.detach()
        if problem:
            return DataError(f"{self.source}{problem}")
        return DataError(
            f"{self.source} cannot be read as a table: {_line(error)}. It was taken for {self.dialect}; say it in "
            "[tool.pipeline.data.reading] where that is wrong."
        )

    def _problems(self, text: io.TextIOWrapper) -> Iterator[str]:
        width, line, said = len(self.names), 0, f"(it was taken for {self.dialect})"
        rows = self._rows(text)
        try:
            for row in rows:
                if rows.line_num - line > _MANY_LINES:
                    yield f" has a quote in line {line + 1} that is not closed. Close it, or double it."
                if row and len(row) != width:
                    yield (
                        f" has {len(row)} values in line {line + 1} and {width} columns {said}. Give every row one "
                        "value a column, and quote values that hold a delimiter; or mend [tool.pipeline.data.reading]."
                    )
                line = rows.line_num
        except csv.Error:
            yield f" has a quote in line {line + 1} that is not closed. Close it, or double it."
        except UnicodeError as error:
            where = f" in line {_first_beyond(text.buffer, self.dialect.encoding)}"
            yield (
                f" is not written in {self.dialect.encoding}{where}: {_line(error)}. Name its encoding: `encoding` in "
                "[tool.pipeline.data.reading]."
            )


def found(path: Path, source: str, asked: Reading, wanted: Collection[str]) -> Text:
    """Find out how a file of text is written, by its beginning, and by all of its bytes what its encoding is.

    Raises
    ------
    DataError
        If it is empty, no text, or has two columns of one name.
    """
    encoding = asked.encoding
    if encoding is None:
        with places.plain(path, source) as file:
            encoding = encodings.of_file(file, source)
    with places.plain(path, source) as file:
        head = file.read(dialects.HEAD_BYTES)
    dialect, names, _ = heads.read(head, source, asked, wanted, encoding=encoding)
    return Text(source=source, path=path, dialect=dialect, names=names)


def _first_beyond(file: Any, encoding: str) -> int:  # noqa: ANN401 - a stream of bytes of any class
    """Return the number of the first line that cannot be decoded."""
    file.seek(0)
    number = 0
    for number, line in enumerate(file, 1):  # noqa: B007 - the number is the answer
        try:
            line.decode(encoding)
        except UnicodeError:
            break
    return number


def _with_bom(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
