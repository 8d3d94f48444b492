"""Unseen: which rows a model has not learnt from, so that it can be judged and watched on them. Pure functions."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def unseen(rows: pd.DataFrame, learnt: pd.DataFrame, *, name: str | None, time: str | None) -> NDArray[np.bool_]:
    """Tell which rows a model cannot have learnt from.

    By their names where both tables have them. Else by time, where both have it: those after the last row learnt from.
    Else by what the rows hold in the columns that both tables have: a row that equals one learnt from counts as seen.

    Parameters
    ----------
    rows
        Rows to look at.
    learnt
        Rows that the model was trained on.
    name, time
        Columns that name and order rows; None where there is none.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).
    """
    both = [str(column) for column in rows.columns if column in learnt.columns]
    if name in both:
        return ~rows[name].isin(learnt[name]).to_numpy()
    if time in both:
        return np.asarray(rows[time] > learnt[time].max())
    return ~np.isin(_contents(rows[both]), _contents(learnt[both]))


def newer(rows: pd.DataFrame, known: pd.DataFrame, *, name: str | None, time: str | None) -> NDArray[np.bool_]:
    """Tell which rows came after all known ones, by time where both tables have it; else which are not among them.

    Parameters and result are those of `unseen`.
    """
    timed = time in rows.columns and time in known.columns
    return unseen(rows, known, name=None if timed else name, time=time)


def _contents(table: pd.DataFrame) -> NDArray[np.integer[Any]]:
    """Hash each row, whatever the types of its columns: 1, 1.0 and True are one value, so are a text and a category."""
    kinds = pd.api.types
    plain = {
        column: table[column].astype("float64" if kinds.is_numeric_dtype(table[column]) else "object")
        for column in table.columns
    }
    return pd.util.hash_pandas_object(pd.DataFrame(plain), index=False).to_numpy()
