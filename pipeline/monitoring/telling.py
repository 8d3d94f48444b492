"""Telling: what a watch saw goes to people, to Prometheus and to a log, as settings say."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import project, secrecy
from pipeline.errors import AlertError, PipelineError
from pipeline.monitoring import alerts, exposition
from pipeline.monitoring.channels import Channels
from pipeline.monitoring.findings import Finding, Outcome
from pipeline.serving import logs


def tell(outcome: Outcome, report: str, channels: Channels) -> list[str]:
    """Tell what a watch saw, each alert once when it begins and once when it is over.

    Parameters
    ----------
    report
        Path of the watch's report, from the project's root; empty where there is none.

    Returns
    -------
        What could not be told, and why: a sentence each. People who could not be reached are tried again next time.
    """
    steps: tuple[Callable[[], None], ...] = (
        partial(_keep, outcome, report),
        *(partial(_notify, place) for place in channels.notify),
        *_written(outcome, channels),
    )
    return [why for step in steps if (why := _failure(step))]


def _failure(step: Callable[[], None]) -> str:
    """Do one thing, and say what went wrong: whoever cannot be told is no reason not to tell the others."""
    try:
        step()
    except PipelineError as error:
        return str(error)
    return ""


def _keep(outcome: Outcome, report: str) -> None:
    with alerts.kept(_file()) as standing:
        standing[:] = alerts.followed(standing, outcome, report, datetime.now(UTC))


def _notify(place: str) -> None:
    from pipeline.monitoring import notices  # slow to load, and needed by those alone who have somebody told

    with alerts.kept(_file()) as standing:
        news = alerts.news(standing, place)
        if news and not notices.send(news, secrecy.lookup(place)):
            raise AlertError(
                f"{place} could not be told of {news.summary}: is its URL right? It is tried again next time."
            )
        standing[:] = alerts.heard(standing, place)


def _written(outcome: Outcome, channels: Channels) -> Iterator[Callable[[], None]]:
    now, files = time.time(), [exposition.file(outcome.model), *map(Path, filter(None, [channels.textfile]))]
    yield from (partial(exposition.write, outcome, path, now) for path in files)
    if channels.pushgateway:
        yield partial(exposition.push, outcome, channels.pushgateway, now)
    if channels.log:
        yield partial(_log, outcome, channels.log)


def _log(outcome: Outcome, place: str) -> None:
    with logs.written(outcome.model, place) as log:
        for finding in outcome.findings:
            log.log(logging.ERROR if finding.is_alarm else logging.WARNING, finding.message, extra=_facts(finding))


def _facts(finding: Finding) -> dict[str, Any]:
    """Say in the words of the Elastic Common Schema what was found."""
    return {
        "event.kind": "alert",
        "event.action": "finding" if finding.stands else "over",
        "event.reason": finding.message,
        "rule.name": finding.name,
        "rule.category": finding.kind,
        "service.version": str(finding.version),
        "labels": {"subject": finding.subject, "window": finding.window, "unit": finding.unit},
        "metrics": {"size": finding.size, "threshold": finding.threshold},
    }


def _file() -> Path:
    return project.state() / "watch" / "alerts.json"
