"""Owns what is followed of a target: the rate of a class, the mean of a number; and how well groups of rows tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from pipeline.data.bins import Bins
from pipeline.data.intervals import Z, student, wilson
from pipeline.goal import Goal, Task

_DRAWN = 5  # classes that are followed: more lines cannot be told apart


class Outcome(Protocol):
    """A target, as far as one looks at it before any model."""

    @property
    def metric(self) -> str:
        """What `score` is called."""

    @property
    def guess(self) -> float:
        """The score of a column that tells nothing; 1 is the best."""

    @property
    def limit(self) -> float:
        """The score from which a column is suspected to know the target rather than to predict it."""

    @property
    def is_share(self) -> bool:
        """Whether what is followed is a share, 0 to 1, or the mean of a number."""

    @property
    def curves(self) -> Mapping[str, np.ndarray]:
        """What is followed, by name: values of shape (rows,), float64."""

    def bounds(self, sums: np.ndarray, squares: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bound the means of groups at 95 %, rows taken as independent."""

    def score(self, bins: Bins) -> dict[str, float]:
        """Tell how well bins know the target: `score`, `low` and `high` (95 %), and `information` (0 to 1)."""

    def known(self, codes: np.ndarray) -> float:
        """Tell the share of the target's variance that groups of rows explain, less what they explain by chance."""


