"""Logs: what happens to the service, each event a line of JSON in the Elastic Common Schema.

No row, answer, label, key or token stands in them. The one importer of ecs_logging.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import WatchedFileHandler
from pathlib import Path

import ecs_logging

from pipeline.errors import SettingsError

STANDARD_OUTPUT = "-"
_REFUSED, _FAILED = 400, 500
_log = logging.getLogger("pipeline.serving")
_requests = logging.getLogger("pipeline.requests")  # a line each is for a file alone: no terminal shall be flooded
_requests.addHandler(logging.NullHandler())
_requests.propagate = False


def begin(model: str, place: str) -> None:
    """Write what happens to the service from now on.

    Parameters
    ----------
    model
        What `service.name` says.
    place
        A file, made where it is missing; what renames it away gets a new one written. `-`: standard output.

    Raises
    ------
    SettingsError
        If the file cannot be written.
    """
    handler = _handler(model, place)
    for log in (logging.getLogger(), _requests):
        log.addHandler(handler)
    _log.setLevel(logging.INFO)


@contextmanager
def written(model: str, place: str) -> Iterator[logging.Logger]:
    """Give a log that is written to a place, as in `begin`, and nowhere else; closed with the block."""
    log, handler = logging.getLogger("pipeline.watch"), _handler(model, place)
    log.propagate = False
    log.addHandler(handler)
    try:
        yield log
    finally:
        log.removeHandler(handler)
        handler.close()


def started(title: str, url: str) -> None:
    """Say who answers where."""
    _log.info("%s answers at %s", title, url, extra={"event.action": "started", "url.full": url})


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Say that a request was refused or failed; those that were answered are in the log of traffic."""
    if status < _REFUSED:
        return
    facts = {
        "event.action": "failed" if status >= _FAILED else "refused",
        "event.outcome": "failure",
        "event.duration": round(seconds * 1e9),
        "http.request.method": method,
        "http.response.status_code": status,
        "url.path": route,
    }
    _requests.log(
        logging.ERROR if status >= _FAILED else logging.WARNING, "%s %s: %s", method, route, status, extra=facts
    )


def _handler(model: str, place: str) -> logging.Handler:
    facts = {"service.name": model, "service.type": "pipeline", "event.dataset": "pipeline"}
    try:
        handler = logging.StreamHandler(sys.stdout) if place == STANDARD_OUTPUT else _file(Path(place))
    except OSError as error:
        raise SettingsError(f"cannot write the log {place}: {error.strerror}. Choose another place.") from error
    handler.setFormatter(ecs_logging.StdlibFormatter(extra=facts, exclude_fields=["log.original", "process"]))
    return handler


def _file(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    return WatchedFileHandler(path, encoding="utf-8")
