"""Exposition: what a watch saw, for Prometheus: in a file that a scrape reads, or pushed where nothing is scraped."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, push_to_gateway

from pipeline.errors import StoreError
from pipeline.monitoring.findings import Outcome
from pipeline.serving import counts
from pipeline.store import urls
from pipeline.store.objects import write_atomic

_TIMEOUT_S = 10


def write(outcome: Outcome, path: Path, now: float) -> None:
    """Write a file in Prometheus's text format, whole or not at all.

    Parameters
    ----------
    now
        When it was watched, in seconds since 1970.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    write_atomic(path, generate_latest(_registry(outcome, now)))


def file(model: str) -> Path:
    """Return the file that the service of a model adds to what it tells."""
    return counts.added(model)


def push(outcome: Outcome, url: str, now: float) -> None:
    """Replace what a push gateway knows of the model.

    Raises
    ------
    StoreError
        If it does not take it.
    """
    try:
        key = {"model": outcome.model}
        push_to_gateway(url, "pipeline_watch", _registry(outcome, now), grouping_key=key, timeout=_TIMEOUT_S)
    except OSError as error:
        raise StoreError(f"the push gateway {urls.public(url)} did not take the findings: {error}.") from error


def _registry(outcome: Outcome, now: float) -> CollectorRegistry:
    registry, model = CollectorRegistry(), outcome.model
    names = ["model", "kind", "subject", "severity"]
    stands = Gauge("pipeline_finding", "1 while a finding stands, 0 once it is over", names, registry=registry)
    size = Gauge("pipeline_finding_size", "How large it is, in its own unit", [*names, "unit"], registry=registry)
    for finding in outcome.findings:
        named = (model, finding.kind, finding.subject, finding.severity)
        stands.labels(*named).set(finding.stands)
        size.labels(*named, finding.unit).set(finding.size)
    for name, about, value in (
        ("pipeline_watch_timestamp_seconds", "When it was last watched, seconds since 1970", now),
        ("pipeline_watch_version", "Version that was watched", outcome.version),
        ("pipeline_watch_windows", "Windows that were looked at", len(outcome.windows)),
        ("pipeline_watch_unjudged", "Things that there was too little data to judge", len(outcome.unknown)),
    ):
        Gauge(name, about, ["model"], registry=registry).labels(model).set(value)
    return registry
