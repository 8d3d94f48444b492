"""Windows: rows cut into spans of time that are looked at one by one. Pure functions of tables."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from pipeline.errors import DataError

FEWEST = 3  # windows that make a series
MOST = 24  # windows that a page shows
PARTS = 4  # where time does not tell the rows apart
AUTO = "auto"
ALL = "all rows"  # the one window where rows have no order
_MONTH = "M"
_FINER = ("W", "D", "h")
_COARSER = ("Q", "Y")
_UNITS = {"hour": "h", "day": "D", "week": "W", "month": "M"}
_NAMES = {"Y": "%Y", "Q": "%YQ%q", "M": "%Y-%m", "W": "%Y-%m-%d", "D": "%Y-%m-%d", "h": "%Y-%m-%d %H:00"}


def cut(table: pd.DataFrame, time: str | None, every: int | str = AUTO) -> dict[str, pd.DataFrame]:
    """Cut a table into windows: of so many rows each, of a unit of time, or as the table asks for (`auto`).

    `auto` takes calendar months where there are 3 to 24 of them; the next shorter unit (week, day, hour) of which there
    are 3 where there are fewer; quarters or years where there are more. Within three hours: 4 parts of equally many
    rows, in the order of the table. Without a time column: one window, since no row came before another.

    Parameters
    ----------
    table
        Rows to cut.
    time
        The column that orders them; None where there is none.
    every
        Rows of a window (the last one may have fewer), or `hour`, `day`, `week`, `month` or `auto`.

    Returns
    -------
    dict
        By name (`2026-11`; a week by its Monday), in order; none of them is empty.

    Raises
    ------
    DataError
        If the time of a row is missing.
    """
    if table.empty:
        return {}
    if isinstance(every, int):
        return _counted(table, time, every)
    if time is None:
        return {ALL: table}
    unit = _UNITS[every] if every in _UNITS else _unit(_moments(table, time))
    return _equal(table) if unit is None else _calendar(table, time, unit)


def _counted(table: pd.DataFrame, time: str | None, rows: int) -> dict[str, pd.DataFrame]:
    """Cut the rows as they stand, or in the order of time, into so many each."""
    ordered = table if time is None else table.loc[_moments(table, time).sort_values(kind="stable").index]
    starts = range(0, len(ordered), rows)
    parts = {start: ordered.iloc[start : start + rows] for start in starts}
    return {f"rows {start + 1:,} to {start + len(part):,}": part for start, part in parts.items()}


def _moments(table: pd.DataFrame, time: str) -> "pd.Series[pd.Timestamp]":
    if missing := int(table[time].isna().sum()):
        raise DataError(
            f"{missing} of {len(table)} rows have no {time!r}, so they fall in no window. Fill or remove those rows."
        )
    moments: pd.Series[pd.Timestamp] = table[time].dt.tz_localize(None)  # months are those of the column's own zone
    return moments


def _unit(moments: "pd.Series[pd.Timestamp]") -> str | None:
    months = _count(moments, _MONTH)
    if months > MOST:
        return next((unit for unit in _COARSER if _count(moments, unit) <= MOST), _COARSER[-1])
    if months >= FEWEST:
        return _MONTH
    return next((unit for unit in _FINER if _count(moments, unit) >= FEWEST), None)


def _count(moments: "pd.Series[pd.Timestamp]", unit: str) -> int:
    return int(moments.dt.to_period(unit).nunique())


def _calendar(table: pd.DataFrame, time: str, unit: str) -> dict[str, pd.DataFrame]:
    periods = _moments(table, time).dt.to_period(unit)
    return {_name(period, unit): rows for period, rows in table.groupby(periods, sort=True)}


def _name(period: pd.Period, unit: str) -> str:
    return period.start_time.strftime(_NAMES[unit]) if unit == "W" else period.strftime(_NAMES[unit])


def _equal(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return dict(_parts(table))


def _parts(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    bounds = np.linspace(0, len(table), min(PARTS, len(table)) + 1).astype(int)
    for number, (start, end) in enumerate(pairwise(bounds), start=1):
        yield f"part {number} of {len(bounds) - 1}", table.iloc[start:end]
