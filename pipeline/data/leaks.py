"""Owns suspected leaks: columns that know the target rather than predict it, and rows that know other rows.

Each is a row of one table: `column` (names joined by ` + ` or ` - `, or `(rows)`), `score` (0 to 1, how well it knows:
`outcome.metric` of a column, R² of a sum, the share of rows for rows) and `reason` (text).
"""

import numpy as np
import pandas as pd

from pipeline.data import bins as binning
from pipeline.data.kinds import kind
from pipeline.data.outcomes import Classes, Number, Outcome
from pipeline.data.sums import exact

SAME = 0.999  # from which on two columns are taken to say the same
ROWS = "(rows)"
COPIES = 0.01  # share of rows that are copies from which on they are no accident
_SAMPLE = 20_000  # rows whose order is compared
_FEW = 2  # values up to which each is a bin of its own, at least
_REPEATED = 2  # rows that each value has in the mean, at least, to be no name of a row
_COLUMNS = {"column": "str", "score": "float64", "reason": "str"}

TOO_GOOD = "alone tells the target nearly perfectly"
RENAMED = "is the target under other names"
RECODED = (
    "each of its values goes with one value of the target; if it names things that have several rows, name it groups"
)
ORDERED = "puts rows in the order of the target"
SUMMED = "together they are the target"
COPIED = "are copies of others: drawn at random, both sides of a split would hold them"
IN_BOTH = "of the rows to test on are among those to learn from"
EARLY = "of the rows to learn from come after the first one to test on"


def find(frame: pd.DataFrame, outcome: Outcome, associations: pd.DataFrame) -> pd.DataFrame:
    """List the columns that may know the target.

    Parameters
    ----------
    frame
        The columns that a model might see, of the rows of `outcome`.
    associations
        `profile.associations` of the same.

    Returns
    -------
        No rows where nothing is suspected; the worst first.
    """
    told = []
    for place, name in enumerate(associations["column"]):
        row = associations.iloc[place]
        if found := _alone(frame[name], float(row["score"]), float(row["information"]), outcome):
            told.append((str(name), *found))
    if isinstance(outcome, Number):
        told += _sums(frame.drop(columns=[name for name, *_ in told]), outcome)
    return _table(told)


def _alone(values: pd.Series, score: float, information: float, outcome: Outcome) -> tuple[float, str] | None:
    if isinstance(outcome, Classes) and information >= SAME:
        return score, RENAMED
    if score >= outcome.limit:
        return score, RENAMED if isinstance(outcome, Number) and score >= SAME else TOO_GOOD
    if isinstance(outcome, Number) and (order := _same_order(values, outcome.values)) >= SAME:
        return order, ORDERED
    known = _known(values, outcome)
    return (known, RECODED) if known >= outcome.limit else None


def _same_order(values: pd.Series, target: np.ndarray) -> float:
    """Compare the order of two columns of numbers: Spearman's rank correlation without its sign, on a sample."""
    if kind(values) == "text":
        return 0.0
    chosen = np.random.default_rng(0).permutation(len(values))[:_SAMPLE]
    numbers = binning.of(values.iloc[chosen]).numbers
    there = ~np.isnan(numbers)
    if there.mean() < SAME / 2 or np.unique(numbers[there]).size < _REPEATED:
        return 0.0
    one, other = (pd.Series(each[there]).rank() for each in (numbers, target[chosen]))
    return abs(one.corr(other)) if other.nunique() >= _REPEATED else 0.0


def _known(values: pd.Series, outcome: Outcome) -> float:
    """Tell how well the values know the target one by one, where bins would put several of them together."""
    codes, names = pd.factorize(values if kind(values) != "text" else values.astype("str"), use_na_sentinel=False)
    return outcome.known(codes) if _FEW < len(names) <= len(values) // _REPEATED else 0.0


def _sums(frame: pd.DataFrame, outcome: Number) -> list[tuple[str, float, str]]:
    numbers = frame[[name for name in frame.columns if kind(frame[name]) in {"integer", "number"}]]
    return [(formula, r2, SUMMED) for formula, r2 in exact(numbers, outcome.values)]


def giveaways(found: pd.DataFrame) -> int:
    """Count the suspects of `find` that are no suspicion: the target itself, renamed, recoded or in parts."""
    return int(found["reason"].isin([RENAMED, ORDERED, SUMMED]).sum())


def copies(frame: pd.DataFrame) -> pd.DataFrame:
    """Say whether more rows than by accident are copies of others in all of these columns."""
    share = float(hashes(frame).duplicated().mean()) if len(frame.columns) else 0.0
    return _table([(ROWS, share, f"{share:.1%} of rows {COPIED}")] if share >= COPIES else [])


def across(
    train: pd.DataFrame, test: pd.DataFrame, columns: list[str], *, time: str | None, groups: str | None = None
) -> pd.DataFrame:
    """Look for what the rows to learn from know of those to test on: the same rows, the same groups, later rows.

    Parameters
    ----------
    columns
        Those in which rows are the same: features and target.
    time, groups
        Columns, None where there are none.
    """
    told = [(float(hashes(test[columns]).isin(hashes(train[columns])).mean()), IN_BOTH, COPIES)]
    if time is not None:
        told.append((float((train[time] > test[time].min()).mean()), EARLY, 0.0))
    if groups is not None:
        told.append((float(test[groups].isin(train[groups]).mean()), f"{IN_BOTH}, by {groups}", 0.0))
    return _table([(ROWS, share, f"{share:.1%} {reason}") for share, reason, limit in told if share > limit])


def hashes(frame: pd.DataFrame) -> pd.Series:
    """Digest each row over its columns; missing values are equal."""
    plain = {str(place): _hashable(frame.iloc[:, place]) for place in range(len(frame.columns))}
    return pd.util.hash_pandas_object(pd.DataFrame(plain, index=frame.index), index=False)


def _hashable(values: pd.Series) -> pd.Series:
    return values.map(str, na_action="ignore") if values.dtype == "object" else values


def _table(rows: list[tuple[str, float, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    return table.sort_values(["score", "column"], ascending=[False, True], ignore_index=True)
