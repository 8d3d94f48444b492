"""Watch: from what was measured in windows to findings, the one that likely hurts most first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.monitoring.findings import Finding, Kind, Outcome, Severity, Window
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


def spans(
    windows: Mapping[str, pd.DataFrame], target: str, time: str | None, mature: "pd.Series[bool]"
) -> tuple[Window, ...]:
    """Describe windows."""
    return tuple(
        Window(
            name=name,
            start="" if time is None else part[time].min().isoformat(),
            end="" if time is None else part[time].max().isoformat(),
            rows=len(part),
            labelled=int(part[target].notna().sum()),
            is_mature=bool(mature[name]),
        )
        for name, part in windows.items()
    )


def outcome(watched: Watched, windows: Sequence[Window], signals: Sequence[Signal], unknown: Sequence[str]) -> Outcome:
    """Make findings of signals, and rank them.

    Those that stand come before those that are over, critical ones before warnings, facts (performance, failed
    requests) before hints, and then what likely costs most of the promised performance.
    """
    found = [pair for signal in signals for pair in _findings(watched, signal)]
    ordered = sorted(found, key=lambda pair: _order(*pair))
    ranked = tuple(finding.model_copy(update={"rank": place}) for place, (finding, _) in enumerate(ordered, start=1))
    told = {"model": watched.model, "version": watched.version, "source": watched.source}
    judged = {signal.kind for signal in signals if signal.measured["is_known"].any()}
    return Outcome(
        **told,
        windows=tuple(windows),
        findings=ranked,
        judged=tuple(kind for kind in Kind if kind in judged),
        unknown=tuple(unknown),
    )


def doubts(windows: Sequence[Window], ripe: pd.DataFrame, *, least: int, source: str, obstacle: str) -> Iterator[str]:
    """Say what cannot be judged, and why.

    Parameters
    ----------
    ripe
        Indexed by window: `mature` and `reason`, as `sight.ripeness` gives it.
    least
        Rows of a window of which something is said.
    obstacle
        Why performance is not estimated; empty where it is.
    """
    few = [window.name for window in windows if window.rows < least]
    if few:
        yield f"{len(few)} of {len(windows)} windows have fewer than {least:,} rows, which tells nothing: {_some(few)}."
    if not any(window.labelled for window in windows):
        yield "No label is in: nobody can tell how good the predictions are."
    elif not ripe["mature"].all():
        young = [f"{window} ({reason})" for window, reason in ripe.loc[~ripe["mature"], "reason"].items()]
        yield f"The labels of {len(young)} of {len(windows)} windows are not in: {_some(young)}."
    if obstacle:
        yield f"Performance is not estimated before labels are in: {obstacle}."
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
