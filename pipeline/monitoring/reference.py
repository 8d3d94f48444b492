"""Reference: what is kept of the rows that say what is usual, and of rows to compare with them. No row is kept."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from pipeline.errors import DataError, near
from pipeline.learning.scoring.resampling import FEWEST, resampling
from pipeline.monitoring.blocks import alone, spread
from pipeline.monitoring.forms import Form, Numbers, absent, form
from pipeline.monitoring.tallies import FROZEN, Counts, Tally
from pipeline.store import digest

MOST_BLOCKS = 100  # more days (or groups) than these are put together in twos, threes, ...


class Sketch(BaseModel):
    """What is remembered of some rows: they can be added in any order, also where replicas counted them.

    Attributes
    ----------
    reference
        Digest of the forms by which they were counted.
    rows
        How many there were.
    columns
        By name.
    """

    model_config = FROZEN

    reference: str
    rows: int
    columns: dict[str, Tally]

    def __add__(self, other: "Sketch") -> "Sketch":
        """Return the sketch of the rows of both.

        Raises
        ------
        DataError
            If they were counted by different references.
        """
        if self.reference != other.reference:
            raise DataError(
                f"sketches of {self.rows:,} and {other.rows:,} rows cannot be added: they were counted by different "
                "references. Count both by the reference of one champion."
            )
        columns = {name: tally + other.columns[name] for name, tally in self.columns.items()}
        return Sketch(reference=self.reference, rows=self.rows + other.rows, columns=columns)


class Column(BaseModel):
    """What is kept of a column of the reference.

    Attributes
    ----------
    form
        What is counted.
    tally
        Of all rows.
    beyond
        Rows with a value that no other block of rows has: below all others, above them, or another word. A block is a
        row where rows are independent. So many values that were never seen are usual.
    blocks
        Shape (blocks, bins): rows by block, those beyond the others in the last bin but one. Empty where rows are
        independent.
    """

    model_config = FROZEN

    form: Form
    tally: Tally
    beyond: int
    blocks: Counts

    @classmethod
    def of(cls, values: "pd.Series[Any]", blocks: NDArray[np.int64] | None) -> "Column":
        """Profile a column whose rows fall into blocks; None: they are independent."""
        chosen = form(values)
        tally = chosen.tally(values)
        if blocks is None:
            return cls(form=chosen, tally=tally, beyond=alone(chosen, tally), blocks=np.zeros((0, 0), dtype=np.int64))
        counts, outside = spread(chosen, tally, values, blocks)
        counts[:, -2] += outside
        return cls(form=chosen, tally=tally, beyond=int(outside.sum()), blocks=counts)

    def bins(self, tally: Tally) -> NDArray[np.int64]:
        """Count the rows of a tally in the bins that are compared, those never seen, and those without a value."""
        return self.form.bins(tally, self._deciles) if isinstance(self.form, Numbers) else self.form.bins(tally)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Rows of the reference in each bin."""
        return self.bins(self.tally)

    @property
    def names(self) -> list[str]:
        """Name the bins."""
        named = self.form.names(self._deciles) if isinstance(self.form, Numbers) else self.form.names()
        return [*named, "never seen", "missing"]

    @cached_property
    def _deciles(self) -> NDArray[np.intp]:
        return self.form.deciles(self.tally) if isinstance(self.form, Numbers) else np.arange(0)


class Reference(BaseModel):
    """What is usual. `model_dump_json` writes it, `model_validate_json` reads it.

    Attributes
    ----------
    rows
        How many there were.
    unit, units
        What is independent of one another (`row`, `day`, `hour`, or a column's name), and how many there were.
    ordered
        Whether units follow one another in time.
    columns
        By name.
    """

    model_config = FROZEN

    rows: int
    unit: str
    units: int
    ordered: bool
    columns: dict[str, Column]

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        columns: Sequence[str],
        *,
        time: str | None = None,
        groups: str | None = None,
        name: str = "the reference",
    ) -> "Reference":
        """Profile a table.

        Parameters
        ----------
        table
            Rows that say what is usual.
        columns
            What is looked at.
        time, groups
            Columns that order rows and put them together: rows of a group, else of a day or an hour, are alike, and
            what chance brings about is judged by whole ones.
        name
            What to call the table in an error.

        Raises
        ------
        DataError
            If there are no rows, or a column is missing.
        """
        if table.empty:
            raise DataError(f"{name} has no rows, so nothing can be compared with it. Look at how it was cut.")
        for column in columns:
            if column not in table:
                raise DataError(f"{name} has no column {column!r}: {near(column, map(str, table))}")
        unit, drawn = resampling(table, count=2, seed=0, time=time, groups=groups)
        units = drawn.size(len(table))
        alike = drawn.units if units >= FEWEST else None
        blocks = None if alike is None else _blocks(alike, table, time)
        kept = {column: Column.of(table[column], blocks) for column in columns}
        chosen = {"unit": "row", "units": len(table)} if blocks is None else {"unit": unit, "units": units}
        return cls(rows=len(table), **chosen, ordered=blocks is not None and groups is None, columns=kept)

    def sketch(self, table: pd.DataFrame) -> Sketch:
        """Count other rows; a column that they do not have is absent."""
        tallies = {
            name: column.form.tally(table[name]) if name in table else absent(column.form, len(table))
            for name, column in self.columns.items()
        }
        return Sketch(reference=self.digest, rows=len(table), columns=tallies)

    @cached_property
    def digest(self) -> str:
        """Name of the forms: equal exactly where rows are counted in the same way."""
        return digest.of_json({name: column.form.model_dump(mode="json") for name, column in self.columns.items()})


def _blocks(units: NDArray[np.int64], table: pd.DataFrame, time: str | None) -> NDArray[np.int64]:
    """Give each row the number of its block, in the order of time: a unit, or neighbours where there are many."""
    moments = np.arange(len(table)) if time is None else table[time].to_numpy("datetime64[us]")
    codes, names = pd.factorize(units)
    first = pd.Series(moments).groupby(codes).min()
    ranks = first.rank(method="first").to_numpy(np.int64) - 1
    return np.asarray(ranks[codes], dtype=np.int64) // -(-len(names) // MOST_BLOCKS)
