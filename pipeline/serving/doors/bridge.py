"""Bridge: asks the service from a site that knows nothing of asyncio. The one importer of a2wsgi."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from a2wsgi import ASGIMiddleware

from pipeline.serving import packing
from pipeline.serving.app import Service
from pipeline.serving.doors import packed
from pipeline.serving.doors.packed import Guard
from pipeline.serving.terms import Terms

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the service answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Bridge:
    """The way to a service, which is made when it is first asked: in the process that asks, whichever forked which.

    Parameters
    ----------
    make
        Makes the service.
    """

    def __init__(self, make: Callable[[], Service]) -> None:
        self._make, self._lock = make, Lock()
        self._made: ASGIMiddleware | None = None

    @classmethod
    def to(cls, place: str, *, log: str, guard: Guard, terms: Terms | None) -> "Bridge":
        """Load a packed version now, so that it fails here where it fails at all; see `packed.service`."""
        predictor = packing.load(place)
        packed.access(guard)
        return cls(lambda: packed.service(predictor, log=log, guard=guard, chosen=terms or Terms()))

    def ask(self, environ: Mapping[str, Any], path: str, body: bytes) -> Answer:
        """Ask the service.

        Parameters
        ----------
        environ
            The request, as WSGI has it.
        path
            Of the service, as `/predict`.
        """
        told: list[Any] = []
        asked = {"PATH_INFO": path, "SCRIPT_NAME": "", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        said = b"".join(self._app()({**environ, **asked}, lambda *words: told.extend(words[:2])))
        return Answer(status=int(told[0].partition(" ")[0]), headers=told[1], body=said)

    def _app(self) -> Any:  # noqa: ANN401 - WSGI, as a2wsgi types it and others do not
        with self._lock:
            if self._made is None:
                service = self._make()
                service.start()
                self._made = ASGIMiddleware(service)  # type: ignore[arg-type] # ASGI, as a2wsgi types it
            return self._made