def of(encoded: pd.Series, goal: Goal, name: str) -> Outcome:
    """Make of labelled rows what is followed of them.

    Parameters
    ----------
    encoded
        The target as `roles.encode` writes it: codes of classes, or numbers; shape (rows,).
    name
        Of its column.
    """
    if goal.task is Task.REGRESSION:
        return Number(values=encoded.to_numpy(dtype="float64"), name=name)
    return Classes(codes=encoded.to_numpy(dtype="int64"), goal=goal, name=name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Classes:
    """A target of two classes or more; of two the positive one is followed, of more the five most frequent."""

    codes: np.ndarray
    goal: Goal
    name: str
    guess: float = 0.5
    limit: float = 0.98
    is_share: bool = True

    @property
    def metric(self) -> str:
        """AUC is the chance that of two rows, one of the class and one of another, the right one is ranked first."""
        return "AUC" if self.goal.task is Task.BINARY else "mean AUC"

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of each class."""
        rows: np.ndarray = np.bincount(self.codes, minlength=len(self.goal.classes))
        return rows

    @cached_property
    def curves(self) -> Mapping[str, np.ndarray]:
        """One a class that is followed: 1 where it is, else 0."""
        followed = [1] if self.goal.task is Task.BINARY else np.argsort(-self.counts, kind="stable")[:_DRAWN].tolist()
        return {f"{self.name} = {self.goal.classes[code]}": (self.codes == code).astype("float64") for code in followed}

    def bounds(self, sums: np.ndarray, squares: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bound shares by Wilson's interval."""
        del squares  # of zeros and ones they are the sums
        return wilson(sums, rows)

    def score(self, bins: Bins) -> dict[str, float]:
        """Rank bins by the share of each class: the mean area under the curves, and the share of its entropy known.

        Of two classes both have the same area. `low` and `high` are the mean of each class's (Hanley & McNeil 1982,
        Radiology 143:29, equation 2).
        """
        classes = len(self.counts)
        table = np.bincount(bins.codes * classes + self.codes, minlength=bins.count * classes)
        counted = table.reshape(bins.count, classes)[:, self.counts > 0]
        counted = counted[counted.sum(axis=1) > 0]
        areas = [_area(counted[:, place], counted.sum(axis=1)) for place in range(counted.shape[1])]
        score, low, high = np.mean(areas, axis=0)
        return {"score": float(score), "low": float(low), "high": float(high), "information": _information(counted)}

    def known(self, codes: np.ndarray) -> float:
        """Count pairs of rows of one class (Goodman & Kruskal 1954, J. Am. Stat. Assoc. 49:732, their tau)."""
        classes = len(self.counts)
        pairs, rows = np.unique(codes * classes + self.codes, return_counts=True)
        groups = np.bincount(codes)
        within = len(codes) - (rows**2 / groups[pairs // classes]).sum()
        total = len(codes) - (self.counts**2).sum() / len(codes)
        return _adjusted(within, total, len(codes), int((groups > 0).sum()))


@dataclass(frozen=True, kw_only=True, eq=False)
class Number:
    """A target that is a number, whose mean is followed."""

    values: np.ndarray
    name: str
    metric: str = "R²"
    guess: float = 0.0
    limit: float = 0.98
    is_share: bool = False

    @property
    def curves(self) -> Mapping[str, np.ndarray]:
        """The number itself."""
        return {f"mean {self.name}": self.values}

    def bounds(self, sums: np.ndarray, squares: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bound means by Student's t."""
        return student(sums / rows, np.maximum(squares - sums**2 / rows, 0), rows)

    def score(self, bins: Bins) -> dict[str, float]:
        """Tell the share of variance that a straight piece in each bin explains, adjusted for their number.

        `information` is the share that the means of the bins alone explain. `low` and `high` are of large samples
        (Olkin & Finn 1995, Psychological Bulletin 118:155).
        """
        centred = self.values - self.values.mean()
        rows, total = len(centred), float((centred**2).sum())
        within = _within(bins, centred)
        steps = _adjusted(within.sum(), total, rows, len(within))
        if not bins.numbers.size:
            return {"score": steps, **_ends(steps, rows), "information": steps}
        known = ~np.isnan(bins.numbers)
        x = np.where(known, bins.numbers - np.nanmean(bins.numbers) if known.any() else 0.0, 0.0)
        x /= np.abs(x).max() or 1.0
        rest = within - _by_slopes(bins, x, centred)
        pieces = max(steps, _adjusted(np.maximum(rest, 0).sum(), total, rows, 2 * len(within)))
        return {"score": pieces, **_ends(pieces, rows), "information": steps}

    def known(self, codes: np.ndarray) -> float:
        """Compare the spread within groups with the whole (the correlation ratio)."""
        centred = self.values - self.values.mean()
        groups = np.bincount(codes)
        kept = groups > 0
        sums = np.bincount(codes, weights=centred)[kept]
        total = float((centred**2).sum())
        return _adjusted(total - float((sums**2 / groups[kept]).sum()), total, len(codes), int(kept.sum()))


def _area(positives: np.ndarray, rows: np.ndarray) -> tuple[float, float, float]:
    """Area under the curve of bins in the order of their rates, with its ends: pairs told apart, ties half."""
    order = np.argsort(positives / rows, kind="stable")
    hits, others = positives[order], (rows - positives)[order]
    count, rest = int(hits.sum()), int(others.sum())
    if not count or not rest:
        return 0.5, 0.5, 0.5
    area = float((hits * (others.cumsum() - others / 2)).sum() / (count * rest))
    above, below = area / (2 - area) - area**2, 2 * area**2 / (1 + area) - area**2
    variance = area * (1 - area) + (count - 1) * above + (rest - 1) * below
    half = Z * np.sqrt(max(variance, 0.0) / (count * rest))
    return area, max(area - half, 0.0), min(area + half, 1.0)


def _information(counted: np.ndarray) -> float:
    """Mutual information of bins and classes as a share of the entropy of the classes."""
    joint = counted / counted.sum()
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    found = joint > 0
    classes = joint.sum(axis=0)
    entropy = -(classes * np.log(classes)).sum()
    return float((joint[found] * np.log(joint[found] / apart[found])).sum() / entropy) if entropy else 0.0


def _within(bins: Bins, values: np.ndarray) -> np.ndarray:
    """Sum of squares within each bin that has rows."""
    rows = np.bincount(bins.codes, minlength=bins.count)
    sums = np.bincount(bins.codes, weights=values, minlength=bins.count)
    squares = np.bincount(bins.codes, weights=values**2, minlength=bins.count)
    kept = rows > 0
    within: np.ndarray = np.maximum(squares[kept] - sums[kept] ** 2 / rows[kept], 0)
    return within


def _by_slopes(bins: Bins, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sum of squares that a straight line in each bin explains beyond its mean."""
    rows = np.bincount(bins.codes, minlength=bins.count)
    kept = rows > 0
    centres = np.bincount(bins.codes, weights=x, minlength=bins.count)[kept] / rows[kept]
    means = np.bincount(bins.codes, weights=y, minlength=bins.count)[kept] / rows[kept]
    place = np.cumsum(kept) - 1
    dx, dy = x - centres[place[bins.codes]], y - means[place[bins.codes]]
    width = np.bincount(bins.codes, weights=dx**2, minlength=bins.count)[kept]
    shared = np.bincount(bins.codes, weights=dx * dy, minlength=bins.count)[kept]
    explained: np.ndarray = np.divide(shared**2, width, out=np.zeros_like(width), where=width > 0)
    return explained


def _adjusted(within: float, total: float, rows: int, parameters: int) -> float:
    """R² less what so many parameters explain by chance (Ezekiel 1930); 0 where it would be below."""
    if not total or rows <= parameters:
        return 0.0
    return float(np.clip(1 - (within / (rows - parameters)) / (total / (rows - 1)), 0, 1))


def _ends(r2: float, rows: int) -> dict[str, float]:
    half = Z * 2 * np.sqrt(r2) * (1 - r2) / np.sqrt(rows)
    return {"low": float(max(r2 - half, 0)), "high": float(min(r2 + half, 1))}
