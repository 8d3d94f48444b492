"""Owns finding out how a file of text is written: delimiter, quote, header. Imports nothing heavy.

Each way of splitting is tried, and judged as in van den Burg, Nazabal and Sutton (2019), Data Min. Knowl. Discov.
33:1799: by how regular the rows come out, and by how many cells look like a value.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence

from pipeline.data.reading import Dialect, Reading

DELIMITERS = ",;\t|"
HEAD_BYTES = 2**18
MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
    *("NULL", "NaN", "None", "n/a", "nan", "null"),
)
"""Cells that hold nothing; what pandas takes for that."""

PLACEHOLDERS = ("?", "-", "--", ".", "n.a.", "missing", "unknown", "#value!", "#ref!", "#div/0!", "#num!")
"""In lower case: cells that hold nothing where all others of their column are numbers."""

_ROWS = 500
_LIKELY = 0.9
_FEW = 3
_ENOUGH = 10
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[.,' ]\d{3})+)?(?:[.,]\d+)?(?:[eE][+-]?\d+)?%?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d\d.*)?")
_NOTHING = {*MISSING, *PLACEHOLDERS}
Record = Sequence[str]


def sniff(
    text: str, *, whole: bool, encoding: str, asked: Reading, wanted: Collection[str]
) -> tuple[Dialect, list[Record]]:
    """Find out how the beginning of a text is written.

    Parameters
    ----------
    whole
        Whether nothing follows.
    asked
        What need not be found out.
    wanted
        Names of columns that must be there: a first line that has one is a header.

    Returns
    -------
        The dialect, and the first records.
    """
    quotes = ['"', "'"] if asked.quote is None else [asked.quote]
    delimiters = DELIMITERS if asked.delimiter is None else asked.delimiter
    ways = [(delimiter, quote) for quote in quotes for delimiter in delimiters if _possible(text, delimiter, quote)]
    best, most = (delimiters[0], quotes[0]), 0.0
    for delimiter, quote in ways:
        if (score := _score(records(text, delimiter, quote, whole=whole), delimiter, wanted)) > most:
            best, most = (delimiter, quote), score
    blanks = bool(best[1]) and re.search(rf"{re.escape(best[0])} +{best[1]}", text) is not None
    found = records(text, *best, whole=whole, blanks=blanks)
    header = has_header(found, wanted) if asked.header is None else asked.header
    dialect = Dialect(delimiter=best[0], quote=best[1], encoding=encoding, header=header, blanks=blanks)
    return dialect, found


def records(text: str, delimiter: str, quote: str, *, whole: bool, blanks: bool = True) -> list[Record]:
    """Split the beginning of a text; the last record, which may be cut off, is left out where more follows."""
    found: list[Record] = []
    try:
        for record in csv.reader(
            io.StringIO(text, newline=""),
            delimiter=delimiter,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            skipinitialspace=blanks,
        ):
            if record:
                found.append(record)
            if len(found) > _ROWS:
                return found[:-1]
    except csv.Error:  # a value that does not end
        return found
    return found if whole or len(found) == 1 else found[:-1]


def _possible(text: str, delimiter: str, quote: str) -> bool:
    """Say whether a way may be tried: an apostrophe quotes only where values begin and end with it."""
    if quote != "'":
        return True
    between = re.escape(delimiter)
    opened = len(re.findall(rf"(?:^|{between})'", text, re.MULTILINE))
    closed = len(re.findall(rf"'(?:\r?$|{between})", text, re.MULTILINE))
    return opened > 1 and opened == closed


def _score(found: Sequence[Record], delimiter: str, wanted: Collection[str]) -> float:
    if not found:
        return 0.0
    (width, rows), *_ = Counter(map(len, found)).most_common(1)
    cells = [cell for record in found[:100] for cell in record]
    clean = sum(_is_value(cell, delimiter) for cell in cells) / max(len(cells), 1)
    named = 2.0 if {name.strip() for name in found[0]} & set(wanted) else 1.0
    return named * (rows / len(found)) ** 2 * clean * max((width - 1) / width, 0.01)


def _is_value(cell: str, delimiter: str) -> bool:
    others = DELIMITERS.replace(delimiter, "")
    return not any(other in cell for other in others) or kind(cell) != "text" or " " in cell.strip()


def kind(cell: str) -> str:
    """Say what a cell looks like: `nothing`, `number`, `date` or `text`."""
    bare = cell.strip()
    if bare in _NOTHING or bare.lower() in _NOTHING:
        return "nothing"
    if _NUMBER.fullmatch(bare):
        return "number"
    return "date" if _DATE.fullmatch(bare) else "text"


def has_header(found: Sequence[Record], wanted: Collection[str]) -> bool:
    """Say whether the first record names columns: it does not where it looks like the rows below it."""
    if len(found) <= 1 or {name.strip() for name in found[0]} & set(wanted):
        return True
    votes = [_vote(cell, [row[place] for row in found[1:] if place < len(row)]) for place, cell in enumerate(found[0])]
    return sum(votes) >= 0


def _vote(first: str, below: Sequence[str]) -> int:
    """Say of one column whether its first cell is a name (1), a value (-1), or may be either (0)."""
    kinds = Counter(kind(cell) for cell in below)
    given = sum(kinds.values()) - kinds["nothing"]
    own = kind(first)
    if not given or own == "nothing":
        return 0
    if (kinds["number"] + kinds["date"]) / given >= _LIKELY:
        return 1 if own == "text" else -1
    if own != "text":
        return 0
    if first in below:
        return -1
    return 1 if len(below) >= _ENOUGH and len(set(below)) <= len(below) / _FEW else 0


def names(record: Record, *, header: bool) -> list[str]:
    """Return what columns are called: `column_3` where the third has no name of its own."""
    given = [name.strip() if header else "" for name in record]
    return [name or f"column_{place}" for place, name in enumerate(given, 1)]
