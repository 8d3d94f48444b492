"""Markdown: blocks in GitHub's flavour, short enough for a comment. Data stands in code, where nothing is alive."""

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import assert_never

from pipeline.review.blocks import Block, Code, Data, Folded, Heading, Paragraph, SideBySide, Table, Text, visible

MOST = 60_000  # characters; GitHub takes 65,536 for a comment
_LONGEST = 200  # characters of a piece of data
_ROWS = 60
_LINES = 400
_NOTE = 200  # characters that are kept free for the words on what was left out
_BACKTICKS = re.compile("`+")
_MEANING = re.compile(r"([\\`*_\[\]<>&|~#@!])")


def render(blocks: Iterable[Block], most: int = MOST) -> str:
    """Write blocks; one that would make the whole too long is left out, and that is said.

    Parameters
    ----------
    most
        Characters of the whole.
    """
    written: list[str] = []
    left_out, size = 0, 0
    for block in blocks:
        text = _block(block)
        if size + len(text) + _NOTE > most:
            left_out += 1
        else:
            written.append(text)
            size += len(text) + 1
    if left_out:
        written.append(f"*Too long for this page: {left_out} more parts are in the HTML summary.*\n")
    return "\n".join(written)


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {_words(block.text)}\n"
        case Paragraph():
            return f"{_text(block.text)}\n"
        case Table():
            return _table(block)
        case Code():
            return _code(block)
        case SideBySide():
            return f"- {_text(block.title)} (side by side in the HTML summary)\n"
        case Folded():
            inside = "\n".join(map(_block, block.blocks))
            return f"<details><summary>{_plain(block.title)}</summary>\n\n{inside}\n</details>\n"
    assert_never(block)


def _table(table: Table) -> str:
    rows = [table.header, ("---",) * len(table.header)]
    lines = [f"| {' | '.join(row)} |" for row in [*rows, *_cells(table.rows[:_ROWS])]]
    more = len(table.rows) - _ROWS
    return "\n".join([*lines, *([f"\n*{more} more rows are in the HTML summary.*"] if more > 0 else []), ""])


def _cells(rows: Iterable[tuple[Text, ...]]) -> Iterator[tuple[str, ...]]:
    return (tuple(map(_text, row)) for row in rows)


def _code(code: Code) -> str:
    lines = [f"{line.mark}{visible(line.text)[:_LONGEST]}" for line in code.lines[:_LINES]]
    more = len(code.lines) - _LINES
    fence = _fence("\n".join(lines), 3)
    return "\n".join([f"{fence}diff", *lines, *([f"@@ {more} more lines @@"] if more > 0 else []), fence, ""])


def _text(text: Text) -> str:
    return "".join(_span(part.text) if isinstance(part, Data) else _words(part) for part in text)


def _words(text: str) -> str:
    """Write our own words; what would mean something in Markdown means nothing, should data have got there."""
    return _MEANING.sub(r"\\\1", text)


def _span(data: str) -> str:
    r"""Write data as a code span, the one place where GitHub neither links, nor mentions, nor reads HTML.

    >>> _span("a`b|<b>@you"), _span("")
    ('``a`b\\|<b>@you``', '*empty*')
    """
    text = " ".join(visible(data).split())
    if not text:
        return "*empty*"
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    fence = _fence(text, 1)
    # A column ends at any bar without a backslash before it, and an even number of them is none.
    text = text.replace("\\|", "\\\u200b|").replace("|", "\\|")
    pad = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fence(text: str, least: int) -> str:
    """Return more backticks than stand together anywhere in a text."""
    return "`" * max([least, *(len(found) + 1 for found in _BACKTICKS.findall(text))])


def _plain(text: Text) -> str:
    """Write a summary of what is folded, which is HTML: Markdown is not read in it."""
    return "".join(f"<code>{_entities(part.text)}</code>" if isinstance(part, Data) else escape(part) for part in text)


def _entities(data: str) -> str:
    r"""Write every character that is no letter or digit by its number, so that it is only a character.

    >>> _entities("a<b @c")
    'a&#60;b &#64;c'
    """
    text = " ".join(visible(data).split())[:_LONGEST]
    return "".join(each if each.isalnum() or each == " " else f"&#{ord(each)};" for each in text)
