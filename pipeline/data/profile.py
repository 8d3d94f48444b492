"""Owns what one sees of a table before any model: its columns, its target over time, what goes with the target."""

import numpy as np
import pandas as pd

from pipeline.data import bins as binning
from pipeline.data.intervals import clustered
from pipeline.data.kinds import kind
from pipeline.data.outcomes import Outcome

_TOP = 3
_MOST_PERIODS = 60
_LETTERS = 60  # of a value in a table


def columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Describe each column.

    Returns
    -------
        One row a column: `column`, `type`, `missing` (share of rows, 0 to 1), `distinct` values, `low`, `mean`, `high`
        (numbers only), `values` (the most frequent with their shares, or the range of datetimes).
    """
    return pd.DataFrame([_column(frame[name]) for name in frame.columns])


def _column(values: pd.Series) -> dict[str, str | float | int]:
    numbers = finite(values) if is_number(values) else pd.Series(dtype="float64")
    found = counts(values)
    return {
        "column": str(values.name),
        "type": str(values.dtype),
        "missing": float(values.isna().mean()),
        "distinct": len(found),
        "low": float(numbers.min()),
        "mean": float(numbers.mean()),
        "high": float(numbers.max()),
        "values": span(values.min(), values.max())
        if kind(values) == "datetime"
        else frequent(found, len(values), len(found)),
    }


def counts(values: pd.Series) -> pd.Series:
    """Count how many rows have each value, the most frequent first."""
    return values.map(str, na_action="ignore").value_counts() if values.dtype == "object" else values.value_counts()


def span(first: object, last: object) -> str:
    """Say from when to when datetimes are."""
    return f"{first} to {last}"


def frequent(found: pd.Series, rows: int, distinct: int) -> str:
    """Name the most frequent of so many different values (0: nobody knows), with their shares of all rows."""
    if distinct == rows:
        return "each once"
    top = found.sort_values(ascending=False, kind="stable").head(_TOP)
    return ", ".join(f"{_short(value)} {count / rows:.1%}" for value, count in top.items())


def _short(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def is_number(values: pd.Series) -> bool:
    """Say whether values have a least and a mean."""
    return pd.api.types.is_numeric_dtype(values.dtype)  # booleans too


def finite(values: pd.Series) -> pd.Series:
    """Turn values into numbers, of which those without an end are missing."""
    return values.astype("float64").replace([np.inf, -np.inf], np.nan)


def over_time(outcome: Outcome, time: pd.Series) -> pd.DataFrame:
    """Follow a target: a day, week, month or year, whichever gives 60 points at most.

    Rows of one day are alike, so days (in a daily table: hours) are what is counted as independent: the interval is
    that of a mean over clusters.

    Parameters
    ----------
    outcome
        What is followed.
    time
        Datetimes, shape (rows,).

    Returns
    -------
        One row a curve and period that has rows: `curve`, `period` (its start), `rows`, `value` (a share or a mean),
        `low`, `high` (95 %; NaN where there is one cluster only).
    """
    rule, cluster = _periods(time)
    local, zone = time.dt.tz_localize(None), time.dt.tz
    found = {curve: _followed(values, local, rule, cluster) for curve, values in outcome.curves.items()}
    table = pd.concat(found, names=["curve"]).reset_index("curve").reset_index(drop=True)
    early = np.zeros(len(table), dtype=bool)  # of an hour that comes twice as clocks are set back, the later one
    periods = table["period"].dt.tz_localize(zone, nonexistent="shift_forward", ambiguous=early)
    table = table.assign(curve=table["curve"].astype("str"), period=periods)
    return table.assign(low=table["low"].clip(0, 1), high=table["high"].clip(0, 1)) if outcome.is_share else table


def _followed(values: np.ndarray, time: pd.Series, rule: str, cluster: str) -> pd.DataFrame:
    sums = pd.Series(values).groupby(time.dt.floor(cluster).to_numpy()).agg(["sum", "size"])
    periods = sums.rename_axis("period").groupby(pd.Grouper(level="period", freq=rule, closed="left", label="left"))
    return pd.DataFrame([{"period": period, **clustered(part)} for period, part in periods if len(part)])


def _periods(time: pd.Series) -> tuple[str, str]:
    days = (time.max() - time.min()).days + 1
    for rule, length in (("D", 1), ("W-MON", 7), ("MS", 30.4)):
        if days / length <= _MOST_PERIODS:
            return rule, "h" if rule == "D" else "D"
    return "YS", "D"


def ratio(clusters: pd.DataFrame) -> dict[str, float | int]:
    """Tell the rate over clusters of `sum` and `size`: `rows`, `rate`, `low`, `high` (95 %; see `over_time`)."""
    found = clustered(clusters)
    low, high = (float(np.clip(found[end], 0, 1)) for end in ("low", "high"))
    return {"rows": int(found["rows"]), "rate": float(found["value"]), "low": low, "high": high}


def along(values: pd.Series, outcome: Outcome) -> pd.DataFrame:
    """Follow a target along one column: equally large bins of numbers, the most frequent words.

    Parameters
    ----------
    values
        Any column, shape (rows,).
    outcome
        What is followed, of the same rows.

    Returns
    -------
        One row a curve and bin: `curve`, `bin` (text), `rows`, `value`, `low`, `high` (95 %, rows as independent).
        Bins of numbers and datetimes stand in their order, words in that of their first curve, a bin of missing values
        last. The name of the column is `attrs["column"]`.
    """
    cut = binning.of(values)
    rows = np.bincount(cut.codes, minlength=cut.count)
    tables = {curve: _by_bin(followed, cut, rows, outcome) for curve, followed in outcome.curves.items()}
    first = next(iter(tables.values()))["value"].to_numpy(copy=True)
    first[len(cut.ends) :] = np.inf
    order = np.arange(cut.count) if cut.ordered else np.argsort(first, kind="stable")
    kept = order[rows[order] > 0]
    table = pd.concat({curve: part.iloc[kept] for curve, part in tables.items()}, names=["curve"])
    table = table.reset_index("curve").reset_index(drop=True)
    table.attrs["column"] = str(values.name)
    return table.astype({"curve": "str", "bin": "str"})


def _by_bin(followed: np.ndarray, cut: binning.Bins, rows: np.ndarray, outcome: Outcome) -> pd.DataFrame:
    sums = np.bincount(cut.codes, weights=followed, minlength=cut.count)
    squares = np.bincount(cut.codes, weights=followed**2, minlength=cut.count)
    with np.errstate(invalid="ignore", divide="ignore"):  # a bin may be empty; it is left out
        low, high = outcome.bounds(sums, squares, rows)
        value = sums / rows
    return pd.DataFrame({"bin": cut.labels(), "rows": rows, "value": value, "low": low, "high": high})


def associations(frame: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """Tell how well each column alone knows the target.

    Parameters
    ----------
    frame
        Columns to look at, shape (rows, columns).
    outcome
        The target of the same rows.

    Returns
    -------
        Best first: `column`, `score` (`outcome.metric` of its bins), `low` and `high` of it (95 %, rows taken as
        independent), and `information` (of classes the mutual information as a share of the target's entropy, of a
        number the share of its variance that the means of bins explain; 0 to 1). A missing value is a bin of its own.
    """
    found = [{"column": str(name), **outcome.score(binning.of(frame[name]))} for name in frame.columns]
    table = pd.DataFrame(found, columns=["column", "score", "low", "high", "information"])
    table = table.astype({"column": "str", **dict.fromkeys(table.columns[1:], "float64")})
    return table.sort_values(["score", "column"], ascending=[False, True], ignore_index=True)
