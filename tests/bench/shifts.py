"""Owns the worlds in which the watch is tried: columns of many kinds whose true shifts are known, window by window."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, poisson

from pipeline.monitoring.discovery import discover
from pipeline.monitoring.distances import psi
from pipeline.monitoring.drift import chance
from pipeline.monitoring.forms import CATEGORIES
from pipeline.monitoring.noise import noise, size_class
from pipeline.monitoring.reference import Column, Reference

REFERENCE = 20_000  # rows that say what is usual
COLUMNS = 100
WINDOWS = 200
DAYS = 180  # of the reference
WEEK = 7  # days of a window
LUCK = 0.3  # standard deviation of what a day moves a column by, in standard deviations of its rows
LIKE = 0.5  # correlation of the luck of neighbouring days
ONSET = 20  # window from which shifted columns are shifted
_WORDS = {"few words": 5, "many words": 300, "more words than are counted": 3_000}
KINDS = ("normal", "lognormal", "counts", "gaps", *_WORDS)
_GAPS = 0.1  # share of missing values

Draws = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """A shift of one column of each kind, by so many standard deviations, that grows over so many windows."""

    shift: float
    grows: int = 1

    @property
    def shifts(self) -> Draws:
        """Of each window."""
        return self.shift * np.clip((np.arange(WINDOWS) - ONSET + 1) / self.grows, 0.0, 1.0)


TRIALS = {
    "by 0.4": Trial(0.4),
    "by 0.6": Trial(0.6),
    "by 1": Trial(1.0),
    "by 1, growing over 50 windows": Trial(1.0, grows=50),
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found in one history of windows.

    Attributes
    ----------
    found, false
        Findings, and those in columns or windows without a shift.
    share
        Of the windows with the whole shift, in which it was found.
    delays
        Windows from the onset to the first finding, of each shifted column; infinite where there was none.
    """

    found: int
    false: int
    share: float = np.nan
    delays: tuple[float, ...] = ()


