"""Google Cloud Functions: the service behind an HTTP function."""

from collections.abc import Callable
from pathlib import Path

from flask import Request, Response

from pipeline.serving.doors import flask, packed
from pipeline.serving.doors.bridge import Bridge


def handler(folder: Path) -> Callable[[Request], Response]:
    """Make what the functions framework calls with each request; see `packed.function`."""
    service = packed.function(folder)
    bridge = Bridge(lambda: service)
    return lambda request: flask.answered(bridge, request, request.path)
