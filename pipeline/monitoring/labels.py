"""Labels: which truth holds of each prediction at a moment, and whether a window's labels are in. Pure functions.

Whatever order labels come in, late, twice or corrected, the same ones have the same meaning.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.errors import DataError

SHARE = 0.95  # of labels that come at all which are in after the usual delay
COVERAGE = 0.5  # of a window's rows that must have a label
_ENOUGH = 30  # labelled predictions from which a quantile of delays says something


def settle(predictions: pd.DataFrame, labels: pd.DataFrame, *, now: pd.Timestamp) -> pd.DataFrame:
    """Put beside each prediction the label that holds: the one that was told last.

    Of labels that were told at the same moment, the last in the order of their text holds.

    Parameters
    ----------
    predictions
        `id`, each once, and `at`, when it was made; other columns stay.
    labels
        `prediction` (an id), `at` (when it was told) and `label`, in any order; those of other predictions, and those
        that are told after `now`, do not count.
    now
        The moment that is looked at.

    Returns
    -------
    DataFrame
        The predictions as they stand, with `label`, `first_told` and `last_told` (NaT where there is none), and
        `corrections` (how often another label was told after one).

    Raises
    ------
    DataError
        If an id stands twice among the predictions.
    """
    if (twice := predictions["id"].duplicated()).any():
        raise DataError(
            f"prediction {predictions['id'][twice].iloc[0]!r} stands twice in the log, so no label can be told from "
            "another's. Give each prediction an id of its own."
        )
    told = labels[labels["at"] <= now]
    told = told.assign(text=told["label"].map(repr)).drop_duplicates(["prediction", "at", "text"])
    told = told.sort_values(["prediction", "at", "text"], kind="stable")
    changed = (told["text"] != told["text"].shift()) & (told["prediction"] == told["prediction"].shift())
    by_id = told.assign(changed=changed).groupby("prediction", sort=False)
    found = by_id.agg(
        label=("label", "last"), first_told=("at", "first"), last_told=("at", "last"), corrections=("changed", "sum")
    )
    beside = found.reindex(predictions["id"]).set_axis(predictions.index)
    return predictions.assign(**beside).assign(corrections=beside["corrections"].fillna(0).astype("int64"))


def usual_delay(settled: pd.DataFrame, *, now: pd.Timestamp, share: float = SHARE) -> pd.Timedelta | None:
    """Return how long it takes until a share of the labels that come at all is in.

    Only predictions that are older than the longest delay count, for of younger ones the quick labels alone are known;
    where fewer than 30 of those have labels, the longest delay that was seen.

    Parameters
    ----------
    settled
        As from `settle`.
    now
        The moment that is looked at.
    share
        0 to 1.

    Returns
    -------
        None where no label is in.
    """
    delays = (settled["first_told"] - settled["at"]).dropna()
    if delays.empty:
        return None
    longest = pd.Timedelta(delays.max())
    known = delays[now - settled.loc[delays.index, "at"] >= longest]
    return longest if len(known) < _ENOUGH else pd.Timedelta(known.quantile(share, interpolation="higher"))


def maturity(
    windows: Mapping[str, pd.DataFrame],
    *,
    now: pd.Timestamp,
    delay: pd.Timedelta | None,
    coverage: float = COVERAGE,
) -> pd.DataFrame:
    """Say of each window whether its labels are in: one that is not mature is judged by nothing that rests on labels.

    Parameters
    ----------
    windows
        Rows by name, as from `settle`.
    now
        The moment that is looked at.
    delay
        How long labels take, as `usual_delay` or the application knows; None: nobody knows, and no window is mature.
    coverage
        Share of the rows of a window that must have a label, 0 to 1.

    Returns
    -------
    DataFrame
        Indexed by window: `rows`, `labelled`, `coverage` (0 to 1), `age` (of its last prediction), `corrections`,
        `mature`, and `reason` why it is not.
    """
    found = {window: _mature(rows, now, delay, coverage) for window, rows in windows.items()}
    return pd.DataFrame.from_dict(found, orient="index", columns=_MATURITY)


_MATURITY = ["rows", "labelled", "coverage", "age", "corrections", "mature", "reason"]


def _mature(rows: pd.DataFrame, now: pd.Timestamp, delay: pd.Timedelta | None, coverage: float) -> dict[str, object]:
    labelled, age = int(rows["label"].notna().sum()), now - rows["at"].max()
    covered = labelled / len(rows) if len(rows) else np.nan
    reason = ""
    if delay is None:
        reason = "no label is in, so nobody knows how long they take"
    elif not len(rows):
        reason = "there are no rows"
    elif age < delay:
        reason = f"its last prediction is {_written(age)} old, and labels take {_written(delay)}"
    elif covered < coverage:
        reason = f"{covered:.0%} of its rows have a label, and {coverage:.0%} must"
    known = {"rows": len(rows), "labelled": labelled, "coverage": covered, "age": age}
    return {**known, "corrections": int(rows["corrections"].sum()), "mature": not reason, "reason": reason}


def _written(span: pd.Timedelta) -> str:
    return str(span.round("s"))
