"""Watch: from what was measured in windows to findings, the one that likely hurts most first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from pipeline.monitoring.findings import Finding, Kind, Outcome, Severity, Window
from pipeline.monitoring.served import AT
from pipeline.monitoring.signals import Signal

TRAFFIC, TABLE = "traffic", "table"
_MEASURED = frozenset({Kind.PERFORMANCE, Kind.ERRORS})  # facts; all other kinds are hints


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Who was watched, and where it comes from.

    Attributes
    ----------
    model, version
        The champion.
    source
        `TRAFFIC` or `TABLE`.
    reports
        Path of each report that the version goes back to, by stage.
    """

    model: str
    version: int
    source: str
    reports: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """When the labels of a window can be judged by.

    Attributes
    ----------
    delay
        Time after which a label is in, where it comes at all.
    coverage
        Share of rows that must have one, 0 to 1.
    least
        Labels that there must be.
    """

    delay: timedelta
    coverage: float
    least: int

    def mature(self, windows: Mapping[str, pd.DataFrame], target: str) -> dict[str, bool]:
        """Tell the windows whose labels are in; by the clock of the newest row, so that the same rows say the same."""
        latest = max((part[AT].max() for part in windows.values() if AT in part), default=None)
        return {name: self._is_mature(part, target, latest) for name, part in windows.items()}

    def _is_mature(self, part: pd.DataFrame, target: str, latest: Any) -> bool:  # noqa: ANN401 - a moment
        labelled = int(part[target].notna().sum())
        if labelled < self.least or (AT in part and labelled < self.coverage * len(part)):
            return False
        return AT not in part or bool(part[AT].max() + self.delay <= latest)


def spans(
    windows: Mapping[str, pd.DataFrame], target: str, time: str | None, mature: Mapping[str, bool]
) -> tuple[Window, ...]:
    """Describe windows."""
    return tuple(
        Window(
            name=name,
            start="" if time is None else part[time].min().isoformat(),
            end="" if time is None else part[time].max().isoformat(),
            rows=len(part),
            labelled=int(part[target].notna().sum()),
            is_mature=mature[name],
        )
        for name, part in windows.items()
    )


def outcome(watched: Watched, windows: Sequence[Window], signals: Iterable[Signal], unknown: Sequence[str]) -> Outcome:
    """Make findings of signals, and rank them.

    Those that stand come before those that are over, critical ones before warnings, facts (performance, failed
    requests) before hints, and then what likely costs most of the promised performance.
    """
    found = [pair for signal in signals for pair in _findings(watched, signal)]
    ordered = sorted(found, key=lambda pair: _order(*pair))
    ranked = tuple(finding.model_copy(update={"rank": place}) for place, (finding, _) in enumerate(ordered, start=1))
    told = {"model": watched.model, "version": watched.version, "source": watched.source}
    return Outcome(**told, windows=tuple(windows), findings=ranked, unknown=tuple(unknown))


def doubts(windows: Sequence[Window], *, least: int, source: str) -> Iterator[str]:
    """Say what cannot be judged, and why."""
    few = [window.name for window in windows if window.rows < least]
    if few:
        yield f"{len(few)} of {len(windows)} windows have fewer than {least:,} rows, which tells nothing: {_some(few)}."
    if not any(window.labelled for window in windows):
        yield "No label is in: nobody can tell how good the predictions are."
    elif young := [window for window in windows if not window.is_mature]:
        shares = [f"{window.name} ({window.labelled:,} of {window.rows:,} rows)" for window in young]
        yield f"The labels of {len(young)} of {len(windows)} windows are not in yet: {_some(shares)}."
    if source == TABLE:
        yield "The service of this version has answered nothing yet: latency, errors and volume are not known."


def _some(names: Sequence[str]) -> str:
    most = 3
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _findings(watched: Watched, signal: Signal) -> Iterator[tuple[Finding, float]]:
    """Yield the finding of each subject that some window shows, and what it likely costs."""
    for subject, rows in signal.measured.groupby("subject", sort=False):
        known = rows[rows["is_known"].astype(bool)]
        shows = known[known["is_real"].astype(bool) & (known["size"] >= signal.threshold.warning)]
        if shows.empty:
            continue
        last, newest = shows.iloc[-1], known["window"].iloc[-1]
        critical = last["size"] >= signal.threshold.critical and last["window"] not in signal.excused
        severity = Severity.CRITICAL if critical else Severity.WARNING
        stands = last["window"] == newest
        finding = Finding(
            kind=signal.kind,
            subject=str(subject),
            window=last["window"],
            windows=tuple(shows["window"]),
            stands=stands,
            size=float(last["size"]),
            unit=signal.unit,
            threshold=signal.threshold.critical if critical else signal.threshold.warning,
            severity=severity,
            message=f"In {last['window']} {subject} {last['told']}{'' if stands else '; that is over'}.",
            version=watched.version,
            reports=dict(watched.reports),
            rows=tuple(signal.rows(str(subject), last["window"])) if stands else (),
        )
        yield finding, float(last["harm"])


def _order(finding: Finding, harm: float) -> tuple[bool, bool, bool, float]:
    return not finding.stands, finding.severity is Severity.WARNING, finding.kind not in _MEASURED, -harm
