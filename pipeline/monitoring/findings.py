"""Findings: what a watch has to say, as it is glued, kept in a run's record, told to people and decided on."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import DataError


class Kind(StrEnum):
    """What a finding is about."""

    INPUT = "input"
    PREDICTION = "prediction"
    PERFORMANCE = "performance"
    ESTIMATE = "estimate"
    LATENCY = "latency"
    ERRORS = "errors"
    VOLUME = "volume"
    SCHEMA = "schema"


class Severity(StrEnum):
    """How bad it is: a critical finding that stands wakes somebody."""

    WARNING = "warning"
    CRITICAL = "critical"


class Finding(BaseModel):
    """One thing that is not as it was. Of one subject there is one finding, however many windows show it.

    Attributes
    ----------
    kind
        What it is about.
    subject
        The column, the slice (`column = value`) or the metric.
    window
        Name of the newest window that shows it.
    windows
        Names of all windows that show it, in their order.
    stands
        Whether the newest window that can be judged shows it; else it is over.
    size, unit, threshold
        How large it is, of what (`psi`, `roc_auc`, `ms`, `share`, ...), and from where on it is one.
    severity
        How bad it is.
    message
        In one sentence, for people.
    version
        Of the model that answered.
    reports
        Path of each report that it goes back to, by stage, from the project's root.
    rows
        Some of the rows that show it, as JSON.
    rank
        1 for the one that hurts the predictions most, likely; 0 before they are ranked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    subject: str
    window: str
    windows: tuple[str, ...] = ()
    stands: bool = True
    size: float = Field(allow_inf_nan=False)
    unit: str
    threshold: float = Field(allow_inf_nan=False)
    severity: Severity
    message: str
    version: int
    reports: dict[str, str] = {}
    rows: tuple[dict[str, Any], ...] = ()
    rank: int = 0

    @property
    def name(self) -> str:
        """What it is told apart by: the same at the next watch, while it is about the same."""
        return f"{self.kind}:{self.subject}"

    @property
    def is_alarm(self) -> bool:
        """Say whether somebody has to act now."""
        return self.stands and self.severity is Severity.CRITICAL


class Window(BaseModel):
    """A part of what was watched.

    Attributes
    ----------
    name
        As findings call it.
    start, end
        Moments of its first and last row, ISO 8601; empty where rows have no time.
    rows, labelled
        Its rows, and those whose label is in.
    is_mature
        Whether labels have had the time to come: only then performance in it is judged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    start: str = ""
    end: str = ""
    rows: int
    labelled: int = 0
    is_mature: bool = False


class Outcome(BaseModel):
    """What a watch saw.

    Attributes
    ----------
    model, version
        The champion that was watched; an empty name and 0 where there is none.
    source
        `traffic` of its service, or rows of the `table` that came after its own; empty for nothing.
    windows
        In their order.
    findings
        The one that likely hurts most first.
    judged
        Kinds that there was data enough to judge: of these, what is not found is not there.
    unknown
        What could not be judged, and why: one sentence each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = ""
    version: int = 0
    source: str = ""
    windows: tuple[Window, ...] = ()
    findings: tuple[Finding, ...] = ()
    judged: tuple[Kind, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Those that somebody has to act on now."""
        return tuple(finding for finding in self.findings if finding.is_alarm)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON: what is glued, and what a run's record keeps."""
        return self.model_dump(mode="json")


def outcome(found: object) -> Outcome:
    """Read what `Outcome.as_dict` gave, from a scrap or a run's record.

    Raises
    ------
    DataError
        If it is something else.
    """
    try:
        return Outcome.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise DataError(
            f"what was glued as findings is no outcome of a watch: {where}: {first['msg']}. Glue `Outcome.as_dict()`."
        ) from error
