"""Forms: what is counted of a column's values, as the reference learnt it."""

from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from pipeline.monitoring.tallies import FROZEN, Tally, Values, sampled

BINS = 10  # deciles, by which numbers are compared
GRID = 1_000  # quantiles, between which numbers are counted
CATEGORIES = 50  # words that are compared, the most frequent; rarer ones count together
KNOWN = 1_000  # words that are counted one by one
_AT_ONCE = 1 << 17  # values that are sorted together: they fit a processor's cache
_STEPS = 1 << 10  # of the scale on which means are kept, between the 5 % and the 95 % quantile
_FARTHEST = 1 << 19  # steps from the middle; what lies farther out counts as if it lay there


class Numbers(BaseModel):
    """A column of numbers or moments.

    Attributes
    ----------
    edges
        The least value of the reference and its 1,000 quantiles, all of them values that it had. Cells are, in turn,
        what lies below the first edge, the edge itself, what lies between it and the next, and so on.
    moments
        Whether they are moments.
    """

    model_config = FROZEN

    kind: Literal["number"] = "number"
    edges: Values
    moments: bool = False

    @classmethod
    def of(cls, values: "pd.Series[Any]") -> "Numbers":
        """Choose the edges by a reference column."""
        moments = pd.api.types.is_datetime64_any_dtype(values.dtype)
        ordered = np.sort(numbers(values))
        places = np.ceil(np.arange(GRID + 1) / GRID * len(ordered)).astype(int) - 1
        edges = np.unique(ordered[np.maximum(places, 0)]) if len(ordered) else ordered
        return cls(edges=edges, moments=moments)

    def tally(self, values: "pd.Series[Any]") -> Tally:
        """Count a column; text that reads as numbers counts as numbers."""
        if pd.api.types.is_datetime64_any_dtype(values.dtype) is not self.moments and values.notna().any():
            there = int(values.notna().sum())
            return Tally(cells=self._empty(), missing=len(values) - there, wrong=there)
        found = numbers(values)
        wrong = 0 if is_number(values) else int(values.notna().sum()) - len(found)
        blocks = [found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE)]
        counted = [self._counted(block) for block in blocks]
        cells, totals, squares = zip(*counted, strict=True) if counted else ([self._empty()], [0], [0])
        return Tally(
            cells=np.sum(cells, axis=0),
            missing=len(values) - len(found) - wrong,
            wrong=wrong,
            least=float(found.min()) if len(found) else None,
            most=float(found.max()) if len(found) else None,
            total=sum(totals),
            squares=sum(squares),
        )

    def _counted(self, block: NDArray[np.float64]) -> tuple[NDArray[np.int64], int, int]:
        ordered = np.sort(block)
        places = np.empty(2 * len(self.edges), dtype=np.int64)
        places[::2], places[1::2] = (np.searchsorted(ordered, self.edges, side=side) for side in ("left", "right"))
        middle, step = self._scale
        with np.errstate(over="ignore"):  # of numbers near the largest that there is
            near = np.clip(ordered, middle - _FARTHEST * step, middle + _FARTHEST * step)
            steps = np.clip(np.rint((near - middle) / step), -_FARTHEST, _FARTHEST).astype(np.int64)
        return np.diff(places, prepend=0, append=len(ordered)), int(steps.sum()), int((steps * steps).sum())

    def _empty(self) -> NDArray[np.int64]:
        return np.zeros(2 * len(self.edges) + 1, dtype=np.int64)

    @cached_property
    def _scale(self) -> tuple[float, float]:
        finite = self.edges[np.isfinite(self.edges)]
        if not len(finite):
            return 0.0, 1.0
        low, middle, high = np.quantile(finite, [0.05, 0.5, 0.95])
        return float(middle), float((high / _STEPS - low / _STEPS) or 1.0)

    def moments_of(self, tally: Tally) -> tuple[float, float]:
        """Return the mean and the standard deviation of the values; NaN where there are none.

        To a thousandth of the range that nine in ten edges span; what lies beyond 512 such ranges counts as if it lay
        there.
        """
        if not tally.present:
            return np.nan, np.nan
        middle, step = self._scale
        mean = tally.total / tally.present
        return middle + step * mean, step * float(np.sqrt(max(tally.squares / tally.present - mean**2, 0.0)))

    def ends(self, *tallies: Tally) -> NDArray[np.float64]:
        """Return where cells begin and end, shape (cells + 1,): the outer ones where finite values do."""
        outer = [end for tally in tallies for end in (tally.least, tally.most) if end is not None]
        inner = np.repeat(self.edges, 2)
        ends = np.concatenate(([min(outer)], inner, [max(outer)])) if outer else np.zeros(2)
        finite = ends[np.isfinite(ends)]
        return np.clip(ends, finite.min(), finite.max()) if len(finite) else np.zeros_like(ends)

    def deciles(self, tally: Tally) -> NDArray[np.intp]:
        """Return the places of the edges that are deciles of a tally; fewer where they coincide."""
        up_to = np.cumsum(tally.cells)[1::2]
        if not tally.present:
            return np.arange(0)
        return np.unique(np.searchsorted(up_to, np.arange(1, BINS + 1) * tally.present / BINS))

    def bins(self, tally: Tally, deciles: NDArray[np.intp]) -> NDArray[np.int64]:
        """Count rows up to each decile, then those outside of all edges, then those without a value."""
        up_to = np.concatenate(([0], np.cumsum(tally.cells)))
        low = tally.cells[0] if len(self.edges) else 0
        inside = np.diff(up_to[2 * deciles + 2], prepend=low)
        outside = tally.present - inside.sum() + tally.wrong
        return np.array([*inside, outside, tally.missing + tally.absent], dtype=np.int64)

    def names(self, deciles: NDArray[np.intp]) -> list[str]:
        """Name the bins but the last two, by their upper ends."""
        if self.moments:
            return [f"≤ {pd.Timestamp(edge, unit='us'):%Y-%m-%d %H:%M}" for edge in self.edges[deciles].tolist()]
        return [f"≤ {edge:,.4g}" for edge in self.edges[deciles].tolist()]


