"""Gates: what a model's metrics must reach before it may answer, and the verdict on it.

Declared in `[tool.pipeline.gates]`, by metric or for the comparison with a rival on the same rows:

    roc_auc = { low_at_least = 0.65 }      # the lower end of its interval
    brier = { high_at_most = 0.2 }         # the upper end
    baseline = { roc_auc = 0.0 }           # at most so much worse than the best baseline, at the bad end of the
    champion = { roc_auc = 0.01 }          # difference's interval; the same against the champion

Light on purpose: settings are checked with it before anything runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, ClassVar, Protocol

from pipeline.errors import GateError, SettingsError, near
from pipeline.learning.metrics import METRICS

BASELINE, CHAMPION = "baseline", "champion"
RIVALS = {BASELINE: "best baseline", CHAMPION: "champion"}

Declared = Mapping[str, Mapping[str, float]]
Estimates = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class NoDifference:
    """Why there is none and whether the model passes without: said, so that one that got lost is not taken for it."""

    passed: bool
    message: str


NO_OTHER = NoDifference(passed=True, message="no other model is champion: nothing to be worse than.")
DEFAULTS: Declared = {"roc_auc": {"low_at_least": 0.5}, BASELINE: {"roc_auc": 0.0}, CHAMPION: {"roc_auc": 0.01}}
"""Asked where nothing is declared: better than chance, and not worse than the best baseline and the champion."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What gates look at.

    Attributes
    ----------
    metrics
        By metric `value`, `low` and `high`.
    differences
        By rival (`baseline`, `champion`) the same of metric minus the rival's, on the same rows; or why there is none.
    """

    metrics: Estimates
    differences: Mapping[str, Estimates | NoDifference]


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
    """What all gates said, and the digest of the champion that was compared with: passed where every gate did."""

    outcomes: tuple[Outcome, ...]
    against: str | None = None

    @property
    def passed(self) -> bool:
        """Say whether every gate lets the model pass; with no gate asked, none does."""
        return bool(self.outcomes) and all(outcome.passed for outcome in self.outcomes)

    def as_dict(self) -> dict[str, Any]:
        """Return `passed`, `against` and the list `gates`: `name`, `passed`, `value`, `limit` and `message` of each."""
        gates = [asdict(outcome) for outcome in self.outcomes]
        return {"passed": self.passed, "against": self.against, "gates": gates}


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


def judge(
    gates: Declared,
    metrics: Estimates,
    differences: Mapping[str, Estimates | NoDifference],
    *,
    against: str | None = None,
) -> Verdict:
    """Ask every gate. A number that is missing, not finite or no number never passes.

    Parameters
    ----------
    gates
        As declared in settings.
    metrics
        By metric `value`, `low` and `high`.
    differences
        By rival (`baseline`, `champion`) the same of metric minus the rival's, on the same rows; or why there is none.
    against
        Digest of the present champion, None where there is none: the verdict holds while it stays that one.

    Raises
    ------
    SettingsError
        As in `declared`.
    GateError
        If there are no metrics at all, or a difference is missing.
    """
    asked = declared(gates)
    if not isinstance(metrics, Mapping) or not metrics:
        raise GateError(f"there are no metrics to judge ({metrics!r}): no gate passes without. Score the model first.")
    for rival, title in RIVALS.items():
        found = differences.get(rival) if isinstance(differences, Mapping) else None
        if not isinstance(found, Mapping | NoDifference):
            raise GateError(
                f"the difference to the {title} is {found!r}: give the paired differences by metric, "
                "or a NoDifference that says why there are none."
            )
    evidence = Evidence(metrics=metrics, differences=differences)
    return Verdict(outcomes=tuple(gate.judge(evidence) for gate in asked), against=against)


_EXAMPLE = "Write, for example, roc_auc = { low_at_least = 0.65 }."


def _gates(name: str, asked: Any) -> Iterator[Gate]:  # noqa: ANN401 - whatever stands in the file
    where = f"[tool.pipeline.gates] {name}"
    if name not in {*RIVALS, *METRICS}:
        raise SettingsError(f"{where} is no metric: {near(name, [*METRICS, *RIVALS])} {_EXAMPLE}")
    if not isinstance(asked, Mapping) or not asked:
        raise SettingsError(f"{where} is {asked!r}: a table with at least one limit is needed. {_EXAMPLE}")
    for key, number in asked.items():
        yield _margin(where, name, key, number) if name in RIVALS else _limit(where, name, key, number)


def _margin(where: str, rival: str, metric: str, margin: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    if metric not in METRICS:
        raise SettingsError(f"{where}.{metric} is no metric: {near(metric, METRICS)} Give each metric its margin.")
    number = _finite(f"{where}.{metric}", margin)
    if not 0 <= number < METRICS[metric].high:
        raise SettingsError(f"{where}.{metric} is {number:g}: a margin is by how much worse is still good, 0 or more.")
    return NotWorse(rival=rival, metric=metric, margin=number)


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


def _outcome(gate: Limit | NotWorse, *, value: float | None, limit: float, passed: bool) -> Outcome:
    title = METRICS[gate.metric].title
    if value is None:
        message = f"{title} has no number to judge: what cannot be judged does not pass"
    else:
        template = gate.met if passed else str(type(gate).__doc__)
        rival = RIVALS.get(gate.name.partition(".")[0], "")
        message = template.format(title=title, rival=rival, value=f"{value:.4g}", limit=f"{limit:g}")
    return Outcome(name=gate.name, passed=passed, value=value, limit=limit, message=message)
