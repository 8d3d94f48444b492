"""Gates: what a model's metrics must reach before it may answer, and the verdict on it.

Declared in `[tool.pipeline.gates]`, by metric or for the comparison with the champion:

    roc_auc = { low_at_least = 0.65 }      # the lower end of its interval
    brier = { high_at_most = 0.2 }         # the upper end
    champion = { roc_auc = 0.01 }          # at most so much worse, at the bad end of the difference's interval

Light on purpose: settings are checked with it before anything runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from math import isfinite
from typing import Any, ClassVar, Protocol

from pipeline.errors import GateError, SettingsError, near
from pipeline.learning.metrics import METRICS

CHAMPION = "champion"

Declared = Mapping[str, Mapping[str, float]]
Estimates = Mapping[str, Mapping[str, float]]


class Incumbent(Enum):
    """Said in place of a difference, so that a difference that got lost is not taken for it."""

    ABSENT = "there is no champion yet"


DEFAULTS: Declared = {"roc_auc": {"low_at_least": 0.5}, CHAMPION: {"roc_auc": 0.01}}
"""Asked where nothing is declared: better than chance, and not worse than the champion."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What gates look at.

    Attributes
    ----------
    metrics
        By metric `value`, `low` and `high`.
    difference
        The same of metric minus the champion's, on the same rows; or that there is none.
    """

    metrics: Estimates
    difference: Estimates | Incumbent


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one gate said.

    Attributes
    ----------
    name
        As declared, dotted: `roc_auc.low_at_least`.
    passed
        Whether it lets the model pass.
    value
        The number that was judged, None where there was none.
    limit
        The number it was judged by.
    message
        For people.
    """

    name: str
    passed: bool
    value: float | None
    limit: float
    message: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What all gates said: passed where every one did."""

    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Say whether every gate lets the model pass; with no gate asked, none does."""
        return bool(self.outcomes) and all(outcome.passed for outcome in self.outcomes)

    def as_dict(self) -> dict[str, Any]:
        """Return `passed` and the list `gates`, each with `name`, `passed`, `value`, `limit` and `message`."""
        return {"passed": self.passed, "gates": [asdict(outcome) for outcome in self.outcomes]}


class Gate(Protocol):
    """One question to the evidence. The docstring of a gate is what it says when it refuses, `met` when it does not."""

    @property
    def name(self) -> str:
        """As declared, dotted."""

    def judge(self, evidence: Evidence) -> Outcome:
        """Answer the question."""


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
class NotWorseThanChampion:
    """{title} may be worse than the champion's by {value}, more than the margin of {limit}."""

    metric: str
    margin: float
    met: ClassVar[str] = "{title} is worse than the champion's by at most {value} (below 0: better), margin {limit}."

    @property
    def name(self) -> str:
        """As declared, dotted."""
        return f"{CHAMPION}.{self.metric}"

    def judge(self, evidence: Evidence) -> Outcome:
        """Compare the bad end of the difference's interval with the margin: a test of non-inferiority."""
        if evidence.difference is Incumbent.ABSENT:
            message = f"{Incumbent.ABSENT.value}: nothing to be worse than."
            return Outcome(name=self.name, passed=True, value=None, limit=self.margin, message=message)
        better = METRICS[self.metric].better
        bad_end = _number(evidence.difference, self.metric, "low" if better > 0 else "high")
        worse = None if bad_end is None else 0.0 - better * bad_end  # never -0.0
        return _outcome(self, value=worse, limit=self.margin, passed=worse is not None and worse <= self.margin)


LIMITS: dict[str, type[Limit]] = {kind.key: kind for kind in (LowAtLeast, HighAtMost, ValueAtLeast, ValueAtMost)}


def declared(gates: Declared) -> tuple[Gate, ...]:
    """Read the gates of `[tool.pipeline.gates]`; where it is empty, those of `DEFAULTS`.

    Raises
    ------
    SettingsError
        If a metric or a limit is unknown, a number is none, or it can never (or not but) be met.
    """
    if not isinstance(gates, Mapping):
        raise SettingsError(f"[tool.pipeline.gates] is {gates!r}: a table is needed, by metric. {_EXAMPLE}")
    return tuple(gate for name, asked in (gates or DEFAULTS).items() for gate in _gates(name, asked))


