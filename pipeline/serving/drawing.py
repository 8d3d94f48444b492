"""Drawing: rows at random that a request may hold, to find out whether two ways of answering say the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from pipeline.data.recipe import Recipe
from pipeline.data.rules import Column, moment
from pipeline.serving.rows import Form, Row, zoned

ROWS = 10_000
_MISSING = 0.1  # of the values that may be
_KNOWN = 0.5  # of the values that are taken from the examples
_NEW = "a word that no training row had"
_SPAN_S = 400 * 86_400
_WIDE = 3.0


def rows(form: Form, recipe: Recipe, examples: Sequence[Row], count: int = ROWS, seed: int = 0) -> list[dict[str, Any]]:
    """Draw rows: each value within its rule, missing ones and new words where they may be.

    Parameters
    ----------
    examples
        Rows that keep the rules, at least one: half of the values are theirs.
    """
    chance = np.random.default_rng(seed)
    columns = {}
    for name, column in form.columns.items():
        known = [row[name] for row in examples if row[name] is not None]
        if column.type == "datetime":
            drawn = _dates(chance, column, known, form.zones.get(name), count)
        elif column.type == "text":
            drawn = _texts(chance, column, [*recipe.categories.get(name, ()), *known], count)
        else:
            drawn = (_booleans if column.type == "boolean" else _numbers)(chance, column, known, count)
        columns[name] = _mixed(chance, column, known, drawn)
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _mixed(chance: np.random.Generator, column: Column, known: Sequence[Any], drawn: Sequence[Any]) -> list[Any]:
    """Put values of the examples and missing ones among those that were drawn."""
    count, places = len(drawn), np.zeros(len(drawn), dtype=np.intp)
    again, gone = chance.random(count) < _KNOWN * bool(known), chance.random(count) < _MISSING * column.missing
    if known:
        places = chance.integers(0, len(known), count)
    return [
        None if lost else known[place] if taken else each
        for each, taken, place, lost in zip(drawn, again, places.tolist(), gone, strict=True)
    ]


def _booleans(chance: np.random.Generator, _: Column, __: Sequence[Any], count: int) -> list[Any]:
    return list((chance.random(count) < _KNOWN).tolist())


def _numbers(chance: np.random.Generator, column: Column, known: Sequence[Any], count: int) -> list[Any]:
    low, high = _range([float(each) for each in known], column)
    drawn = low + (high - low) * chance.random(count) if np.isfinite(high - low) else chance.normal(size=count)
    if column.type == "number":
        return list(np.clip(drawn, low, high).tolist())
    return [min(max(int(each), int(np.ceil(low))), int(high)) for each in drawn]


def _range(known: Sequence[float], column: Column) -> tuple[float, float]:
    """Return a range to draw from: as wide as the rule, and some widths of the examples where it has no end."""
    least, most = (None if end is None else float(end) for end in (column.least, column.most))
    seen = known or [each for each in (least, most) if each is not None] or [0.0]
    width = (max(seen) - min(seen)) or 1.0
    low = min(seen) - _WIDE * width if least is None else least
    return low, max(low, max(seen) + _WIDE * width) if most is None else most


def _texts(chance: np.random.Generator, column: Column, known: Sequence[str], count: int) -> list[Any]:
    words = sorted({*map(str, column.one_of)}) if column.one_of is not None else [*sorted({*known}), _NEW]
    return [words[place] for place in chance.integers(0, len(words), count)]


def _dates(
    chance: np.random.Generator, column: Column, known: Sequence[str], zone: str | None, count: int
) -> list[Any]:
    """Draw moments to the microsecond, with the offset of the zone on that day."""
    place = zoned(zone or "UTC")
    ends = [moment(str(each)) for each in (column.least, column.most, *known) if each is not None]
    seconds = [(each if each.tzinfo else each.replace(tzinfo=place)).timestamp() for each in ends] or [0.0]
    low = min(seconds) if column.least is not None else min(seconds) - _SPAN_S
    high = max(seconds) if column.most is not None else max(seconds) + _SPAN_S
    drawn = [datetime.fromtimestamp(each, place) for each in low + (high - low) * chance.random(count)]
    return [(each if zone else each.replace(tzinfo=None)).isoformat() for each in drawn]
