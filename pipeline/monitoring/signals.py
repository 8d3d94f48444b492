"""Signals: what is measured of things in each window, in one form for all kinds of findings. Pure functions."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from pipeline.monitoring.distances import Level
from pipeline.monitoring.findings import Kind
from pipeline.monitoring.served import AT, SECONDS
from pipeline.monitoring.thresholds import Threshold
from pipeline.monitoring.worsening import Said

Rows = list[dict[str, Any]]
_CHANCE = 0.05
_COLUMNS = ["window", "subject", "size", "is_known", "is_real", "told", "harm"]
_SLOW = 0.95  # share of the rows that are answered in the time that counts
_FAILED, _REFUSED = 500, 400  # statuses from here on are the service's fault, or the caller's
_FEWEST = 20  # requests, each of one row or of many, of which something is said
_SERIES = 4  # windows, the last of which may not have ended, from which on something is usual


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What one kind of finding is made from.

    Attributes
    ----------
    kind, unit, threshold
        What it is about, what sizes are measured in, and from where on one is a finding.
    measured
        One row a window and subject, windows in order: `window`, `subject`, `size`, `is_known` (there is enough data),
        `is_real` (chance alone does not bring it about), `told` (a clause for people), `harm` (the share of the
        promised performance that it costs, as far as one can tell).
    excused
        Windows whose labels say that performance holds: there nothing is critical.
    rows
        Given subject and window, some of the rows that show it.
    """

    kind: Kind
    unit: str
    threshold: Threshold
    measured: pd.DataFrame
    excused: frozenset[str] = frozenset()
    rows: Callable[[str, str], Rows] = lambda _, __: []


def of(rows: Iterable[tuple[str, str, float, bool, bool, str, float]]) -> pd.DataFrame:
    """Make the table of measures from tuples in the order of its columns."""
    return pd.DataFrame(list(rows), columns=_COLUMNS)


def moved(found: pd.DataFrame, *, weights: Mapping[str, float]) -> pd.DataFrame:
    """Measure how far columns moved, by their population stability index.

    Parameters
    ----------
    found
        As `drift.compare` gives it.
    weights
        By column, the share of the promised performance that the model owes to it; left out: none.
    """
    return of(
        (
            row.window,
            row.column,
            row.psi,
            row.level != Level.UNKNOWN,
            row.level in {Level.MODERATE, Level.MAJOR},
            f"has moved by a PSI of {row.psi:.2f} (p {row.p:.2g})",
            row.jensen_shannon * weights.get(row.column, 0.0),
        )
        for row in _each(found)
    )


def strange(found: pd.DataFrame, *, least: int, weights: Mapping[str, float]) -> pd.DataFrame:
    """Measure the share of rows with a value that is missing and was not, or with a word that was never seen.

    Parameters are those of `moved`, and how many rows of a window tell something. Numbers out of the range seen are
    drift, and no strangers.
    """
    return of(
        (
            row.window,
            row.column,
            size,
            row.rows >= least,
            True,
            _strangers(row),
            size * weights.get(row.column, 0.0),
        )
        for row in _each(found)
        for size in [max(row.missing - row.missing_before, row.unseen if row.new else 0.0)]
    )


def worse(found: pd.DataFrame, metric: str, promised: float, *, said: str, apart: Collection[str] = ()) -> pd.DataFrame:
    """Measure by how much a metric is worse than promised.

    Parameters
    ----------
    found
        As `worsening.judge` gives it.
    said
        What a value is called: it `is`, or it `is estimated`.
    apart
        Windows in which that is not real: better is known of them.
    """
    return of(
        (
            row.window,
            metric,
            row.worse if np.isfinite(row.worse) else 0.0,
            row.said in {Said.HOLDS, Said.WORSE},
            row.said == Said.WORSE and row.window not in apart,
            f"{said} {row.value:.4g}, {promised:.4g} was promised (p {row.p:.2g})",
            row.worse / abs(promised),
        )
        for row in _each(found)
    )


def worse_slices(window: str, sliced: pd.DataFrame, promised: pd.DataFrame, *, better: int, least: int) -> pd.DataFrame:
    """Measure by how much slices of one window are worse than the same slices of the rows tested on.

    Real is what chance brings about in one of 20 windows at most, whatever the number of slices.

    Parameters
    ----------
    sliced, promised
        `column`, `slice`, `rows`, `value`, `low`, `high`, one row a slice.
    """
    both = sliced.merge(promised, on=["column", "slice"], suffixes=("", "_before"))
    beyond = norm.isf(_CHANCE / max(len(both), 1))  # Bonferroni: of many slices one is always unlucky
    total = max(sliced.groupby("column")["rows"].sum().max(), 1)
    return of(
        (
            window,
            f"{row.column} = {row.slice}",
            better * (row.value_before - row.value),
            row.rows >= least and bool(np.isfinite(row.value)),
            better * (row.value_before - row.value) > beyond * _spread(row),
            f"scores {row.value:.4g} ({row.low:.4g} to {row.high:.4g}), and {row.value_before:.4g} when it was tested",
            better * (row.value_before - row.value) / abs(row.value_before) * row.rows / total,
        )
        for row in _each(both)
    )


