"""Examples: some of the rows behind a finding, as JSON: those that people look at first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.goal import Goal
from pipeline.learning import predictions
from pipeline.monitoring.served import AT, ID, SECONDS

SHOWN = 3
_BINS = 10

Rows = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Picks rows.

    Attributes
    ----------
    reference
        Rows that say what is usual, predictions beside them.
    windows
        Rows that are watched, by window.
    goal, target
        What is predicted, and the column of its truth.
    names
        Columns that tell a row from others (its id, its time); those that are not there are left out.
    """

    reference: pd.DataFrame
    windows: Mapping[str, pd.DataFrame]
    goal: Goal
    target: str
    names: Sequence[str] = ()

    def moved(self, column: str, window: str) -> Rows:
        """Return rows from where a column has gained most."""
        part = self.windows[window]
        return self._shown(part[_gained(self.reference[column], part[column])], [column])

    def wrong(self, _: str, window: str) -> Rows:
        """Return the rows whose prediction was furthest from the truth."""
        part = self.windows[window]
        part = part[part[self.target].notna()]
        truth = part[self.target].to_numpy(np.float64)
        said = predictions.of(part, self.goal)
        missed = 1 - said[np.arange(len(part)), truth.astype(int)] if said.ndim > 1 else np.abs(truth - said)
        return self._shown(part.iloc[np.argsort(-missed, kind="stable")], [])

    def of_slice(self, subject: str, window: str) -> Rows:
        """Return the rows of a slice, `column = value`, whose prediction was furthest from the truth."""
        column, _, value = subject.partition(" = ")
        part = self.windows[window]
        own = {window: part[part[column].astype("str") == value]} if column in part else {window: part}
        return Examples(**{**vars(self), "windows": own, "names": [*self.names, column]}).wrong(subject, window)

    def slow(self, _: str, window: str) -> Rows:
        """Return the rows that waited longest."""
        return self._shown(self.windows[window].sort_values(SECONDS, ascending=False), [SECONDS])

    def _shown(self, rows: pd.DataFrame, columns: Sequence[str]) -> Rows:
        wanted = [*self.names, ID, AT, *columns, *predictions.columns(self.goal), self.target]
        kept = rows.head(SHOWN)[[name for name in dict.fromkeys(wanted) if name in rows]]
        return [{str(name): _plain(value) for name, value in row.items()} for row in kept.to_dict("records")]


def _gained(before: "pd.Series[Any]", after: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Tell the rows of the tenth of the reference's values, of the word, or without a value, whose share grew most."""
    places, others = _places(before, before), _places(before, after)
    shares = [pd.Series(each).value_counts(normalize=True) for each in (places, others)]
    grown = shares[1].sub(shares[0], fill_value=0)
    return np.asarray(others == grown.idxmax())


def _places(before: "pd.Series[Any]", values: "pd.Series[Any]") -> NDArray[Any]:
    if pd.api.types.is_numeric_dtype(before.dtype) and not pd.api.types.is_bool_dtype(before.dtype):
        numbers = before.dropna().to_numpy(np.float64)
        edges = np.unique(np.quantile(numbers, np.linspace(0, 1, _BINS + 1))) if len(numbers) else numbers
        found = np.searchsorted(edges, values.to_numpy(np.float64, na_value=np.nan), side="left")
        return np.where(values.isna(), -1, found)
    return values.astype("str").fillna("").to_numpy(object)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a cell holds
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN alone is not itself
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, np.generic):
        value = value.item()
    return round(value, 6) if isinstance(value, float) else value if isinstance(value, bool | int) else str(value)
