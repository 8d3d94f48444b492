"""Contests: gates that hold a model against a rival on the same rows, whole or slice by slice. Light, as `gates` is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from statistics import NormalDist
from typing import ClassVar

from pipeline.learning.metrics import METRICS
from pipeline.models.evidence import RIVALS, Difference, Evidence, NoDifference, Outcome, Said, Slice
from pipeline.models.limits import FEWEST, TOO_FEW, UNJUDGED, number

SLICES, CHAMPION_SLICES = "slices", "champion_slices"
FALSE_ALARMS = 0.05  # share of models with no slice behind that a slice gate refuses, at most
_A_FEW_MORE = 1.1  # times as many rows, where it is a close thing
_OUT_OF_REACH = 1000  # times as many rows: nobody has those


@dataclass(frozen=True, kw_only=True)
class NotWorse:
    """{title} is worse than the {rival}'s by {low} or more, beyond the margin of {limit}."""

    rival: str
    metric: str
    margin: float
    met: ClassVar[str] = "{title} is worse than the {rival}'s by at most {value} (below 0: better), margin {limit}."
    open: ClassVar[str] = (
        "{title} may be worse than the {rival}'s by {value}, more than the margin of {limit}, or not "
        "({low} to {value}, below 0: better): {rows} rows are too few to tell, {needed}."
    )

    @property
    def name(self) -> str:
        """As declared, dotted."""
        return f"{self.rival}.{self.metric}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Hold the interval of the difference against the margin: a test of non-inferiority, and of its contrary."""
        found = evidence.differences[self.rival]
        if isinstance(found, NoDifference):
            return Outcome(name=self.name, said=found.said, value=None, limit=self.margin, message=found.message)
        ends = self._worse(found)
        told = {"title": METRICS[self.metric].title, "rival": RIVALS[self.rival], "limit": f"{self.margin:g}"}
        if ends is None:
            message = UNJUDGED.format(**told)
            return Outcome(name=self.name, said=Said.REFUSED, value=None, limit=self.margin, message=message)
        low, value, high = ends
        sample = found.sample
        if sample.units < FEWEST:
            said, message = Said.INCONCLUSIVE, TOO_FEW
            told |= {"units": str(sample.units), "unit": sample.unit, "fewest": str(FEWEST)}
        elif high <= self.margin:
            said, message = Said.PASSED, self.met
        elif low > self.margin:
            said, message = Said.REFUSED, str(type(self).__doc__)
        else:
            said, message = Said.INCONCLUSIVE, self.open
            told |= {"rows": f"{sample.rows:,}", "needed": needed(low, value, high, self.margin, sample.rows)}
        told |= {"value": f"{high:.4g}", "low": f"{low:.4g}"}
        numbers = {"value": high, "low": low, "high": high, "limit": self.margin}
        return Outcome(name=self.name, said=said, message=message.format(**told), **numbers)

    def _worse(self, found: Difference) -> tuple[float, float, float] | None:
        """Return by how much the model is worse: the good end of the interval, the value, the bad end."""
        better = METRICS[self.metric].better
        order = ("high", "value", "low") if better > 0 else ("low", "value", "high")
        ends = [number(found.estimates, self.metric, end) for end in order]
        low, value, high = (None if end is None else 0.0 - better * end for end in ends)  # never -0.0
        return None if low is None or value is None or high is None else (low, value, high)


def needed(low: float, value: float, high: float, margin: float, rows: int) -> str:
    """Say how many rows would tell, if the difference were what it seems: intervals shrink with the root of their rows.

    >>> needed(-0.02, 0.0, 0.02, 0.01, rows=1000)
    'about 4,000 would be needed'
    """
    arm, way = (high - value, margin - value) if value < margin else (value - low, value - margin)
    times = (arm / way) ** 2 if way else _OUT_OF_REACH
    if times >= _OUT_OF_REACH:
        return "and since it is about as much worse as the margin allows, no number within reach would be enough"
    exact = max(times, _A_FEW_MORE) * rows
    step = 10 ** max(len(str(int(exact))) - 2, 0)
    return f"about {ceil(exact / step) * step:,} would be needed"


@dataclass(frozen=True, kw_only=True)
class SlicesNotWorse:
    """{title} on the slice {slice} is {value} behind {rival}, clearly more than the margin of {limit}."""

    table: str
    metric: str
    margin: float
    met: ClassVar[str] = (
        "{title} is on none of {slices} slices clearly more than the margin of {limit} behind {rival}; "
        "most likely on {slice}, by {value}."
    )
    unseen: ClassVar[str] = "no slice has rows enough to judge {title}: what cannot be judged does not pass."

    @property
    def name(self) -> str:
        """As declared, dotted."""
        return f"{self.table}.{self.metric}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Test each slice for being behind by more than the margin, adjusted for how many there are.

        One-sided and normal, by the smallest p value times the number of slices: the first step of Holm's method
        (1979), which alone decides whether there is any.
        """
        found = evidence.slices.get(self.table, ())
        if isinstance(found, NoDifference):
            return Outcome(name=self.name, said=found.said, value=None, limit=self.margin, message=found.message)
        fit = [each for each in found if each.rows >= FEWEST and isfinite(each.behind)]
        told = {"title": METRICS[self.metric].title, "limit": f"{self.margin:g}"}
        if not fit:
            message = self.unseen.format(**told)
            return Outcome(name=self.name, said=Said.INCONCLUSIVE, value=None, limit=self.margin, message=message)
        worst, p = self._worst(fit)
        said = Said.REFUSED if p * len(fit) < FALSE_ALARMS else Said.PASSED
        told |= {"slice": worst.title, "value": f"{worst.behind:.4g}", "slices": str(len(fit))}
        told["rival"] = "that of all rows" if self.table == SLICES else "the champion's there"
        message = (self.met if said is Said.PASSED else str(type(self).__doc__)).format(**told)
        return Outcome(name=self.name, said=said, value=worst.behind, limit=self.margin, message=message)

    def _worst(self, slices: Sequence[Slice]) -> tuple[Slice, float]:
        """Return the slice that is most clearly behind, and its p value."""
        p = {place: self._p(each) for place, each in enumerate(slices)}
        least = min(p, key=lambda place: (p[place], -slices[place].behind))
        return slices[least], p[least]

    def _p(self, found: Slice) -> float:
        """Return how likely so much is where it is behind by the margin; what nobody knows counts against the model."""
        beyond = found.behind - self.margin
        if not isfinite(found.error) or found.error <= 0:
            return 0.0 if beyond > 0 else 1.0
        return 1 - NormalDist().cdf(beyond / found.error)
