"""Evidence: what gates look at, what each says of it, and the verdict of all. Light on purpose, as `gates` is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

BASELINE, CHAMPION = "baseline", "champion"
RIVALS = {BASELINE: "best baseline", CHAMPION: "champion"}

Estimates = Mapping[str, Mapping[str, float]]


class Said(StrEnum):
    """What a gate says: only what passed lets the model answer."""

    PASSED = "passed"
    REFUSED = "refused"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, kw_only=True)
class NoDifference:
    """Why there is none and what the gate says then: stated, so that one that got lost is not taken for it."""

    said: Said
    message: str


NO_OTHER = NoDifference(said=Said.PASSED, message="no other model is champion: nothing to be worse than.")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Rows that numbers were measured on, and how many units of them were drawn together: those are what luck moves.

    Attributes
    ----------
    rows, units
        How many; 0: nobody knows, which is too few.
    unit
        What a unit is: `row`, `day`, `hour`, or the column of groups.
    """

    rows: int = 0
    units: int = 0
    unit: str = "row"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Metrics of a model minus those of a rival on the same rows.

    Attributes
    ----------
    estimates
        By metric `value`, `low` and `high`.
    sample
        The rows.
    """

    estimates: Estimates
    sample: Sample


@dataclass(frozen=True, kw_only=True)
class Slice:
    """How far the metric of a part of the rows is behind that of all rows, or of the champion on the same part.

    Attributes
    ----------
    title
        For people: `size = small`.
    rows
        How many it has.
    behind
        By how much it is worse, in the unit of the metric; below 0: better.
    error
        Standard error of that, NaN where nobody knows.
    """

    title: str
    rows: int
    behind: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What gates look at.

    Attributes
    ----------
    metrics
        By metric `value`, `low` and `high`.
    sample
        The rows that they were measured on.
    differences
        By rival (`baseline`, `champion`) those to it; or why there are none.
    slices
        By gate (`slices`, `champion_slices`) each slice; or why there are none.
    calibration
        As `metrics`, by what `learning.metrics.calibrations` names.
    counts
        By gate (`leaks`, `size_mb`, ...) what was counted or measured; left out where nobody has looked.
    """

    metrics: Estimates
    sample: Sample
    differences: Mapping[str, Difference | NoDifference]
    slices: Mapping[str, Sequence[Slice] | NoDifference] = field(default_factory=dict)
    calibration: Estimates = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one gate said.

    Attributes
    ----------
    name
        As declared, dotted: `roc_auc.low_at_least`.
    said
        Whether it lets the model pass, and if not, whether more rows might tell.
    value
        The number that was judged, None where there was none.
    low, high
        The ends of the interval that it is of, None where it has none.
    limit
        The number it was judged by.
    message
        For people.
    """

    name: str
    said: Said
    value: float | None
    limit: float
    message: str
    low: float | None = None
    high: float | None = None

    @property
    def passed(self) -> bool:
        """Whether it lets the model pass."""
        return self.said is Said.PASSED

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values; `passed` says the same as `outcome`, for who asks nothing else."""
        known = {"name": self.name, "passed": self.passed, "outcome": str(self.said), "value": self.value}
        return {**known, "low": self.low, "high": self.high, "limit": self.limit, "message": self.message}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What all gates said, and the digest of the champion that was compared with: passed where every gate did."""

    outcomes: tuple[Outcome, ...]
    against: str | None = None

    @property
    def said(self) -> Said:
        """Say what they said together: refused where one refuses; with no gate asked, no model passes."""
        found = {outcome.said for outcome in self.outcomes} or {Said.REFUSED}
        return next(said for said in (Said.REFUSED, Said.INCONCLUSIVE, Said.PASSED) if said in found)

    @property
    def passed(self) -> bool:
        """Say whether every gate lets the model pass."""
        return self.said is Said.PASSED

    def as_dict(self) -> dict[str, Any]:
        """Return `passed`, `outcome`, `against` and the list `gates`, each as `Outcome.as_dict` has it."""
        gates = [outcome.as_dict() for outcome in self.outcomes]
        return {"passed": self.passed, "outcome": str(self.said), "against": self.against, "gates": gates}


class Gate(Protocol):
    """One question to the evidence. The docstring of a gate is what it says when it refuses, `met` when it does not."""

    @property
    def name(self) -> str:
        """As declared, dotted."""

    def judge(self, evidence: Evidence) -> Outcome:
        """Answer the question."""
