"""Limits: gates that hold one number, or one end of its interval, against a limit. Light on purpose, as `gates` is."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

from pipeline.learning.metrics import CALIBRATION, METRICS
from pipeline.models.evidence import Evidence, Outcome, Said

FEWEST = 30  # units; an interval made from fewer promises more than it can hold
UNJUDGED = "{title} has no number to judge: what cannot be judged does not pass"
TOO_FEW = "{title} was measured on {units} {unit}s alone: at least {fewest} are needed to tell luck from skill"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the four limits share: a metric, a number, and which end of the interval is judged.

    Attributes
    ----------
    metric
        Of the task, or of `CALIBRATION`.
    limit
        In its unit.
    """

    metric: str
    limit: float
    key: ClassVar[str]
    end: ClassVar[str]
    met: ClassVar[str]
    sign: ClassVar[int]  # +1 where the number must be at least the limit, -1 where at most

    @property
    def name(self) -> str:
        """As declared, dotted."""
        of = f"calibration.{self.metric}_" if self.metric in CALIBRATION else f"{self.metric}."
        return f"{of}{self.key}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Compare one end of the metric's interval with the limit."""
        known = {**METRICS, **CALIBRATION}[self.metric]
        of = evidence.calibration if self.metric in CALIBRATION else evidence.metrics
        value, low, high = (number(of, self.metric, end) for end in (self.end, "low", "high"))
        told = {"title": known.title, "value": f"{value:.4g}" if value is not None else "", "limit": f"{self.limit:g}"}
        if value is None:
            said, message = Said.REFUSED, UNJUDGED
        elif evidence.sample.units < FEWEST:
            said, message = Said.INCONCLUSIVE, TOO_FEW
            told |= {"units": str(evidence.sample.units), "unit": evidence.sample.unit, "fewest": str(FEWEST)}
        else:
            said = Said.PASSED if self.sign * (value - self.limit) >= 0 else Said.REFUSED
            message = self.met if said is Said.PASSED else str(type(self).__doc__)
        message = message.format(**told)
        return Outcome(name=self.name, said=said, value=value, low=low, high=high, limit=self.limit, message=message)


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


LIMITS: dict[str, type[Limit]] = {kind.key: kind for kind in (LowAtLeast, HighAtMost, ValueAtLeast, ValueAtMost)}


@dataclass(frozen=True, kw_only=True)
class Most:
    """What the gates share that count: a number that was counted or measured, and the most that it may be."""

    most: float
    table: ClassVar[str]
    key: ClassVar[str] = "at_most"
    whole: ClassVar[bool] = True  # it is counted, not measured
    met: ClassVar[str]
    unseen: ClassVar[str]

    @property
    def name(self) -> str:
        """As declared, dotted."""
        return f"{self.table}.{self.key}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Compare what was counted with the most that it may be."""
        found = finite(evidence.counts.get(self.table))
        if found is None or found < 0:
            said, message = Said.REFUSED, f"{self.unseen}: what cannot be judged does not pass."
        else:
            said = Said.PASSED if found <= self.most else Said.REFUSED
            message = self.met if said is Said.PASSED else str(type(self).__doc__)
            message = message.format(value=f"{found:.4g}", limit=f"{self.most:g}")
        return Outcome(name=self.name, said=said, value=found, limit=self.most, message=message)


class FewLeaks(Most):
    """{value} leaks were found, more than the limit of {limit}: explain or drop what gives the answer away."""

    table = "leaks"
    met = "{value} leaks were found, not more than the limit of {limit}."
    unseen = "nobody has looked for leaks"


class NoGiveaways(Most):
    """{value} columns are the target itself, renamed or in parts, more than the limit of {limit}: drop them."""

    table = "giveaways"
    met = "{value} columns are the target itself, not more than the limit of {limit}."
    unseen = "nobody has looked for columns that are the target itself"


class SameSchema(Most):
    """The model needs {value} columns that clients of the champion do not send, more than the limit of {limit}."""

    table, key = "schema", "unsent_at_most"
    met = (
        "The model needs {value} columns that clients of the champion do not send, not more than the limit of {limit}."
    )
    unseen = "nobody has compared the columns with what clients of the champion send"


class Repeatable(Most):
    """Loaded again, the model predicts otherwise on {value} rows, more than the limit of {limit}."""

    table, key = "verified", "differing_at_most"
    met = "Loaded again, the model predicts otherwise on {value} rows, not more than the limit of {limit}."
    unseen = "nobody has loaded the model again"


class Described(Most):
    """{value} parts of the model's card are not written, more than the limit of {limit}: see [tool.pipeline.card]."""

    table, key = "card", "missing_at_most"
    met = "{value} parts of the model's card are not written, not more than the limit of {limit}."
    unseen = "nobody has looked at the model's card"


class Small(Most):
    """The model takes {value} MB, more than the limit of {limit}."""

    table, whole = "size_mb", False
    met = "The model takes {value} MB, not more than the limit of {limit}."
    unseen = "nobody has weighed the model"


class Quick(Most):
    """Of single rows 1 in 100 waits longer than the limit of {limit} ms for its answer."""

    # The time stands in the table alone: a text that differs each time would be no verdict that can be verified.
    table, key, whole = "latency_ms", "p99_at_most", False
    met = "Of single rows 99 in 100 have their answer within the limit of {limit} ms."
    unseen = "nobody has clocked the model"


COUNTED: dict[str, type[Most]] = {
    kind.table: kind for kind in (NoGiveaways, FewLeaks, SameSchema, Repeatable, Described, Small, Quick)
}


def number(estimates: Any, metric: str, end: str) -> float | None:  # noqa: ANN401 - a notebook may give anything
    """Return one end of a metric's interval, None where there is no finite number."""
    found = estimates.get(metric) if isinstance(estimates, Mapping) else None
    return finite(found.get(end)) if isinstance(found, Mapping) else None


def finite(value: Any) -> float | None:  # noqa: ANN401 - a notebook may give anything
    """Return a finite number, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)
