"""The service as an ASGI application: its routes, and what each of them does."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from pipeline.errors import DataError, StoreError
from pipeline.serving import logs, messages, routing
from pipeline.serving.access import Access, Need
from pipeline.serving.attempts import Attempts, Shadows
from pipeline.serving.counts import KIND, Counts
from pipeline.serving.exchange import Receive, Refused, Response, Scope, Send, read_json, respond
from pipeline.serving.following import Answering
from pipeline.serving.gathering import Gathering, Turn
from pipeline.serving.predictor import Answer, Predictor
from pipeline.serving.rates import Rates
from pipeline.serving.retention import Retention
from pipeline.serving.routing import Request
from pipeline.serving.terms import Terms
from pipeline.serving.traffic import Prediction, Requests, Shadow, Traffic, Truth
from pipeline.serving.upkeep import Upkeep

MOST_WAITING = 1000
_MANY = 100  # rows, from which on reading them would keep others waiting
_log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """Rows that were found good, for the predictor that found them so."""

    predictor: Predictor
    values: list[Any]


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way to ask. `need` has no default: somebody has decided about each.

    Attributes
    ----------
    about
        What it is for.
    answer
        Takes the service and the body, None where it has none, and when the request came.
    """

    method: str
    path: str
    need: Need
    about: str
    answer: "Callable[[Service, Any, float], Awaitable[Response]]"


class Service:
    """The application.

    Parameters
    ----------
    champion
        Who answers.
    traffic
        Where it is written down before it is answered.
    access
        Who may ask.
    terms
        How much, how often, and how long it is kept.
    """

    def __init__(self, champion: Answering, traffic: Traffic, access: Access, terms: Terms | None = None) -> None:
        self.champion, self.traffic, self.access, self.terms = champion, traffic, access, terms or Terms()
        self.counts, self.waiting, self.writable = Counts(), 0, True
        self.rehearses = False  # nothing that is answered is written down: it was asked to see whether all is well
        self.predicting: Gathering[Asked, list[Answer]] = Gathering(_predict, "predicting")
        self.at_once: Turn[Asked, list[Answer]] = Turn(_predict)
        self.writing: Gathering[Sequence[Prediction | Shadow | Truth | Requests], int] = Gathering(
            traffic.write, "writing"
        )
        self.attempts: Attempts[Asked, list[Answer]] = Attempts(_predict)
        self.shadows = Shadows(self._attempt, self.writing.ask)
        self.rates = Rates(self.terms.requests_per_s)
        self.upkeep = Upkeep(traffic, Retention.of(self.terms), self._written)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and end with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        started = time.perf_counter()
        response, path = await self._response(scope, receive, started)
        await respond(send, response)
        seconds = time.perf_counter() - started
        self.counts.request(path, response.status, seconds)
        logs.answered(scope["method"], path, response.status, seconds)
        self.upkeep.tally.add(path, response.status, self.champion.predictor.manifest.version, seconds)

    async def _response(self, scope: Scope, receive: Receive, started: float) -> tuple[Response, str]:
        """Answer, and say which route did; a path that is none is not told to anybody who counts."""
        path = "none"
        self.waiting += 1
        try:
            route = _route(scope["method"], scope["path"])
            path = route.path
            if self.rates.limited and route.need is not Need.NOTHING:
                self.rates.require(self.access.caller(scope))
            self.access.require(route.need, scope)
            self._require_room(route.need)
            body = await read_json(scope, receive, self.terms.most_bytes) if route.method == "POST" else None
            return await route.answer(self, body, started), path
        except Refused as refused:
            return refused.response, path
        except Exception:  # noqa: BLE001 - whatever failed, whoever asked is told so
            _log.exception("a request to %s failed", path)
            return Response(status=500, content={"error": "the service failed; its log says why"}), path
        finally:
            self.waiting -= 1

    def _require_room(self, need: Need) -> None:
        """Refuse more than can be done soon; whether the process lives is always told."""
        if self.waiting > MOST_WAITING and need is not Need.NOTHING:
            raise Refused(503, "too many requests wait: try again in a second", headers={"Retry-After": "1"})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
            else:
                await self.shadows.close()
                await asyncio.to_thread(self.close)
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def start(self) -> None:
        """Begin what is done beside answering."""
        self.champion.start(self.traffic)
        self.upkeep.start()

    def close(self) -> None:
        """Finish what was begun, and write down what is still to be written."""
        self.champion.stop()
        self.predicting.close()
        self.attempts.close()
        self.writing.close()
        self.upkeep.stop()
        self.traffic.close()

    async def predict(self, body: object, started: float) -> Response:
        """Answer rows, all of them by the same version; what is answered is on the disk."""
        question, predictor = messages.question(body, self.terms.most_rows), self.champion.predictor
        rows, challenger = question.rows, None if self.rehearses else self.champion.challenger
        values, faults = predictor.read(rows) if len(rows) < _MANY else await asyncio.to_thread(predictor.read, rows)
        if faults:
            first = faults[0]
            why = f"row {first.row}: column {first.column!r} must be {first.must}"
            raise Refused(422, why, faults=[fault._asdict() for fault in faults])
        try:
            request = Request(rows=rows, values=values, key=question.key)
            said = await routing.answer(request, predictor, challenger, self._ask, self._attempt)
        except DataError as error:
            raise Refused(422, str(error)) from error
        entries, manifest = routing.entries(request, said, time.perf_counter() - started), said.predictor.manifest
        await self._write(entries)
        self.shadows.begin(entries, said, challenger)
        self.counts.rows(manifest.name, manifest.version, len(rows))
        told = [{"id": entry.id, **entry.output} for entry in entries]
        return Response(content={"model": manifest.name, "version": manifest.version, "predictions": told})

    def _ask(self, predictor: Predictor, values: Any, rows: int) -> Awaitable[list[Answer]]:  # noqa: ANN401 - as it reads them
        at_once = predictor.is_quick and rows < _MANY and self.champion.challenger is None  # a trial is on equal terms
        ask = self.at_once.ask if at_once else self.predicting.ask
        return ask(Asked(predictor=predictor, values=values))

    def _attempt(self, predictor: Predictor, values: Any, rows: int) -> Awaitable[list[Answer]]:  # noqa: ANN401, ARG002 - as `Ask` is
        return self.attempts.ask(predictor, Asked(predictor=predictor, values=values))

    async def labels(self, body: object, _: float) -> Response:
        """Take what came true; again it changes nothing, another label corrects the one before."""
        found = messages.truths(body, self.champion.predictor.manifest.goal, self.terms.most_rows)
        if unknown := await asyncio.to_thread(self._unknown, [each.prediction for each in found]):
            raise Refused(422, f"no prediction has the id {unknown[0][:100]!r}", unknown=unknown[:20])
        added = await self._write(found)
        return Response(content={"added": added, "known": len(found) - added})

    async def _write(self, entries: Sequence[Prediction | Truth]) -> int:
        if self.rehearses:
            return len(entries)
        try:
            added = await self.writing.ask(entries)
        except StoreError as error:
            raise self._unwritten(error) from error
        self._written(well=True)
        return added

    def _unknown(self, predictions: Sequence[str]) -> list[str]:
        try:
            return self.traffic.unknown(predictions)
        except StoreError as error:
            raise self._unwritten(error) from error

    def _written(self, *, well: bool) -> None:
        self.writable = well

    def _unwritten(self, error: StoreError) -> Refused:
        if self.writable:  # said once, not for each who is turned away
            _log.error("%s", error)
        self._written(well=False)
        return Refused(503, "the log of predictions cannot be used, so nothing is answered")

    async def model(self, _: object, __: float) -> Response:
        """Say which version answers, and what it is."""
        predictor = self.champion.predictor
        schema = predictor.form.json_schema()
        told = messages.model(predictor.manifest, schema, self.champion.failure)
        return Response(content=told | {"trial": messages.trial(self.champion.trial, self.champion.challenger)})

    async def live(self, _: object, __: float) -> Response:
        """Say that the process is there."""
        return Response(content={"status": "live"})

    async def ready(self, _: object, __: float) -> Response:
        """Say whether requests are answered."""
        if not self.writable:
            raise Refused(503, "the log of predictions cannot be written")
        return Response(content={"status": "ready"})

    async def metrics(self, _: object, __: float) -> Response:
        """Tell Prometheus."""
        champion = self.champion
        version, behind = champion.predictor.manifest.version, bool(champion.failure)
        self.counts.trial(champion.trial, champion.challenger.findings() if champion.challenger else [])
        text = self.counts.text(model=champion.name, version=version, swaps=champion.swaps, behind=behind)
        return Response(content=text, kind=KIND)

    async def document(self, _: object, __: float) -> Response:
        """Describe all this in OpenAPI."""
        predictor = self.champion.predictor
        routes = [(route.method, route.path, route.need, route.about) for route in ROUTES]
        goal, schema = predictor.manifest.goal, predictor.form.json_schema()
        return Response(content=messages.openapi(routes, schema, goal, self.terms.most_rows))


