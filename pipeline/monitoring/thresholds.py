"""Thresholds: from where on something is a finding, and a critical one. Light: settings are checked with it.

Declared in `[tool.pipeline.monitor.thresholds]`, by kind of finding:

    input = { warning = 0.1, critical = 0.25 }         # population stability index
    prediction = { warning = 0.1, critical = 0.25 }    # the same, of what is predicted
    performance = { warning = 0.02, critical = 0.05 }  # share of what the headline metric promised that is lost
    estimate = { warning = 0.02, critical = 0.05 }     # the same, as estimated before labels are in
    latency = { warning = 250, critical = 1000 }       # milliseconds that 95 of 100 rows are answered in
    errors = { warning = 0.01, critical = 0.05 }       # share of requests that the service failed
    volume = { warning = 0.5, critical = 0.9 }         # share of the usual rows that is missing
    schema = { warning = 0.05, critical = 0.2 }        # share of rows of a new kind, or of requests refused

`critical = inf` lets nothing of a kind be critical, and `warning = inf` turns it off.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.errors import SettingsError, near
from pipeline.monitoring.findings import Kind, Severity

WHERE = "[tool.pipeline.monitor.thresholds]"

Declared = Mapping[str, Mapping[str, float]]


class Window(StrEnum):
    """By what rows are cut into windows, where it is not their number."""

    AUTO = "auto"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Sizes, in the unit of their kind.

    Attributes
    ----------
    warning, critical
        From where on something is a finding, and a critical one.
    """

    warning: float
    critical: float

    def severity(self, size: float) -> Severity | None:
        """Judge a size; None where it is no finding.

        >>> Threshold(warning=0.1, critical=0.25).severity(0.2)
        <Severity.WARNING: 'warning'>
        """
        if size < self.warning:
            return None
        return Severity.CRITICAL if size >= self.critical else Severity.WARNING


DEFAULTS: Mapping[Kind, Threshold] = {
    Kind.INPUT: Threshold(warning=0.1, critical=0.25),
    Kind.PREDICTION: Threshold(warning=0.1, critical=0.25),
    Kind.PERFORMANCE: Threshold(warning=0.02, critical=0.05),
    Kind.ESTIMATE: Threshold(warning=0.02, critical=0.05),
    Kind.LATENCY: Threshold(warning=250.0, critical=1000.0),
    Kind.ERRORS: Threshold(warning=0.01, critical=0.05),
    Kind.VOLUME: Threshold(warning=0.5, critical=0.9),
    Kind.SCHEMA: Threshold(warning=0.05, critical=0.2),
}


def declared(given: Declared) -> dict[Kind, Threshold]:
    """Read thresholds; what is not given is as in `DEFAULTS`.

    Raises
    ------
    SettingsError
        If a kind or a key is unknown, a threshold is no number above 0, or a critical one is below that of a warning.
    """
    if not isinstance(given, Mapping):
        raise SettingsError(f"{WHERE} is {given!r}: a table is needed, by kind of finding: {near('', map(str, Kind))}")
    if unknown := [name for name in given if name not in set(Kind)]:
        raise SettingsError(f"{WHERE} has the unknown key {unknown[0]!r}: {near(unknown[0], map(str, Kind))}")
    return {kind: _threshold(kind, given.get(kind, {})) for kind in Kind}


def _threshold(kind: Kind, given: Mapping[str, float]) -> Threshold:
    usual = vars(DEFAULTS[kind])
    if not isinstance(given, Mapping):
        raise SettingsError(f"{kind} in {WHERE} is {given!r}: write {{ warning = NUMBER, critical = NUMBER }}.")
    for name, size in given.items():
        if name not in usual:
            raise SettingsError(f"{kind} in {WHERE} has the unknown key {name!r}: {near(name, usual)}")
        if type(size) not in {int, float} or math.isnan(size) or size <= 0:
            raise SettingsError(f"{kind}.{name} in {WHERE} is {size!r}: a number above 0 is needed, or inf for never.")
    found = Threshold(**{**usual, **given})
    if found.critical < found.warning:
        raise SettingsError(
            f"{kind} in {WHERE} is critical from {found.critical:g} on and a finding only from {found.warning:g} on. "
            "Let `critical` be as large as `warning`, or larger."
        )
    return found