def slow(windows: Mapping[str, pd.DataFrame], *, least: int) -> pd.DataFrame:
    """Measure in how many milliseconds 95 of 100 rows are answered."""
    times = {name: 1000 * part[SECONDS].quantile([0.5, _SLOW]) for name, part in windows.items()}
    return of(
        (
            name,
            "95 % of answers",
            float(each.iloc[1]),
            len(windows[name]) >= least,
            True,
            f"take up to {each.iloc[1]:,.0f} ms, half of them {each.iloc[0]:,.1f} ms",
            0.0,
        )
        for name, each in times.items()
    )


def failed(counts: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Measure the share of requests that the service failed, of what `counted` gives."""
    return _shares(counts, "failed", "requests", least)


def refused(counts: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Measure the share of requests that were refused, of what `counted` gives: their rows broke a rule."""
    return _shares(counts, "refused", "requests", least)


def scarce(windows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Measure the share of the usual rows (the median of the windows before) that is missing from a window of time.

    The last window may not have ended, so it is not judged, nor are the first ones.
    """
    counts = [len(part) for part in windows.values()]
    usual = [float(np.median(counts[:place])) if place else np.nan for place in range(len(counts))]
    return of(
        (
            name,
            "rows",
            1 - counts[place] / usual[place] if place else 0.0,
            _SERIES - 2 <= place < len(counts) - 1,
            True,
            f"are {counts[place]:,}, usual were {usual[place]:,.0f}",
            0.0,
        )
        for place, name in enumerate(windows)
    )


def silent(window: str, since: str) -> pd.DataFrame:
    """Measure the share of the usual rows that is missing since then: all, or none where it is empty."""
    told = f"have stopped: nobody has asked since {since}, and pauses never were half as long"
    return of([(window, "answers", 1.0 if since else 0.0, True, True, told, 0.0)])


def counted(windows: Mapping[str, pd.DataFrame], requests: pd.DataFrame) -> pd.DataFrame:
    """Count the requests of each window, by how they ended.

    Returns
    -------
    pandas.DataFrame
        Indexed by window: `requests`, `failed`, `refused`. A minute belongs to the window that had begun by its end.
    """
    if not windows:
        return pd.DataFrame(columns=["requests", "failed", "refused"])
    starts = pd.DatetimeIndex([part[AT].min().floor("min") for part in windows.values()])
    place = np.maximum(starts.searchsorted(pd.DatetimeIndex(requests["minute"]), side="right") - 1, 0)
    status, count = requests["status"], requests["count"]
    parts = {
        "requests": count,
        "failed": count.where(status >= _FAILED, 0),
        "refused": count.where(status.between(_REFUSED, _FAILED - 1), 0),
    }
    summed = pd.DataFrame(parts).groupby(place).sum()
    return summed.reindex(range(len(windows)), fill_value=0).set_axis(list(windows)).rename_axis("window")


def served(windows: Mapping[str, pd.DataFrame], counts: pd.DataFrame) -> pd.DataFrame:
    """Tell how a service answered in each window.

    Returns
    -------
    pandas.DataFrame
        Indexed by window: `rows`, `median_ms`, `slow_ms` (of 95 of 100 rows), and `failed` and `refused`, shares of the
        requests.
    """
    asked = counts["requests"].clip(lower=1)
    times = [1000 * part[SECONDS].quantile([0.5, _SLOW]) for part in windows.values()]
    told = {
        "rows": [len(part) for part in windows.values()],
        "median_ms": [float(each.iloc[0]) for each in times],
        "slow_ms": [float(each.iloc[1]) for each in times],
    }
    return pd.DataFrame(told, index=counts.index).assign(
        **{name: counts[name] / asked for name in ("failed", "refused")}
    )


def _shares(counts: pd.DataFrame, ended: str, subject: str, least: int) -> pd.DataFrame:
    return of(
        (
            str(window),
            subject,
            row[ended] / max(row["requests"], 1),
            bool(row["requests"] >= min(least, _FEWEST)),
            True,
            f"{ended} are {row[ended]:,} of {row['requests']:,}",
            row[ended] / max(row["requests"], 1),
        )
        for window, row in counts.iterrows()
    )


def _each(table: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table; their fields have whatever types it has."""
    return iter(table.itertuples())


def _strangers(row: Any) -> str:  # noqa: ANN401 - a row of a table
    new = f", such as {row.new}" if row.new else ""
    return f"has {row.missing:.1%} missing ({row.missing_before:.1%} before) and {row.unseen:.1%} never seen{new}"


def _spread(row: Any) -> float:  # noqa: ANN401 - a row of a table
    """Return the standard error of a difference, of the intervals of both values, which hold 95 % each."""
    widths = np.array([row.high - row.low, row.high_before - row.low_before])
    return float(np.hypot(*widths) / (2 * norm.isf(_CHANCE / 2)))
