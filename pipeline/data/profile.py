"""Owns what one sees of a table before any model: its columns, its target over time, what goes with the target."""

from statistics import NormalDist

import numpy as np
import pandas as pd

LEAK_AUC = 0.98
"""A single column that ranks the target this well is more likely to know it than to predict it."""

SAME_INFORMATION = 0.999
_Z = NormalDist().inv_cdf(0.975)
_BINS = 20
_ROWS_A_BIN = 50
_TOP = 3
_MISSING = "(missing)"
_OTHER = "(other)"
_MOST_PERIODS = 60


def columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Describe each column.

    Returns
    -------
        One row a column: `column`, `type`, `missing` (share of rows, 0 to 1), `distinct` values, `low`, `mean`, `high`
        (numbers only), `values` (the most frequent with their shares, or the range of datetimes).
    """
    return pd.DataFrame([_column(frame[name]) for name in frame.columns])


def _column(values: pd.Series) -> dict[str, str | float | int]:
    numbers = _finite(values) if _is_number(values) else pd.Series(dtype="float64")
    return {
        "column": str(values.name),
        "type": str(values.dtype),
        "missing": float(values.isna().mean()),
        "distinct": int(values.nunique()),
        "low": float(numbers.min()),
        "mean": float(numbers.mean()),
        "high": float(numbers.max()),
        "values": _range(values) if pd.api.types.is_datetime64_any_dtype(values.dtype) else _frequent(values),
    }


def _range(moments: pd.Series) -> str:
    return f"{moments.min()} to {moments.max()}"


def _frequent(values: pd.Series) -> str:
    if values.is_unique:
        return "each once"
    counts = values.value_counts().head(_TOP)
    return ", ".join(f"{_short(value)} {count / len(values):.1%}" for value, count in counts.items())


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype)  # booleans too


def _finite(values: pd.Series) -> pd.Series:
    return values.astype("float64").replace([np.inf, -np.inf], np.nan)


def wilson(positives: pd.Series, rows: pd.Series) -> pd.DataFrame:
    """Bound rates at 95 %, for rows that are independent of one another.

    The score interval of Wilson (1927), J. Am. Stat. Assoc. 22:209, which holds at rates near 0 and for few rows.

    Returns
    -------
        `low` and `high`, each in [0, 1].
    """
    rate, spread = positives / rows, _Z**2 / rows
    centre = (rate + spread / 2) / (1 + spread)
    half = np.sqrt(spread * (rate * (1 - rate) + spread / 4)) / (1 + spread)
    return pd.DataFrame({"low": (centre - half).clip(0, 1), "high": (centre + half).clip(0, 1)})


def over_time(target: pd.Series, time: pd.Series) -> pd.DataFrame:
    """Follow a 0/1 target: its rate a day, week, month or year, whichever gives 60 points at most.

    Rows of one day are alike, so days (in a daily table: hours) are what is counted as independent: the interval is
    that of a ratio over clusters (Cochran 1977, Sampling Techniques, section 9A.2).

    Parameters
    ----------
    target
        0 or 1, shape (rows,).
    time
        Datetimes, same index.

    Returns
    -------
        One row a period that has rows: `period` (its start), `rows`, `rate`, `low`, `high` (95 %; NaN where there is
        one cluster only).
    """
    rule, cluster = _periods(time)
    sums = target.astype("float64").groupby(time.dt.floor(cluster)).agg(["sum", "size"])
    clusters = sums.rename_axis("period").groupby(pd.Grouper(level="period", freq=rule, closed="left", label="left"))
    table = pd.DataFrame([{"period": period, **ratio(part)} for period, part in clusters if len(part)])
    return table.reset_index(drop=True)


def _periods(time: pd.Series) -> tuple[str, str]:
    days = (time.max() - time.min()).days + 1
    for rule, length in (("D", 1), ("W-MON", 7), ("MS", 30.4)):
        if days / length <= _MOST_PERIODS:
            return rule, "h" if rule == "D" else "D"
    return "YS", "D"


def ratio(clusters: pd.DataFrame) -> dict[str, float | int]:
    """Tell the rate over clusters of `sum` and `size`: `rows`, `rate`, `low`, `high` (95 %; see `over_time`)."""
    rows, count = int(clusters["size"].sum()), len(clusters)
    rate = clusters["sum"].sum() / rows
    residuals = ((clusters["sum"] - rate * clusters["size"]) ** 2).sum()
    half = _Z * np.sqrt(count / (count - 1) * residuals) / rows if count > 1 else np.nan
    return {
        "rows": rows,
        "rate": rate,
        "low": float(np.clip(rate - half, 0, 1)),
        "high": float(np.clip(rate + half, 0, 1)),
    }


def rates(values: pd.Series, target: pd.Series) -> pd.DataFrame:
    """Tell the rate of a 0/1 target along one column: equal-sized bins of numbers, the most frequent words.

    Parameters
    ----------
    values
        Any column, shape (rows,).
    target
        0 or 1, same index.

    Returns
    -------
        Indexed by bin (text), numbers and datetimes in their order, words in that of their rates, a bin of missing
        values last: `rows`, `positives`, `rate`, `low`, `high` (95 %).
    """
    binned = _bins(values)
    counts = target.astype("int64").groupby(binned, observed=True).agg(rows="size", positives="sum")
    counts.index = pd.Index([_label(value) for value in counts.index], dtype="str")
    table = counts.rename_axis(str(values.name)).assign(rate=counts["positives"] / counts["rows"])
    bounds = wilson(table["positives"], table["rows"])
    bounded: pd.DataFrame = table.assign(low=bounds["low"], high=bounds["high"])
    return bounded if _has_order(values) else _by_rate(bounded)


def _has_order(values: pd.Series) -> bool:
    return _is_number(values) or pd.api.types.is_datetime64_any_dtype(values.dtype)


def _by_rate(table: pd.DataFrame) -> pd.DataFrame:
    ordered = table.sort_values("rate", kind="stable")
    return pd.concat([ordered.drop(_MISSING, errors="ignore"), ordered[ordered.index == _MISSING]])


def _bins(values: pd.Series) -> pd.Series:
    most = int(np.clip(len(values) // _ROWS_A_BIN, 2, _BINS))
    if _has_order(values):
        cut = _cut(values, most)
    else:
        words = values.astype("str")
        cut = words.where(words.isin(words.value_counts().index[:most]) | words.isna(), _OTHER).astype("category")
    return cut.cat.add_categories([_MISSING]).fillna(_MISSING)


def _cut(values: pd.Series, most: int) -> pd.Series:
    ordered = _finite(values) if _is_number(values) else values
    if ordered.nunique() <= most:
        return ordered.astype("category")
    return pd.qcut(ordered, most, duplicates="drop")


def _label(value: object) -> str:
    """Call a bin by its upper end, a value by itself."""
    if isinstance(value, pd.Interval):
        return f"≤ {_label(value.right)}"
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else _short(value)


def associations(frame: pd.DataFrame, target: pd.Series) -> pd.DataFrame:
    """Measure how well each column alone tells a 0/1 target, from the table of `rates`.

    Parameters
    ----------
    frame
        The columns to look at, shape (rows, columns).
    target
        0 or 1, same index.

    Returns
    -------
        Best first: `column`, `auc` (of the bins ranked by rate: 0.5 tells nothing, 1 everything), `information`
        (mutual information as a share of the target's entropy, 0 to 1), and `low` and `high` of the AUC (95 %, rows
        taken as independent). A missing value is a bin of its own.
    """
    tables = [rates(frame[name], target) for name in frame.columns]
    rows = [
        {"column": str(table.index.name), "auc": _auc(table), "information": _information(table), **_auc_ends(table)}
        for table in tables
    ]
    return pd.DataFrame(rows).sort_values(["auc", "column"], ascending=[False, True], ignore_index=True)


def _auc(table: pd.DataFrame) -> float:
    """Area under the curve of bins: pairs of one positive and one negative told apart, ties half."""
    ranked = table.sort_values("rate")
    negatives = ranked["rows"] - ranked["positives"]
    below = negatives.cumsum() - negatives / 2
    return float((ranked["positives"] * below).sum() / (ranked["positives"].sum() * negatives.sum()))


def _auc_ends(table: pd.DataFrame) -> dict[str, float]:
    """Bound the area at 95 % (Hanley & McNeil 1982, Radiology 143:29, their equation 2)."""
    area, positives = _auc(table), int(table["positives"].sum())
    negatives = int(table["rows"].sum()) - positives
    above, below = area / (2 - area) - area**2, 2 * area**2 / (1 + area) - area**2
    variance = area * (1 - area) + (positives - 1) * above + (negatives - 1) * below
    half = _Z * np.sqrt(max(variance, 0.0) / (positives * negatives))
    return {"low": float(max(area - half, 0.0)), "high": float(min(area + half, 1.0))}


def _information(table: pd.DataFrame) -> float:
    weights = table["rows"] / table["rows"].sum()
    whole = _entropy(table["positives"].sum() / table["rows"].sum())
    return float(1 - (weights * table["rate"].map(_entropy)).sum() / whole)


def _entropy(rate: float) -> float:
    """Entropy of a yes or no, in bits."""
    shares = np.array([share for share in (rate, 1 - rate) if share > 0])
    return float(-(shares * np.log2(shares)).sum())


def leaks(table: pd.DataFrame) -> pd.DataFrame:
    """Pick from `associations` the columns that know the target rather than predict it.

    Returns
    -------
        `column`, `auc`, `information`, and why it is suspected.
    """
    found = table.loc[table["auc"] >= LEAK_AUC, ["column", "auc", "information"]].reset_index(drop=True)
    same = found["information"] >= SAME_INFORMATION
    reason = same.map({True: "is the target under another name", False: "ranks the target nearly perfectly"})
    return found.assign(reason=reason.astype("str"))
