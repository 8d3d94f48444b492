"""Shown: how the figures and tables of two reports differ, each paired by the cell that shows it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.review.changes import Change
from pipeline.review.rendered import Figure, Table

MOST = 200  # cells of a table that are listed

Place = tuple[str, int]
Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FigurePair:
    """A figure before and after; None where one run has none there.

    Attributes
    ----------
    cell, number
        Id of the cell, and which of its figures it is, from 1.
    """

    cell: str
    number: int
    change: Change
    before: Figure | None
    after: Figure | None


@dataclass(frozen=True, kw_only=True)
class CellDifference:
    """A cell of a table that shows something else: its row from 1, the name of its column, both texts."""

    row: int
    column: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class TablePair:
    """A table before and after.

    Attributes
    ----------
    cell, number
        Id of the cell, and which of its tables it is, from 1.
    cells
        What differs of the rows and columns that both have, at most `MOST`.
    left_out
        How many more differ.
    rows_added, rows_removed
        By how many rows it has become longer or shorter.
    columns_added, columns_removed
        Names of columns that only one of them has.
    """

    cell: str
    number: int
    change: Change
    cells: tuple[CellDifference, ...] = ()
    left_out: int = 0
    rows_added: int = 0
    rows_removed: int = 0
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()


def figures(before: Iterable[Figure], after: Iterable[Figure]) -> tuple[FigurePair, ...]:
    """Pair the figures of two reports; pictures are named after what they show, so equal names are equal pictures."""
    old, new = ({(figure.cell, figure.number): figure for figure in found} for found in (before, after))
    return tuple(_figure_pair(place, old.get(place), new.get(place)) for place in {**new, **old})


def tables(before: Iterable[Table], after: Iterable[Table]) -> tuple[TablePair, ...]:
    """Pair the tables of two reports and compare each pair cell by cell."""
    old, new = ({(table.cell, table.number): table.rows for table in found} for found in (before, after))
    return tuple(_table_pair(place, old.get(place), new.get(place)) for place in {**new, **old})


def _figure_pair(place: Place, before: Figure | None, after: Figure | None) -> FigurePair:
    if before is None or after is None:
        change = Change.ADDED if before is None else Change.REMOVED
    else:
        change = Change.SAME if before.picture == after.picture else Change.CHANGED
    return FigurePair(cell=place[0], number=place[1], change=change, before=before, after=after)


def _table_pair(place: Place, before: tuple[Row, ...] | None, after: tuple[Row, ...] | None) -> TablePair:
    cell, number = place
    if before is None or after is None:
        return TablePair(cell=cell, number=number, change=Change.ADDED if before is None else Change.REMOVED)
    if before == after:
        return TablePair(cell=cell, number=number, change=Change.SAME)
    old, new = _columns(before), _columns(after)
    differing = _differing(before, after, [(name, old[name], new[name]) for name in new if name in old])
    listed = tuple(islice(differing, MOST))
    longer = len(after) - len(before)
    return TablePair(
        cell=cell,
        number=number,
        change=Change.CHANGED,
        cells=listed,
        left_out=sum(1 for _ in differing),
        rows_added=max(longer, 0),
        rows_removed=max(-longer, 0),
        columns_added=tuple(name for name in new if name not in old),
        columns_removed=tuple(name for name in old if name not in new),
    )


def _columns(rows: tuple[Row, ...]) -> dict[str, int]:
    """Return the place of each column by its name; a name that comes again gets a number."""
    found: dict[str, int] = {}
    for place, name in enumerate(rows[0] if rows else ()):
        again = sum(1 for earlier in rows[0][:place] if earlier == name)
        found[f"{name} ({again + 1})" if again else name] = place
    return found


def _differing(
    before: tuple[Row, ...], after: tuple[Row, ...], columns: list[tuple[str, int, int]]
) -> Iterator[CellDifference]:
    for number, (old, new) in enumerate(zip(before[1:], after[1:], strict=False), 1):
        for name, there, here in columns:
            was, now = _at(old, there), _at(new, here)
            if was != now:
                yield CellDifference(row=number, column=name, before=was, after=now)


def _at(row: Row, place: int) -> str:
    return row[place] if place < len(row) else ""
