"""Google Cloud Functions: the service behind an HTTP function."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.serving.doors import flask, packed
from pipeline.serving.doors.bridge import Bridge


def handler(folder: Path) -> Callable[[Any], Any]:
    """Make what the functions framework calls with each request of Flask's; see `packed.prepared`.

    The framework forks its workers after it has called this, so each makes its service when it is first asked.
    """
    bridge = Bridge(packed.prepared(folder))
    return lambda request: flask.answered(bridge, request, request.path)
