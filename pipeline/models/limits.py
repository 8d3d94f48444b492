"""Limits: the kinds of gates, each one question to the evidence. Light on purpose, as `gates` is."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

from pipeline.learning.metrics import METRICS
from pipeline.models.evidence import RIVALS, Evidence, NoDifference, Outcome

LEAKS, AT_MOST = "leaks", "at_most"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the four limits share: a metric, a number, and which end of the interval is judged."""

    metric: str
    limit: float
    key: ClassVar[str]
    end: ClassVar[str]
    met: ClassVar[str]
    sign: ClassVar[int]  # +1 where the number must be at least the limit, -1 where at most

    @property
    def name(self) -> str:
        """As declared, dotted."""
        return f"{self.metric}.{self.key}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Compare one end of the metric's interval with the limit."""
        value = _number(evidence.metrics, self.metric, self.end)
        passed = value is not None and self.sign * (value - self.limit) >= 0
        return _outcome(self, value=value, limit=self.limit, passed=passed)


class ValueAtLeast(Limit):
    """{title} is {value}, below the limit of {limit}."""

    key, end, sign = "value_at_least", "value", +1
    met = "{title} is {value}, not below the limit of {limit}."


class ValueAtMost(Limit):
    """{title} is {value}, above the limit of {limit}."""

    key, end, sign = "value_at_most", "value", -1
    met = "{title} is {value}, not above the limit of {limit}."


class LowAtLeast(Limit):
    """{title} may be as low as {value}, below the limit of {limit}."""

    key, end, sign = "low_at_least", "low", +1
    met = "{title} is {value} or more, not below the limit of {limit}."


class HighAtMost(Limit):
    """{title} may be as high as {value}, above the limit of {limit}."""

    key, end, sign = "high_at_most", "high", -1
    met = "{title} is {value} or less, not above the limit of {limit}."


@dataclass(frozen=True, kw_only=True)
class NotWorse:
    """{title} may be worse than the {rival}'s by {value}, more than the margin of {limit}."""

    rival: str
    metric: str
    margin: float
    met: ClassVar[str] = "{title} is worse than the {rival}'s by at most {value} (below 0: better), margin {limit}."

    @property
    def name(self) -> str:
        """As declared, dotted."""
        return f"{self.rival}.{self.metric}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Compare the bad end of the difference's interval with the margin: a test of non-inferiority."""
        difference = evidence.differences[self.rival]
        if isinstance(difference, NoDifference):
            passed, message = difference.passed, difference.message
            return Outcome(name=self.name, passed=passed, value=None, limit=self.margin, message=message)
        better = METRICS[self.metric].better
        bad_end = _number(difference, self.metric, "low" if better > 0 else "high")
        worse = None if bad_end is None else 0.0 - better * bad_end  # never -0.0
        return _outcome(self, value=worse, limit=self.margin, passed=worse is not None and worse <= self.margin)


@dataclass(frozen=True, kw_only=True)
class FewLeaks:
    """{value} leaks were found, more than the limit of {limit}: explain or drop what gives the answer away."""

    most: int
    met: ClassVar[str] = "{value} leaks were found, not more than the limit of {limit}."
    unseen: ClassVar[str] = "nobody has looked for leaks: what cannot be judged does not pass."

    @property
    def name(self) -> str:
        """As declared, dotted."""
        return f"{LEAKS}.{AT_MOST}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Count the leaks that were found."""
        found, limit = evidence.leaks, float(self.most)
        if found is None:
            return Outcome(name=self.name, passed=False, value=None, limit=limit, message=self.unseen)
        passed = found <= self.most
        message = (self.met if passed else str(type(self).__doc__)).format(value=found, limit=self.most)
        return Outcome(name=self.name, passed=passed, value=float(found), limit=limit, message=message)


LIMITS: dict[str, type[Limit]] = {kind.key: kind for kind in (LowAtLeast, HighAtMost, ValueAtLeast, ValueAtMost)}


def _number(estimates: Any, metric: str, end: str) -> float | None:  # noqa: ANN401 - a notebook may give anything
    """Return one end of a metric's interval, None where there is no finite number."""
    found = estimates.get(metric) if isinstance(estimates, Mapping) else None
    value = found.get(end) if isinstance(found, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def _outcome(gate: Limit | NotWorse, *, value: float | None, limit: float, passed: bool) -> Outcome:
    title = METRICS[gate.metric].title
    if value is None:
        message = f"{title} has no number to judge: what cannot be judged does not pass"
    else:
        template = gate.met if passed else str(type(gate).__doc__)
        rival = RIVALS.get(gate.name.partition(".")[0], "")
        message = template.format(title=title, rival=rival, value=f"{value:.4g}", limit=f"{limit:g}")
    return Outcome(name=gate.name, passed=passed, value=value, limit=limit, message=message)
