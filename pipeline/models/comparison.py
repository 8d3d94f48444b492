"""Comparison: which rows are fair to a model and to the champion, being rows that the champion has not learnt from."""

from typing import TYPE_CHECKING

import numpy as np

from pipeline.learning.unseen import unseen
from pipeline.models.gates import NoDifference
from pipeline.store import codecs
from pipeline.store.objects import project_store

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from pipeline.models.promotion import Promotion

FEWEST = 200  # rows on which two models are compared; on fewer chance decides


def fair(champion: "Promotion", test: "pd.DataFrame", *, name: str | None, time: str | None) -> "NDArray[np.intp]":
    """Return the positions of the test rows that the champion has not learnt from, as its own training table says.

    Parameters
    ----------
    champion
        The model to compare with.
    test
        Rows that the other model was tested on.
    name, time
        Columns that name and order rows; None where there is none.

    Raises
    ------
    StoreError
        If the champion's training table is no longer in the project's object store.
    """
    learnt = codecs.load(project_store(), champion.data_digest, "table")
    return np.flatnonzero(unseen(test, learnt, name=name, time=time))


def too_few(found: int, rows: int) -> NoDifference:
    """Say that so many fair ones of all test rows are fewer than are needed; what cannot be compared does not pass."""
    learnt = f"the champion has learnt from {rows - found:,} of {rows:,} test rows"
    return NoDifference(passed=False, message=f"cannot compare: {learnt}; use a later test window.")
