"""Blocks: what a short document is made of before it is Markdown or HTML. Whatever comes from a project is data."""

from dataclasses import dataclass

from pipeline.review.code import Line


@dataclass(frozen=True)
class Data:
    """Text that comes from a run: it is shown as it stands, and means nothing to who shows it."""

    text: str


Text = tuple[str | Data, ...]
"""Words of ours and data between them."""


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading; level 1 is the document's own."""

    text: str
    level: int = 2


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph."""

    text: Text


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table."""

    header: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Code:
    """A difference of code, line by line."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture: its bytes, what kind it is of, and what it shows in words."""

    data: bytes
    mime: str
    alt: str


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """A figure before and after; None where one run has none."""

    title: Text
    before: Picture | None
    after: Picture | None


@dataclass(frozen=True, kw_only=True)
class Folded:
    """Blocks that are shown to who asks for them."""

    title: Text
    blocks: "tuple[Block, ...]"


Block = Heading | Paragraph | Table | Code | SideBySide | Folded


def visible(text: str) -> str:
    r"""Show characters that have no shape, or that turn the direction of writing, by their number.

    >>> visible("a\u202eb\x00")
    'a\\u202eb\\u0000'
    """
    return "".join(each if each.isprintable() or each in "\n\t" else f"\\u{ord(each):04x}" for each in text)
