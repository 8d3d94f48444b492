"""Owns rows that are added to a table: those that were served, with the labels that came later."""

import hashlib
import sys
from collections.abc import Collection

import pandas as pd

from pipeline.data import addresses
from pipeline.errors import DataError
from pipeline.store import codecs
from pipeline.store.objects import project_store

LABEL, NAME, MOMENT = "served label", "served name", "served at"
"""Columns of such rows beside those that were sent: what came true, what the case is called, when it was answered."""

_NULLABLE = {"b": "boolean", "i": "Int64", "u": "UInt64"}


def added(  # noqa: PLR0913 - what a table is told by
    table: pd.DataFrame,
    digest: str | None,
    *,
    target: str,
    time: str | None = None,
    id: str | None = None,  # noqa: A002 - the word that settings and notebooks use
    besides: Collection[str | None] = (),
) -> pd.DataFrame:
    """Add served rows to a table, and leave out the columns that nobody sends.

    A model that needs such a column could not answer those who ask now, and rows without it would be told apart by that
    alone.

    Parameters
    ----------
    table
        As it was read from its source.
    digest
        Of the rows, in the project's store; None: there are none.
    target, time, id
        As in `sources.load`. Where `time` was not sent, it is the moment of the answer; a row whose `id` the table has
        already is the table's.
    besides
        Columns that stay though nobody sends them: what no model is told.

    Raises
    ------
    DataError
        If the rows are of another table: they have a column that it has not, or of another kind.
    StoreError
        If they are no longer in the store.
    """
    if digest is None:
        return table
    sys.audit("pipeline.source", f"{addresses.SERVED}{digest}", digest)
    rows = _renamed(codecs.load(project_store(), digest, "table"), table, target=target, time=time, id=id)
    if id is not None:
        rows = rows[~rows[id].isin(table[id])]
    if strange := sorted(set(rows.columns) - set(table.columns)):
        raise DataError(f"the served rows have the column {strange[0]!r}, and the table has not: it is another table.")
    sent = [name for name in table.columns if name in {*rows.columns, target, time, id, *besides}]
    return pd.concat([table[sent], _alike(rows, table)], ignore_index=True)


def _renamed(rows: pd.DataFrame, table: pd.DataFrame, *, target: str, time: str | None, id: str | None) -> pd.DataFrame:  # noqa: A002 - as in `added`
    names = {LABEL: target} | ({} if id is None else {NAME: id})
    if time is not None and time not in rows.columns:
        names[MOMENT] = time
        zone = table[time].dt.tz
        rows = rows.assign(**{MOMENT: rows[MOMENT].dt.tz_convert(zone) if zone else rows[MOMENT].dt.tz_localize(None)})
    if id is not None and table[id].dtype.kind in "iu":
        rows = rows.assign(**{NAME: [_number(name) for name in rows[NAME]]})
    found = rows.rename(columns=names)
    return found[[name for name in found.columns if name not in {LABEL, NAME, MOMENT}]]


def _number(name: str) -> int:
    """Return the number that a name is, where rows are named by whole numbers; else one below 0, always the same."""
    known = name.isascii() and name.isdigit()
    return int(name) if known else -int(hashlib.sha256(name.encode()).hexdigest()[:15], 16)


def _alike(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Give each column the type that it has in the table, one that may be missing where it is."""
    try:
        return pd.DataFrame({name: _typed(rows[name], table[name]) for name in rows.columns})
    except (TypeError, ValueError) as error:
        raise DataError(
            f"the served rows are of another kind than the table's: {error}. It is another table."
        ) from error


def _typed(values: "pd.Series", like: "pd.Series") -> "pd.Series":
    missing = _NULLABLE.get(like.dtype.kind) if values.isna().any() else None
    return values.astype(missing or like.dtype)  # type: ignore[arg-type] # the stubs know only some types
