"""Grid: a table of HTML as rows of plain text, so that two of them can be compared cell by cell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.review import tokens
from pipeline.review.tokens import Token

WIDEST = 1_000


@dataclass
class _Cell:
    columns: int
    rows: int
    content: list[Token] = field(default_factory=list)


@dataclass
class _Row:
    is_head: bool
    cells: list[_Cell] = field(default_factory=list)


def rows_of(table: Iterable[Token]) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table, rows of its head joined into one; a cell over several places stands in each.

    A table within a cell is text of that cell.
    """
    rows = _read(table)
    head = _filled([row for row in rows if row.is_head])
    body = _filled([row for row in rows if not row.is_head])
    names = [tuple(" ".join(dict.fromkeys(filter(None, column))) for column in zip(*head, strict=False))]
    return (*(names if head else []), *body)


def _read(table: Iterable[Token]) -> list[_Row]:
    rows: list[_Row] = []
    tables, in_head = 0, False
    for token in table:
        name, starts, ends = token.get("name"), token["type"] == "StartTag", token["type"] == "EndTag"
        tables += (name == "table") * (starts - ends)
        if tables == 1 and name == "thead":
            in_head = starts
        elif tables == 1 and name == "tr" and starts:
            rows.append(_Row(is_head=in_head))
        elif tables == 1 and name in {"td", "th"} and starts and rows:
            rows[-1].cells.append(_Cell(columns=_span(token, "colspan"), rows=_span(token, "rowspan")))
        elif rows and rows[-1].cells and not (ends and name in {"td", "th", "tr"}):
            rows[-1].cells[-1].content.append(token)
    return rows


def _span(token: Token, name: str) -> int:
    number = tokens.attribute(token, name)
    return max(1, min(int(number), WIDEST)) if number.isdigit() else 1


def _filled(rows: list[_Row]) -> list[tuple[str, ...]]:
    """Lay cells out in columns; one that goes on in the rows below keeps its column there."""
    filled: list[tuple[str, ...]] = []
    above: dict[int, tuple[int, str]] = {}
    for row in rows:
        line: list[str] = []
        below: dict[int, tuple[int, str]] = {}
        for rows_left, text in _placed(row, above, line):
            if rows_left > 1:
                below[len(line)] = rows_left - 1, text
            line.append(text)
        filled.append(tuple(line))
        above = below
    return filled


def _placed(row: _Row, above: dict[int, tuple[int, str]], line: list[str]) -> Iterator[tuple[int, str]]:
    """Yield what stands in each next column of the line, and in how many rows from here."""
    for cell in row.cells:
        text = tokens.text_of(cell.content)
        for _ in range(cell.columns):
            while len(line) in above:
                yield above[len(line)]
            if len(line) < WIDEST:
                yield cell.rows, text
    while len(line) in above:
        yield above[len(line)]
