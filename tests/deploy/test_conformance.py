"""The one check of everything that is built: it must notice whatever answers in another way."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, MutableMapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from serving.served import AMOUNT, BINARY, LETTERS, bundled, project

from pipeline.deploy import conformance
from pipeline.errors import ModelError
from pipeline.goal import Goal
from pipeline.serving.access import Access
from pipeline.serving.app import Service
from pipeline.serving.following import Fixed
from pipeline.serving.predictor import Predictor
from pipeline.serving.traffic import Traffic
from pipeline.store.objects import project_store

Change = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


@pytest.fixture
def service(root: Path) -> Iterator[Service]:
    found = Service(Fixed(Predictor(bundled(), project_store())), Traffic(root / "t.sqlite"), Access("127.0.0.1", ""))
    yield found
    found.close()


async def called(service: Service, body: bytes) -> tuple[int, Any]:
    """Ask an ASGI application without a server."""
    told: list[Any] = []
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    await service({"type": "http", "method": "POST", "path": "/predict", "headers": headers}, receive, send)
    return told[0]["status"], json.loads(told[1]["body"])


def asking(service: Service, before: Change = lambda rows: rows, after: Change = lambda said: said) -> conformance.Ask:
    def ask(body: object) -> tuple[int, Any]:
        assert isinstance(body, dict)
        changed = json.dumps({"rows": before(body["rows"])}).encode()
        status, said = asyncio.run(called(service, changed))
        return status, after(said)

    return ask


@pytest.mark.parametrize("goal", [BINARY, LETTERS, AMOUNT], ids=["two classes", "three classes", "numbers"])
def test_service_conforms_whatever_is_predicted(root: Path, goal: Goal) -> None:
    predictor = Predictor(bundled(goal=goal), project_store())
    service = Service(Fixed(predictor), Traffic(root / "t.sqlite"), Access("127.0.0.1", ""))
    proof = conformance.require(asking(service), predictor, "it")
    service.close()
    assert proof.golden == 30
    assert proof.refusals > 3 * len(predictor.form.columns)


def everywhere(change: Callable[[str, Any], Any]) -> Change:
    """Change each value of each row before it is asked about."""
    return lambda rows: [{name: change(name, value) for name, value in row.items()} for row in rows]


def without_nulls(name: str, value: object) -> object:
    return 0 if value is None and name == "count" else value


def with_known_words(_: str, value: object) -> object:
    return "u" if value == conformance.UNSEEN else value


def as_text(name: str, value: object) -> object:
    return str(value) if type(value) is int and name == "town" else value


def only_known(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "no such column"} for row in rows]


def later(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "version": 2}


def shifted(said: dict[str, Any]) -> dict[str, Any]:
    moved = [{**each, "probability": each["probability"] + 1e-3} for each in said.get("predictions", ())]
    return {**said, "predictions": moved}


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (
            everywhere(without_nulls),
            None,
            "it does not refuse a row whose column 'count' must be of type integer",
        ),
        (everywhere(with_known_words), None, "it does not refuse a row whose column 'kind' must be one of"),
        (everywhere(as_text), None, "it does not refuse a row whose column 'town' must be of type text, not a number"),
        (only_known, None, "it does not refuse a row whose column 'no such column' must be left"),
        (None, later, "it says that 'm' version 2 answers"),
        (None, shifted, "it does not reproduce its golden rows"),
    ],
    ids=["nulls", "unseen", "types", "surplus", "version", "answers"],
)
def test_whatever_answers_otherwise_is_not_released(
    service: Service, before: Change | None, after: Change | None, why: str
) -> None:
    ask = asking(service, **{name: each for name, each in (("before", before), ("after", after)) if each})
    with pytest.raises(ModelError, match=f"'m' version 1 is not released: {why}"):
        conformance.require(ask, service.champion.predictor, "it")


def test_golden_rows_are_held_to_what_was_written_down(service: Service) -> None:
    predictor = service.champion.predictor
    predictor.manifest.predictions[0] += 0.01
    with pytest.raises(ModelError, match="does not reproduce its golden rows"):
        conformance.require(asking(service), predictor, "it")


def test_what_cannot_be_reached_is_not_released(service: Service) -> None:
    with pytest.raises(ModelError, match=r"does not take a row that is right \(status 0\): .*refused"):
        conformance.require(conformance.over_http("http://127.0.0.1:9"), service.champion.predictor, "it")


def test_service_that_takes_one_row_at_once_conforms(service: Service) -> None:
    predictor = service.champion.predictor
    proof = conformance.require(few(asking(service)), predictor, "it")
    assert proof.golden == 30


def few(ask: conformance.Ask) -> conformance.Ask:
    """Take one row at a time."""

    def one(body: object) -> tuple[int, Any]:
        assert isinstance(body, dict)
        return ask(body) if len(body["rows"]) == 1 else (413, {"error": "too many"})

    return one


class Seldom(BaseHTTPRequestHandler):
    """Tell whoever asks first to ask later."""

    asked: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(429 if len(self.asked) == 1 else 200)
        self.send_header("Retry-After", "0.01")
        self.end_headers()
        self.wfile.write(b'{"said": 1}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_whoever_is_told_to_ask_later_asks_later() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Seldom) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = conformance.over_http(f"http://127.0.0.1:{server.server_port}")({"rows": []})
        server.shutdown()
    assert (answer, Seldom.asked) == ((200, {"said": 1}), 2 * [b'{"rows": []}'])
