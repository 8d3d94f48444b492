"""Owns dates as people write them: which way of writing fits all values of a column, and no other."""

from collections.abc import Mapping
from itertools import product

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_DAYS = ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y")
_WORDS = ("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y")
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_LIKE = (
    r"^(?:\d{1,2}|\d{4})([-/.])\d{1,2}[-/.](?:\d{4}|\d{2}|\d)(?: \d{1,2}:\d{2}.*)?$",
    r"^(?:\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4})(?: \d{1,2}:\d{2}.*)?$",
)
_HEAD = 1000
_LONGEST = 30


def formats(columns: Mapping[str, pa.ChunkedArray], asked: str | None) -> dict[str, str]:
    """Find out how dates are written, ISO 8601 aside.

    Where day and month of a column cannot be told apart, it is written as the others of the table are.

    Parameters
    ----------
    columns
        Columns of texts by name.
    asked
        The one way that settings name; columns that it does not fit hold no dates.

    Returns
    -------
        The way of each column that holds dates and can be read in one way only.
    """
    ways = {name: _fitting(column, asked) for name, column in columns.items()}
    sure = {found[0].partition(" %H")[0].partition(" %I")[0] for found in ways.values() if len(found) == 1}
    settled = {name: [way for way in found if len(found) == 1 or way[:8] in sure] for name, found in ways.items()}
    return {name: found[0] for name, found in settled.items() if len(found) == 1}


def parsed(column: pa.ChunkedArray, way: str | None) -> pa.ChunkedArray:
    """Read texts as moments; `None` is ISO 8601.

    Raises
    ------
    ValueError
        If a text is no date of that way.
    """
    encoded = pc.dictionary_encode(column).combine_chunks()
    words = pd.Series(encoded.dictionary.to_pylist(), dtype="str")
    moments = pd.to_datetime(words, format=way or "ISO8601").astype("datetime64[us]")
    return pa.chunked_array([pa.array(moments, type=pa.timestamp("us")).take(encoded.indices)])


def _fitting(column: pa.ChunkedArray, asked: str | None) -> list[str]:
    head = column.slice(0, _HEAD).drop_null()
    if not len(head) or not (asked or any(pc.all(pc.match_substring_regex(head, like)).as_py() for like in _LIKE)):
        return []
    ways = [asked] if asked else list(map("".join, product((*_DAYS, *_WORDS), _HOURS)))
    for part in (head, column.drop_null()):
        texts = pd.Series(pc.unique(part).to_pylist(), dtype="str")
        if texts.str.len().max() > _LONGEST and not asked:
            return []
        ways = [way for way in ways if pd.to_datetime(texts, format=way, errors="coerce").notna().all()]
    return ways
