"""Breaks: in what rows differ from the form that the reference had, or from the rules of the table."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from pipeline.data.rules import Column as Rule
from pipeline.data.rules import Rules, parse
from pipeline.monitoring.drift import FEWEST
from pipeline.monitoring.forms import Numbers, Words
from pipeline.monitoring.reference import Column, Reference, Sketch
from pipeline.monitoring.tallies import Tally

UNSEEN = 0.1  # share of rows with values that were never seen, from which it is said
_COLUMNS = ["column", "rule", "rows", "message"]


def breaks(reference: Reference, sketch: Sketch, rules: Rules | None = None) -> pd.DataFrame:
    """Find what is no drift but another form of the table.

    Parameters
    ----------
    reference
        What is usual.
    sketch
        Of other rows.
    rules
        Of the table, as `pipeline.data.rules` has them; None: there are none beside the reference's columns and types.

    Returns
    -------
    DataFrame
        One row a break: `column`, `rule` (`there`, `type`, `seen`, `missing`, `least`, `most`, `one_of`), `rows` (that
        break it; 0 where a sketch cannot say how many do), `message`.
    """
    ruled = {} if rules is None else parse(rules)
    found = [
        {"column": name, **each}
        for name, column in reference.columns.items()
        for each in _of_column(column, sketch.columns[name], ruled.get(name))
    ]
    return pd.DataFrame(found, columns=_COLUMNS)


def _of_column(column: Column, tally: Tally, rule: Rule | None) -> Iterator[dict[str, Any]]:
    yield from _of_form(column, tally)
    if rule is None:
        return
    if tally.missing and not rule.missing:
        yield _break("missing", tally.missing, tally.rows, "have no value, and none may be missing")
    if isinstance(column.form, Numbers):
        yield from _of_range(tally, rule, moments=column.form.moments)
    else:
        yield from _of_words(column.form, tally, rule)


def _of_form(column: Column, tally: Tally) -> Iterator[dict[str, Any]]:
    if tally.absent:
        yield _break("there", tally.absent, tally.rows, "do not have the column")
    if tally.wrong:
        numbers = "a date" if isinstance(column.form, Numbers) and column.form.moments else "a number"
        wanted = numbers if isinstance(column.form, Numbers) else "a word"
        yield _break("type", tally.wrong, tally.rows, f"have a value that is not {wanted}")
    strange, most = int(column.bins(tally)[-2]) - tally.wrong, _strangest(column)
    if strange > max(UNSEEN, most) * tally.rows and tally.rows >= FEWEST:
        what = f"have a value that the reference never had ({most:.0%} at most is usual)"
        yield _break("seen", strange, tally.rows, what)


def _strangest(column: Column) -> float:
    """Return the greatest share of rows in a block of the reference whose values no other block has."""
    if not len(column.blocks):
        return column.beyond / column.tally.rows
    return float((column.blocks[:, -2] / column.blocks.sum(axis=1)).max())


def _of_range(tally: Tally, rule: Rule, *, moments: bool) -> Iterator[dict[str, Any]]:
    least, most = (_number(end, moments=moments) for end in (rule.least, rule.most))
    if least is not None and tally.least is not None and tally.least < least:
        yield {"rule": "least", "rows": 0, "message": f"{_written(tally.least, moments)} is less than {rule.least}"}
    if most is not None and tally.most is not None and tally.most > most:
        yield {"rule": "most", "rows": 0, "message": f"{_written(tally.most, moments)} is more than {rule.most}"}


def _of_words(form: Words, tally: Tally, rule: Rule) -> Iterator[dict[str, Any]]:
    if rule.one_of is None:
        return
    counted = {**dict(zip(form.known, tally.cells.tolist(), strict=False)), **tally.strangers}
    allowed = set(map(str, rule.one_of))
    if odd := {word: count for word, count in counted.items() if count and word not in allowed}:
        worst = max(odd, key=lambda word: (odd[word], word))
        yield _break(
            "one_of", sum(odd.values()), tally.rows, f"have a word that is not allowed, most of them {worst!r}"
        )


def _break(rule: str, rows: int, of: int, what: str) -> dict[str, Any]:
    return {"rule": rule, "rows": rows, "message": f"{rows:,} of {of:,} rows {what}"}


def _number(end: float | str | None, *, moments: bool) -> float | None:
    if end is None or isinstance(end, str) is not moments:
        return None
    if not isinstance(end, str):
        return float(end)
    moment = pd.Timestamp(end)
    return (moment if moment.tz is None else moment.tz_convert("UTC")).timestamp() * 1e6


def _written(value: float, moments: bool) -> str:  # noqa: FBT001 - what the value is
    return str(pd.Timestamp(value, unit="us")) if moments else f"{value:g}"