class Words(BaseModel):
    """A column of words, or of anything else whose values are counted as they are written.

    Attributes
    ----------
    known
        The 1,000 most frequent words of the reference, the most frequent first. There is a cell for each, and one for
        all other words.
    complete
        Whether the reference had no other: then other words are new.
    """

    model_config = FROZEN

    kind: Literal["category"] = "category"
    known: tuple[str, ...]
    complete: bool

    @classmethod
    def of(cls, values: "pd.Series[Any]") -> "Words":
        """Choose the known words by a reference column."""
        found = _frequencies(values)
        known = sorted(found, key=lambda word: (-found[word], word))
        return cls(known=tuple(known[:KNOWN]), complete=len(known) <= KNOWN)

    def tally(self, values: "pd.Series[Any]") -> Tally:
        """Count a column; numbers and moments are no words."""
        there = int(values.notna().sum())
        if is_number(values) and there:
            return Tally(cells=np.zeros(len(self.known) + 1), missing=len(values) - there, wrong=there)
        found = _frequencies(values)
        counts = [found.pop(word, 0) for word in self.known]
        cells = np.array([*counts, there - sum(counts)])
        return Tally(cells=cells, missing=len(values) - there, strangers=sampled([found]))

    def bins(self, tally: Tally) -> NDArray[np.int64]:
        """Count the 50 most frequent words, then other known ones, then new ones, then rows without a value."""
        top, rest, strange = tally.cells[:-1][:CATEGORIES], tally.cells[:-1][CATEGORIES:].sum(), tally.cells[-1]
        others, new = (rest, strange) if self.complete else (rest + strange, 0)
        return np.array([*top, others, new + tally.wrong, tally.missing + tally.absent], dtype=np.int64)

    def names(self) -> list[str]:
        """Name the bins but the last two."""
        return [*self.known[:CATEGORIES], "others"]


Form: TypeAlias = Annotated[Numbers | Words, Field(discriminator="kind")]


def form(values: "pd.Series[Any]") -> Numbers | Words:
    """Choose what is counted of a column like this one."""
    return Numbers.of(values) if is_number(values) else Words.of(values)


def absent(form: Numbers | Words, rows: int) -> Tally:
    """Tally rows of a table that has no such column."""
    cells = 2 * len(form.edges) + 1 if isinstance(form, Numbers) else len(form.known) + 1
    return Tally(cells=np.zeros(cells), absent=rows)


def is_number(values: "pd.Series[Any]") -> bool:
    """Whether a column holds numbers or moments; booleans are words."""
    kinds = pd.api.types
    if kinds.is_bool_dtype(values.dtype):
        return False
    return bool(kinds.is_numeric_dtype(values.dtype) or kinds.is_datetime64_any_dtype(values.dtype))


def numbers(values: "pd.Series[Any]") -> NDArray[np.float64]:
    """Return the values that are there and are numbers; moments become microseconds."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dropna().to_numpy("datetime64[us]").astype(np.float64)
    read = values if is_number(values) else pd.to_numeric(values, errors="coerce")
    found = read.to_numpy(np.float64, na_value=np.nan)
    gaps = np.isnan(found)
    return found[~gaps] if gaps.any() else found


def written(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return values that are there so that each can be told from others: any object as it is written."""
    return values.map(str) if values.dtype == object else values


def _frequencies(values: "pd.Series[Any]") -> dict[str, int]:
    found: dict[str, int] = {}
    counted = written(values.dropna()).value_counts()
    for word, count in zip(counted.index.tolist(), counted.tolist(), strict=True):
        if count:
            found[str(word)] = found.get(str(word), 0) + count
    return found
