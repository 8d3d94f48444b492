"""Evidence: what gates look at, what each says of it, and the verdict of all. Light on purpose, as `gates` is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

BASELINE, CHAMPION = "baseline", "champion"
RIVALS = {BASELINE: "best baseline", CHAMPION: "champion"}

Estimates = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class NoDifference:
    """Why there is none and whether the model passes without: said, so that one that got lost is not taken for it."""

    passed: bool
    message: str


NO_OTHER = NoDifference(passed=True, message="no other model is champion: nothing to be worse than.")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What gates look at.

    Attributes
    ----------
    metrics
        By metric `value`, `low` and `high`.
    differences
        By rival (`baseline`, `champion`) the same of metric minus the rival's, on the same rows; or why there is none.
    leaks
        How many leaks were found; None where nobody has looked for them.
    """

    metrics: Estimates
    differences: Mapping[str, Estimates | NoDifference]
    leaks: int | None = None


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