def judge(gates: Declared, metrics: Estimates, difference: Estimates | Incumbent) -> Verdict:
    """Ask every gate. A number that is missing, not finite or no number never passes.

    Parameters
    ----------
    gates
        As declared in settings.
    metrics
        By metric `value`, `low` and `high`.
    difference
        The same of metric minus the champion's, on the same rows; `Incumbent.ABSENT` where there is no champion.

    Raises
    ------
    SettingsError
        As in `declared`.
    GateError
        If there are no metrics at all, or the difference is missing.
    """
    asked = declared(gates)
    if not isinstance(metrics, Mapping) or not metrics:
        raise GateError(f"there are no metrics to judge ({metrics!r}): no gate passes without. Score the model first.")
    if not isinstance(difference, Mapping | Incumbent):
        raise GateError(
            f"the difference to the champion is {difference!r}: give the paired differences by metric, "
            "or say Incumbent.ABSENT where there is no champion."
        )
    evidence = Evidence(metrics=metrics, difference=difference)
    return Verdict(outcomes=tuple(gate.judge(evidence) for gate in asked))


_EXAMPLE = "Write, for example, roc_auc = { low_at_least = 0.65 }."


def _gates(name: str, asked: Any) -> Iterator[Gate]:  # noqa: ANN401 - whatever stands in the file
    where = f"[tool.pipeline.gates] {name}"
    if name != CHAMPION and name not in METRICS:
        raise SettingsError(f"{where} is no metric: {near(name, [*METRICS, CHAMPION])} {_EXAMPLE}")
    if not isinstance(asked, Mapping) or not asked:
        raise SettingsError(f"{where} is {asked!r}: a table with at least one limit is needed. {_EXAMPLE}")
    for key, number in asked.items():
        yield _margin(where, key, number) if name == CHAMPION else _limit(where, name, key, number)


def _margin(where: str, metric: str, margin: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    if metric not in METRICS:
        raise SettingsError(f"{where}.{metric} is no metric: {near(metric, METRICS)} Give each metric its margin.")
    number = _finite(f"{where}.{metric}", margin)
    if not 0 <= number < METRICS[metric].high:
        raise SettingsError(f"{where}.{metric} is {number:g}: a margin is by how much worse is still good, 0 or more.")
    return NotWorseThanChampion(metric=metric, margin=number)


def _limit(where: str, metric: str, key: str, limit: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    if key not in LIMITS:
        raise SettingsError(f"{where}.{key} is no limit: {near(key, LIMITS)}")
    number, high = _finite(f"{where}.{key}", limit), METRICS[metric].high
    if not 0 <= number <= high:
        raise SettingsError(f"{where}.{key} is {number:g}: {METRICS[metric].title} lies between 0 and {high:g}.")
    return LIMITS[key](metric=metric, limit=number)


def _finite(where: str, number: Any) -> float:  # noqa: ANN401 - whatever stands in the file
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        raise SettingsError(f"{where} is {number!r}: a finite number is needed.")
    return float(number)


def _number(estimates: Any, metric: str, end: str) -> float | None:  # noqa: ANN401 - a notebook may give anything
    """Return one end of a metric's interval, None where there is no finite number."""
    found = estimates.get(metric) if isinstance(estimates, Mapping) else None
    value = found.get(end) if isinstance(found, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def _outcome(gate: "Limit | NotWorseThanChampion", *, value: float | None, limit: float, passed: bool) -> Outcome:
    title = METRICS[gate.metric].title
    if value is None:
        message = f"{title} has no number to judge: what cannot be judged does not pass"
    else:
        template = gate.met if passed else str(type(gate).__doc__)
        message = template.format(title=title, value=f"{value:.4g}", limit=f"{limit:g}")
    return Outcome(name=gate.name, passed=passed, value=value, limit=limit, message=message)
