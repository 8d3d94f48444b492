"""Tallies: counts of a column's values, of a size that rows do not change. They add up exactly.

The tallies of two parts give that of both, in whatever order and grouping they are added: all of a tally is whole
numbers, least and greatest values.
"""

from collections.abc import Iterable, Mapping
from heapq import nsmallest
from typing import Annotated, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

STRANGERS = 100  # words beside the known ones that are kept by name

Counts: TypeAlias = Annotated[
    NDArray[np.int64],
    BeforeValidator(lambda counts: np.asarray(counts, dtype=np.int64)),
    PlainSerializer(lambda counts: counts.tolist()),
]
"""Whole numbers of rows."""

Values: TypeAlias = Annotated[
    NDArray[np.float64],
    BeforeValidator(lambda values: np.asarray(values, dtype=np.float64)),  # reads "inf" too
    PlainSerializer(lambda values: [each if np.isfinite(each) else str(each) for each in values.tolist()]),
]
"""Numbers in rising order."""

FROZEN = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, ser_json_inf_nan="strings")


class Tally(BaseModel):
    """Counts of some rows of a column.

    Attributes
    ----------
    cells
        Rows with a value in each cell of the form.
    missing, absent, wrong
        Rows without a value, rows of tables without the column, and rows whose value is of another type.
    least, most
        Of numbers; None where there is none. Moments are microseconds since 1970.
    total, squares
        Sums of steps from the middle of the form's scale, and of their squares.
    strangers
        How often words came that the form does not know; of more than 100 such words those with the least hashes, which
        are a random sample of them.
    """

    model_config = FROZEN

    cells: Counts
    missing: int = 0
    absent: int = 0
    wrong: int = 0
    least: float | None = None
    most: float | None = None
    total: int = 0
    squares: int = 0
    strangers: dict[str, int] = {}

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return self.present + self.missing + self.absent + self.wrong

    @property
    def present(self) -> int:
        """How many of them have a value of the right type."""
        return int(self.cells.sum())

    def __add__(self, other: "Tally") -> "Tally":
        """Return the tally of the rows of both."""
        return Tally(
            cells=self.cells + other.cells,
            missing=self.missing + other.missing,
            absent=self.absent + other.absent,
            wrong=self.wrong + other.wrong,
            least=min((end for end in (self.least, other.least) if end is not None), default=None),
            most=max((end for end in (self.most, other.most) if end is not None), default=None),
            total=self.total + other.total,
            squares=self.squares + other.squares,
            strangers=sampled([self.strangers, other.strangers]),
        )


def sampled(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add counts of words, and keep those words whose hashes are least (Bar-Yossef et al. 2002, bottom-k).

    A word that is kept of all parts together was kept of each part that it is in, so its count is exact.
    """
    found: dict[str, int] = {}
    for part in parts:
        for word, count in part.items():
            found[word] = found.get(word, 0) + count
    words = np.array(list(found), dtype=object)
    ranked = zip(pd.util.hash_array(words, categorize=False).tolist(), found, strict=True) if found else ()
    return {word: found[word] for _, word in nsmallest(STRANGERS, ranked)}