def _route(method: str, path: str) -> Route:
    if found := _FOUND.get((method, path)):
        return found
    here = {route.method: route for route in ROUTES if route.path == path}
    if not here:
        raise Refused(404, "there is nothing here: /openapi.json lists what there is")
    if method not in here:
        raise Refused(405, f"ask by {' or '.join(here)}", headers={"Allow": ", ".join(here)})
    return here[method]


def _predict(asked: Sequence[Asked]) -> list[list[Answer]]:
    """Answer several requests, those for one version in one pass."""
    answers: list[list[Answer]] = [[] for _ in asked]
    for predictor in {id(each.predictor): each.predictor for each in asked}.values():
        places = [place for place, each in enumerate(asked) if each.predictor is predictor]
        given = iter(predictor.predict([value for place in places for value in asked[place].values]))
        for place in places:
            answers[place] = list(islice(given, len(asked[place].values)))
    return answers


ROUTES = (
    Route(method="POST", path="/predict", need=Need.TOKEN, about="Answer rows", answer=Service.predict),
    Route(method="POST", path="/labels", need=Need.TOKEN, about="Tell what came true", answer=Service.labels),
    Route(method="GET", path="/model", need=Need.TOKEN, about="Which version answers", answer=Service.model),
    Route(method="GET", path="/health/live", need=Need.NOTHING, about="Is the process there", answer=Service.live),
    Route(method="GET", path="/health/ready", need=Need.NOTHING, about="Are requests answered", answer=Service.ready),
    Route(method="GET", path="/metrics", need=Need.TOKEN, about="Numbers for Prometheus", answer=Service.metrics),
    Route(method="GET", path="/openapi.json", need=Need.TOKEN, about="This document", answer=Service.document),
)
_FOUND = {(route.method, route.path): route for route in ROUTES}
