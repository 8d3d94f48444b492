"""What a report is once it is rendered: safe HTML by cell, and what of it can be compared with another report."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading of the prose: level from 1 to 6, plain text, and the anchor that it has on the page."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture among the outputs of a cell.

    Attributes
    ----------
    cell
        Id of the cell.
    number
        Which of the cell's figures it is, from 1.
    picture
        Name of its file among the pictures of the report.
    width_px, height_px
        Its size.
    alt
        What it shows, in words.
    """

    cell: str
    number: int
    picture: str
    width_px: int
    height_px: int
    alt: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table among the outputs of a cell: its rows of plain text, the first of them the names of the columns."""

    cell: str
    number: int
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class RenderedCell:
    """A cell as HTML that is safe to put on a page.

    Attributes
    ----------
    id
        As in the notebook; the anchor on the page is `cell-` and the id.
    number
        Its place in the report, from 1.
    kind
        `code` or `markdown`.
    tags
        As in the notebook.
    code
        Source as plain text.
    source
        Highlighted code, or the rendered prose.
    outputs
        Rendered outputs; empty where there are none.
    status
        What papermill's metadata says that became of it: `completed`, `failed`, `pending`; empty where nothing.
    seconds
        How long it took; 0 where that is not known.
    """

    id: str
    number: int
    kind: str
    tags: tuple[str, ...] = ()
    code: str = ""
    source: str = ""
    outputs: str = ""
    status: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A report.

    Attributes
    ----------
    title
        Text of its first heading, else the name of its stage.
    headings
        Its table of contents.
    cells
        In order.
    pictures
        Bytes of its pictures by the name of their file, which is made of their digest; the HTML refers to them by it.
    figures, tables
        What of its outputs can be compared.
    """

    title: str
    headings: tuple[Heading, ...] = ()
    cells: tuple[RenderedCell, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
