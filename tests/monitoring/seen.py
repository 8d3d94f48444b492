"""What a watch saw, for tests of what is told of it."""

from pipeline.monitoring.findings import Finding, Kind, Outcome, Severity


def finding(subject: str = "size", kind: Kind = Kind.INPUT, **changes: object) -> Finding:
    usual = {
        "window": "March",
        "size": 0.4,
        "unit": "psi",
        "threshold": 0.25,
        "severity": Severity.CRITICAL,
        "message": f"{subject} moved",
        "version": 3,
    }
    return Finding(kind=kind, subject=subject, **(usual | changes))


def outcome(*findings: Finding, model: str = "m", judged: tuple[Kind, ...] = tuple(Kind)) -> Outcome:
    return Outcome(model=model, version=3, source="traffic", findings=findings, judged=judged)
