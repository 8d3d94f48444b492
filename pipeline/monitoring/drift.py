"""Drift: how far the values of columns moved from those of a reference, and which moves are no chance."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import DataError
from pipeline.monitoring.discovery import RATE, Spent, discover
from pipeline.monitoring.distances import (
    MAJOR,
    MODERATE,
    Level,
    chi_squared,
    cramers_v,
    jensen_shannon,
    kolmogorov_smirnov,
    psi,
    wasserstein,
)
from pipeline.monitoring.forms import Words
from pipeline.monitoring.noise import Noise, noise, size_class
from pipeline.monitoring.reference import Column, Reference, Sketch
from pipeline.monitoring.tallies import Tally

FEWEST = 100  # rows of a window of which something is said
_EXAMPLES = 3
_COLUMNS = [
    *("window", "column", "kind", "rows", "level", "psi", "noise", "p", "jensen_shannon", "chi_squared", "cramers_v"),
    *("ks", "wasserstein", "unseen", "new", "missing", "missing_before", "mean", "mean_before", "effect"),
]


def compare(  # noqa: PLR0913 - the roles that columns of a table can have
    reference: pd.DataFrame,
    windows: Mapping[str, pd.DataFrame],
    columns: Sequence[str],
    *,
    time: str | None = None,
    groups: str | None = None,
    name: str = "the reference",
) -> pd.DataFrame:
    """Compare columns of windows with those of a reference: `judge` on what `Reference` keeps of them.

    Parameters
    ----------
    reference
        Rows that say what is usual.
    windows
        Rows to compare with them, by name, in the order of time.
    columns
        What is compared.
    time, groups
        As in `Reference.of`.
    name
        What to call the reference in an error.

    Raises
    ------
    DataError
        If there are no rows, or the reference has not all columns.
    """
    usual = Reference.of(reference, columns, time=time, groups=groups, name=name)
    for window, table in windows.items():
        if table.empty:
            raise DataError(f"the window {window} has no rows, so it cannot be compared. Look at how it was cut.")
    return judge(usual, {window: usual.sketch(table) for window, table in windows.items()})


def judge(  # noqa: PLR0913 - each has a default
    reference: Reference,
    windows: Mapping[str, Sketch],
    *,
    units: Mapping[str, float] | None = None,
    importance: Mapping[str, float] | None = None,
    rate: float = RATE,
    spent: Spent | None = None,
) -> pd.DataFrame:
    """Measure how far columns moved in windows, and judge which moves are findings.

    A move is a finding if its PSI is 0.1 or more and greater than chance brings about, as `noise` knows and `discover`
    judges it: of all findings, over columns and windows, a share of `rate` is expected to be false. Windows of fewer
    than 100 rows, or so small that chance alone might look like a major move, tell nothing.

    Parameters
    ----------
    reference
        What is usual.
    windows
        By name, in the order of time.
    units
        How many of the reference's units (days, groups) each window has; left out: as many as go with its rows.
    importance
        Of columns for the predictions, 0 and up, in any unit; left out: all the same.
    rate
        0 to 1.
    spent
        By windows that were judged before these, of the same reference.

    Returns
    -------
    DataFrame
        One row a window and column: `window`, `column`, `kind`, `rows`, `level`, `psi`, `noise` (what chance brings
        about is smaller, as far as this window is asked), `p` (of chance alone), `jensen_shannon`, `chi_squared`,
        `cramers_v`, `ks` and `wasserstein` (numbers; in standard deviations of the reference), `unseen` (share of rows
        with values that the reference never had), `new` (such words), `missing` and `missing_before` (shares of rows),
        `mean` and `mean_before` (numbers), `effect` (how much the move is likely to matter: the distance of Jensen and
        Shannon times the column's share of all importance).
    """
    found = pd.DataFrame(_measured(reference, windows), columns=_COLUMNS)
    noises = _noises(reference, windows, units or {})
    found["p"] = [float(chance(*each)) for each in zip(noises, found["psi"], found["rows"], strict=True)]
    verdicts = discover(np.split(found["p"].to_numpy(np.float64), len(windows) or 1), rate=rate, spent=spent)
    levels = np.repeat([each.level for each in verdicts], len(reference.columns))
    found["noise"] = [noise.floor(level) for noise, level in zip(noises, levels, strict=True)]
    found["level"] = np.where(np.concatenate([each.found for each in verdicts]), _moved(found), _unmoved(found))
    found["effect"] = found["jensen_shannon"] * found["column"].map(_shares(reference, importance))
    return found


def chance(noise: Noise, sizes: ArrayLike, rows: int) -> NDArray[np.float64]:
    """Return how probable moves of such sizes (PSI) or greater ones are where nothing moved; NaN of too few rows.

    A move that is smaller than what is called moderate is no finding, however improbable: its probability is 1.
    """
    values = np.asarray(sizes, dtype=np.float64)
    return np.where(values < MODERATE, 1.0, noise.p(values)) if rows >= FEWEST else np.full_like(values, np.nan)


def shares(reference: "pd.Series[Any]", values: "pd.Series[Any]") -> pd.DataFrame:
    """Return the share of rows in each bin that `compare` uses; bins that are empty on both sides are left out.

    Returns
    -------
    DataFrame
        `bin` (a number's upper end, a category, `others`, `never seen`, `missing`), `before` and `after`, 0 to 1.
    """
    column = Column.of(reference, None)
    return binned(column, column.form.tally(values))


def binned(column: Column, tally: Tally) -> pd.DataFrame:
    """Return what `shares` does, of a column of a reference and a tally of other rows."""
    before, after = column.counts, column.bins(tally)
    table = pd.DataFrame({"bin": column.names, "before": before / before.sum(), "after": after / max(after.sum(), 1)})
    return table[table[["before", "after"]].any(axis=1)].reset_index(drop=True)


def _measured(reference: Reference, windows: Mapping[str, Sketch]) -> list[dict[str, Any]]:
    return [
        {"window": window, "column": name, **_distances(column, sketch.columns[name])}
        for window, sketch in windows.items()
        for name, column in reference.columns.items()
    ]


def _distances(column: Column, tally: Tally) -> dict[str, Any]:
    before, after, rows = column.counts, column.bins(tally), max(tally.rows, 1)
    return {
        "kind": column.form.kind,
        "rows": tally.rows,
        "psi": float(psi(before, after)) if tally.rows else np.nan,
        "jensen_shannon": jensen_shannon(before, after),
        "chi_squared": chi_squared(before, after),
        "cramers_v": cramers_v(before, after),
        "unseen": after[-2] / rows,
        "missing": after[-1] / rows,
        "missing_before": before[-1] / before.sum(),
        **_of_kind(column, tally),
    }


def _of_kind(column: Column, tally: Tally) -> dict[str, Any]:
    if isinstance(column.form, Words):
        names = sorted(tally.strangers, key=lambda name: (-tally.strangers[name], name)) if column.form.complete else []
        more = f" and {len(names) - _EXAMPLES} more" if len(names) > _EXAMPLES else ""
        return {"new": ", ".join(names[:_EXAMPLES]) + more, "ks": np.nan, "wasserstein": np.nan}
    (mean_before, spread), (mean, _) = column.form.moments_of(column.tally), column.form.moments_of(tally)
    far = wasserstein(column.tally.cells, tally.cells, column.form.ends(column.tally, tally))
    return {
        "new": "",
        "ks": kolmogorov_smirnov(column.tally.cells, tally.cells),
        "wasserstein": far / spread if spread else np.nan,
        "mean": mean,
        "mean_before": mean_before,
    }


def _noises(reference: Reference, windows: Mapping[str, Sketch], units: Mapping[str, float]) -> list[Noise]:
    """Find out the noise of each window and column, once for windows that are about as large."""
    known: dict[tuple[str, int, int], Noise] = {}
    found = []
    for window, sketch in windows.items():
        rows = size_class(max(sketch.rows, 1))
        spans = units.get(window, rows * reference.units / reference.rows)
        for name, column in reference.columns.items():
            key = (name, rows, round(spans))
            if key not in known:
                known[key] = noise(column, reference, rows, spans)
            found.append(known[key])
    return found


def _moved(found: pd.DataFrame) -> NDArray[np.str_]:
    return np.where(found["psi"] >= MAJOR, Level.MAJOR, Level.MODERATE)


def _unmoved(found: pd.DataFrame) -> NDArray[np.str_]:
    """Call stable what would have been found if it had moved."""
    return np.where((found["rows"] < FEWEST) | (found["noise"] > MAJOR), Level.UNKNOWN, Level.STABLE)


def _shares(reference: Reference, importance: Mapping[str, float] | None) -> dict[str, float]:
    given = {name: 1.0 if importance is None else max(importance.get(name, 0.0), 0.0) for name in reference.columns}
    return {name: each / (sum(given.values()) or 1.0) for name, each in given.items()}