@dataclass(frozen=True)
class World:
    """Columns that are watched in windows of so many rows, each by itself or in days that share luck."""

    rows: int
    days: bool = False

    def tried(self, seed: int) -> dict[str, Outcome]:
        """Draw one history without shifts, and for each trial the shifted columns anew; judge as the watch does."""
        draw = np.random.default_rng(seed)
        reference = self.usual(draw)
        columns = list(zip(map(Kind, _kinds()), reference.columns.values(), strict=True))
        chances = np.array([self.chances(draw, reference, *each, np.zeros(WINDOWS)) for each in columns])
        still = _found(chances)
        found = {"none": Outcome(found=int(still.sum()), false=int(still.sum()))}
        for name, trial in TRIALS.items():
            some = [self.chances(draw, reference, *each, trial.shifts) for each in columns[: len(KINDS)]]
            found[name] = _outcome(_found(np.array([*some, *chances[len(KINDS) :]])), trial)
        return found

    def usual(self, draw: np.random.Generator) -> Reference:
        """Draw the rows that say what is usual, and profile them."""
        day = np.arange(REFERENCE) * DAYS // REFERENCE
        table: dict[str, object] = {"day": pd.Timestamp("2026-01-01") + pd.to_timedelta(day, unit="D")}
        for place, name in enumerate(_kinds()):
            luck = _luck(draw, DAYS)[day] if self.days else np.zeros(REFERENCE)
            table[f"x{place}"] = Kind(name).values(draw, luck)
        return Reference.of(pd.DataFrame(table), list(table)[1:], time="day" if self.days else None)

    def chances(
        self, draw: np.random.Generator, reference: Reference, kind: "Kind", column: Column, shifts: Draws
    ) -> Draws:
        """Draw a column in all windows, and return how probable it is by chance in each."""
        rows = size_class(self.rows)
        units = WEEK if self.days else rows * reference.units / reference.rows
        sizes = psi(column.counts, self.counts(draw, kind, column, shifts))
        return chance(noise(column, reference, rows, units), sizes, self.rows)

    def counts(self, draw: np.random.Generator, kind: "Kind", column: Column, shifts: Draws) -> NDArray[np.int64]:
        """Count a column's rows in each bin, shape (windows, bins): so they are distributed, whatever the rows."""
        if not self.days:
            different, places = np.unique(shifts, return_inverse=True)
            return draw.multinomial(self.rows, kind.shares(column, different)[places])
        luck = _luck(draw, WEEK * len(shifts))
        daily = draw.multinomial(self.rows // WEEK, kind.shares(column, np.repeat(shifts, WEEK) + luck))
        return daily.reshape(len(shifts), WEEK, -1).sum(axis=1)


@dataclass(frozen=True)
class Kind:
    """One kind of column, and how its values are distributed after a shift of so many standard deviations."""

    name: str

    def values(self, draw: np.random.Generator, shift: NDArray[np.float64]) -> "pd.Series":
        """Draw a row for each shift."""
        if self.name in _WORDS:
            different, places = np.unique(shift, return_inverse=True)
            found, chance = np.empty(len(shift), dtype=np.int64), draw.random(len(shift))
            for place, upper in enumerate(np.cumsum(self._words(different), axis=1)):
                here = places == place
                found[here] = np.searchsorted(upper, chance[here])
            return pd.Series(pd.Categorical.from_codes(found, [f"w{word}" for word in range(_WORDS[self.name])]))
        if self.name == "counts":
            return pd.Series(draw.poisson(np.maximum(1 + shift, 0.0)))
        values = draw.normal(size=len(shift)) + shift
        gaps = draw.random(len(shift)) < _GAPS if self.name == "gaps" else np.zeros(len(shift), dtype=bool)
        return pd.Series(np.where(gaps, np.nan, np.exp(values) if self.name == "lognormal" else values))

    def shares(self, column: Column, shift: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the true share of rows in each bin of a column, shape (shifts, bins)."""
        if self.name in _WORDS:
            return self._of_words(column, shift)
        deciles = column.form.edges[column._deciles]  # noqa: SLF001 - where its bins end
        least = column.form.edges[0]
        if self.name == "counts":
            up_to = poisson.cdf(deciles, np.maximum(1 + shift, 0.0)[:, None])
            low = poisson.cdf(least - 1, np.maximum(1 + shift, 0.0))[:, None]
        else:
            ends = np.log(np.append(deciles, least)) if self.name == "lognormal" else np.append(deciles, least)
            both = norm.cdf(ends - shift[:, None])
            up_to, low = both[:, :-1], both[:, -1:]
        inside = np.diff(up_to, axis=1, prepend=low)
        gaps = _GAPS if self.name == "gaps" else 0.0
        outside = np.maximum(1 - inside.sum(axis=1, keepdims=True), 0.0)
        return np.hstack([inside * (1 - gaps), outside * (1 - gaps), np.full((len(shift), 1), gaps)])

    def _words(self, shifts: Draws) -> Draws:
        """Return the share of each word, shape (shifts, words)."""
        tilted = np.exp(shifts[:, None] * _score(_WORDS[self.name])) / np.arange(1, _WORDS[self.name] + 1)
        return np.asarray(tilted / tilted.sum(axis=1, keepdims=True))

    def _of_words(self, column: Column, shift: NDArray[np.float64]) -> NDArray[np.float64]:
        places = [int(word[1:]) for word in column.form.known]
        true = self._words(shift)
        top, rest = true[:, places[:CATEGORIES]], true[:, places[CATEGORIES:]].sum(axis=1, keepdims=True)
        strange = np.maximum(1 - top.sum(axis=1, keepdims=True) - rest, 0.0)
        nothing = np.zeros_like(strange)
        last = [rest, strange] if column.form.complete else [rest + strange, nothing]
        return np.hstack([top, *last, nothing])


@cache
def _score(words: int) -> NDArray[np.float64]:
    """Return the log rank of words, with mean 0 and standard deviation 1 where nothing is shifted."""
    usual = 1 / np.arange(1, words + 1)
    usual /= usual.sum()
    rank = np.log(np.arange(1, words + 1))
    return (rank - usual @ rank) / np.sqrt(usual @ rank**2 - (usual @ rank) ** 2)


def _kinds() -> list[str]:
    return [KINDS[place % len(KINDS)] for place in range(COLUMNS)]


def _luck(draw: np.random.Generator, days: int) -> Draws:
    """Draw the luck of days, each like the one before (an autoregression)."""
    fresh, found = draw.normal(size=days), np.empty(days)
    found[0] = fresh[0]
    for day in range(1, days):
        found[day] = LIKE * found[day - 1] + np.sqrt(1 - LIKE**2) * fresh[day]
    return LUCK * found


def _found(chances: Draws) -> NDArray[np.bool_]:
    """Return the findings, shape (columns, windows)."""
    return np.array([each.found for each in discover(list(chances.T))]).T


def _outcome(found: NDArray[np.bool_], trial: Trial) -> Outcome:
    shifted = found[: len(KINDS), ONSET:]
    first = np.where(shifted.any(axis=1), shifted.argmax(axis=1), np.inf)
    whole = shifted[:, trial.grows - 1 :]
    false = int(found.sum() - shifted.sum())
    return Outcome(found=int(found.sum()), false=false, share=float(whole.mean()), delays=tuple(first.tolist()))


def tried(world: World, seeds: Sequence[int]) -> list[dict[str, Outcome]]:
    """Draw as many histories as there are seeds."""
    return [world.tried(seed) for seed in seeds]
