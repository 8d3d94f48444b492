"""The rows that are replayed: a table in the order of time, cut into months, of which so many rows each are drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table to be replayed.

    Attributes
    ----------
    rows
        Those with a label, in the order of `time`.
    target, time, id
        Columns; `id` None where there is none.
    """

    rows: pd.DataFrame
    target: str
    time: str
    id: str | None

    def months(self, a_month: int) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield each month by its name, with at most so many rows of it, in their order."""
        for period, rows in self.rows.groupby(self.rows[self.time].dt.strftime("%Y-%m")):
            drawn = rows.sample(min(a_month, len(rows)), random_state=0).sort_index()
            yield str(period), drawn.reset_index(drop=True)


def example() -> Table:
    """Load the built-in example."""
    from pipeline.data.examples import flights

    rows = flights.load().dropna(subset=["late"])
    return Table(rows=rows.reset_index(drop=True), target="late", time="scheduled_departure", id="flight_id")


def hours(path: Path) -> Table:
    """Load the hourly counts of another city's bicycles."""
    rows = pd.read_csv(path).drop(columns=["casual", "registered"])  # which add up to the count
    rows["dteday"] = pd.to_datetime(rows["dteday"], format="%m/%d/%y") + pd.to_timedelta(rows["hr"], unit="h")
    return Table(rows=rows, target="cnt", time="dteday", id="instant")
