"""Evidence: what counts and losses say of a version on trial, valid however often somebody looks. Pure functions.

Each number here is the value of an e-process: where the challenger is not worse than it may be, the chance that it ever
reaches 1/a is at most a, whenever one stops (Ville's inequality; Ramdas, Grünwald, Vovk, Shafer 2023, "Game-theoretic
statistics and safe anytime-valid inference"). So a trial may be looked at after every request.

Events (a failure, a slow answer): each request is drawn for one of the two at random, so of the requests with an event
the challenger's part is a coin whose side is known where both have events equally often. A mixture of likelihood ratios
over worse coins tests that (Robbins 1970; Lindon, Malek 2022, "Anytime-valid inference for multinomial count data",
who watch canaries so). Of a shadow both see each request, which is the coin of a share of one half: events of both at
the same request only make the number smaller.

Losses: the half-normal mixture of Robbins (1970) on the mean difference over its standard error, as in Howard, Ramdas,
McAuliffe, Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences", with the variance estimated,
which is asymptotically valid (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, "Time-uniform central limit theory").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erf, exp, inf, log, sqrt
from statistics import fmean

ALPHA = 0.05
"""At most this share of trials is ended of challengers that are as good as they have to be."""

SLOWER, WORSE, FAILS = 2.0, 0.05, 0.01
"""Margins: slow answers as many times the champion's; squared error by this part above it; share of failures."""

LEAST = 100
"""Units with a label, of each of the two, before losses say anything: fewer are not yet normal."""

_RATIOS = (1.5, 2.0, 4.0, 10.0, 100.0)  # as many times the events that are allowed
_TUNED = 500  # units, at which the test of losses is sharpest
_MOST = 700.0  # exp of more is no float


class Check(StrEnum):
    """What a challenger is looked at for."""

    ERRORS = "errors"
    LATENCY = "latency"
    OUTCOMES = "outcomes"


AGAINST = len(Check) / ALPHA
"""Evidence that ends a trial: three checks share ALPHA."""

FOR = 1 / ALPHA
"""Evidence that a check holds: all three must, so each has ALPHA for itself."""


@dataclass(frozen=True, kw_only=True)
class Events:
    """Units of traffic with an event, of those that each of the two was asked for.

    Attributes
    ----------
    challenger, champion
        With the event.
    of_challenger, of_champion
        Asked for.
    units, bad
        Of the challenger's the first different ones, for a key that comes again tells nothing new; how many have it.
    """

    challenger: int
    champion: int
    of_challenger: int
    of_champion: int
    units: int
    bad: int

    def told(self, what: str) -> str:
        """Say for people how many did what."""
        mine = f"{self.challenger:,} of {self.of_challenger:,} requests {what}"
        return f"{mine}, of the champion's {self.champion:,} of {self.of_champion:,}"


@dataclass(frozen=True, kw_only=True)
class Losses:
    """Squared errors of the answers whose truth is known.

    Attributes
    ----------
    units
        With a label, of the one of the two that has fewer.
    challenger, champion
        Means.
    error
        Standard error of `challenger - (1 + WORSE) * champion`; NaN or 0 where it is not known.
    """

    units: int
    challenger: float
    champion: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check says.

    Attributes
    ----------
    against, good
        Evidence that the challenger is worse than it may be, and that it is not; 1 at the beginning.
    told
        What both rest on, for people.
    """

    check: Check
    against: float
    good: float
    told: str

    @property
    def ends(self) -> bool:
        """Whether it is known to be worse."""
        return self.against >= AGAINST

    @property
    def holds(self) -> bool:
        """Whether it is known to be as good."""
        return self.good >= FOR and not self.ends

    @property
    def line(self) -> str:
        """All of it, for people."""
        said = "WORSE" if self.ends else "as good" if self.holds else "not known"
        return (
            f"{self.check}: {said}: {self.told} (evidence against it {self.against:.3g} of {AGAINST:g}, "
            f"for it {self.good:.3g} of {FOR:g})"
        )


def errors(found: Events, share: float) -> Finding:
    """Judge failures: more often than the champion's; surely less than FAILS is good.

    Parameters
    ----------
    share
        Chance that a unit is the challenger's, above 0 and below 1; of a shadow one half.
    """
    return Finding(
        check=Check.ERRORS,
        against=_more(found, share, 1.0),
        good=_mixture(found.bad, found.units - found.bad, FAILS, [0.0, FAILS / 10, FAILS / 3]),
        told=found.told("failed"),
    )


def latency(found: Events, share: float, slow_s: float) -> Finding:
    """Judge answers that took longer than `slow_s` seconds: more than SLOWER times as often as the champion's.

    Parameters
    ----------
    share
        As in `errors`.
    """
    fewer = [_coin(share, ratio) for ratio in (SLOWER / 4, SLOWER / 2)]
    limit = f"{1000 * slow_s:.3g} ms" if slow_s < inf else "what is usual"
    return Finding(
        check=Check.LATENCY,
        against=_more(found, share, SLOWER),
        good=_mixture(found.challenger, found.champion, _coin(share, SLOWER), fewer),
        told=found.told(f"took longer than {limit}"),
    )


def outcomes(found: Losses) -> Finding:
    """Judge losses: more than WORSE above the champion's."""
    told = f"no truth of {LEAST} requests of each is known yet"
    if found.units < LEAST or not found.error > 0:
        return Finding(check=Check.OUTCOMES, against=1.0, good=1.0, told=told)
    far = (found.challenger - (1 + WORSE) * found.champion) / found.error
    said = f"mean squared error {found.challenger:.4g}, the champion's {found.champion:.4g}, {found.units:,} requests"
    weight = found.units / _TUNED
    return Finding(check=Check.OUTCOMES, against=_far(far, weight), good=_far(-far, weight), told=said)


def verdict(findings: Sequence[Finding]) -> str:
    """Say why a trial has to end; empty where it does not."""
    return "; ".join(f"{each.check}: {each.told}" for each in findings if each.ends)


def _more(found: Events, share: float, allowed: float) -> float:
    coins = [_coin(share, allowed * ratio) for ratio in _RATIOS]
    return _mixture(found.challenger, found.champion, _coin(share, allowed), coins)


def _coin(share: float, ratio: float) -> float:
    """Return the challenger's part of all events, where it has `ratio` times as many as it has of the traffic."""
    return share * ratio / (share * ratio + 1 - share)


def _mixture(hits: int, misses: int, null: float, others: Sequence[float]) -> float:
    """Return the mean likelihood ratio of other coins to one.

    >>> round(_mixture(3, 0, 0.5, [1.0]), 3), _mixture(3, 1, 0.5, [1.0])
    (8.0, 0.0)
    """
    return fmean(_exp(_power(each / null, hits) + _power((1 - each) / (1 - null), misses)) for each in others)


def _power(base: float, count: int) -> float:
    """Return the logarithm of a power."""
    if count == 0:
        return 0.0
    return count * log(base) if base > 0 else -inf


def _exp(power: float) -> float:
    return exp(min(_MOST, power))


def _far(far: float, weight: float) -> float:
    """Return the half-normal mixture for a mean that is `far` standard errors above what it may be."""
    scaled = far * sqrt(weight / (1 + weight))
    return 2 / sqrt(1 + weight) * _exp(scaled**2 / 2) * (1 + erf(scaled / sqrt(2))) / 2
