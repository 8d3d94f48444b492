"""The application without a server: who may ask, what is refused, and how it is said."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from serving.served import AMOUNT, bundled, project, promote

from pipeline.errors import SettingsError
from pipeline.goal import Goal
from pipeline.serving import access, exchange, messages
from pipeline.serving.access import Access, Need
from pipeline.serving.app import MOST_WAITING, ROUTES, Route, Service
from pipeline.serving.exchange import Refused
from pipeline.serving.following import Champion
from pipeline.serving.rates import Rates
from pipeline.serving.terms import Terms
from pipeline.serving.traffic import Traffic

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - an example
GOLDEN: list[dict[str, Any]] = []


class Heard(NamedTuple):
    status: int
    headers: dict[str, str]
    content: Any


def call(  # noqa: PLR0913 - what a request is made of
    service: Callable[..., Awaitable[None]],
    method: str,
    path: str,
    body: object = None,
    *,
    host: str = "127.0.0.1:8080",
    kind: str = "application/json",
    authorization: str = "",
    length: str = "",
    client: str = "127.0.0.1",
) -> Heard:
    """Ask as a server would; a body of bytes is sent as it is, in two pieces."""
    sent: list[MutableMapping[str, Any]] = []
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    pieces = [{"type": "http.request", "body": raw[:3], "more_body": True}, {"type": "http.request", "body": raw[3:]}]

    async def receive() -> MutableMapping[str, Any]:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = {"host": host, "content-type": kind, "authorization": authorization, "content-length": length}
    told = [(name.encode(), value.encode()) for name, value in headers.items() if value]
    scope = {"type": "http", "method": method, "path": path, "headers": told, "client": (client, 5000)}
    asyncio.run(service(scope, receive, send))
    given = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = sent[1]["body"]
    return Heard(sent[0]["status"], given, json.loads(content) if given["content-type"] == exchange.JSON else content)


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, monkeypatch)


def made(tmp_path: Path, token: str = "", **given: Any) -> Service:  # noqa: ANN401 - what a bundle is made of
    manifest = bundled(**given)
    promote(manifest)
    GOLDEN[:] = manifest.golden
    return Service(Champion("m"), Traffic(tmp_path / "traffic.sqlite"), Access("127.0.0.1", token))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    found = made(tmp_path)
    yield found
    found.close()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Service]:
    found = made(tmp_path, TOKEN)
    yield found
    found.close()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_each_route_asks_for_the_token_unless_it_needs_nothing(
    guarded: Service,
    route: Route,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for wrong in ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN):
        heard = call(guarded, route.method, route.path, {}, authorization=wrong, host="example.org")
        assert heard.status == (200 if route.need is Need.NOTHING else 401)
        assert ("www-authenticate" in heard.headers) == (heard.status == 401)
    heard = call(guarded, route.method, route.path, {}, authorization=f"Bearer {TOKEN}")
    assert heard.status == (422 if route.method == "POST" else 200)
    assert {route.path for route in ROUTES if route.need is Need.NOTHING} == {"/health/live", "/health/ready"}
    assert TOKEN not in caplog.text
    assert TOKEN not in str(heard)


@pytest.mark.parametrize("host", ["example.org", "10.0.0.1:8080", "", "127.0.0.1.example.org"])
def test_service_without_a_token_refuses_when_asked_by_a_foreign_name(service: Service, host: str) -> None:
    assert call(service, "GET", "/model", host=host).status == 421


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080"])
def test_service_without_a_token_answers_when_asked_by_a_name_of_this_machine(service: Service, host: str) -> None:
    assert call(service, "GET", "/model", host=host).status == 200


def test_access_refuses_when_others_reach_it_without_a_good_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):  # noqa: S104 - refused
        with pytest.raises(SettingsError, match="whoever asks must know a token"):
            Access.from_environment(host)
    with pytest.raises(SettingsError, match="has 5 characters"):
        Access("127.0.0.1", "short")
    monkeypatch.setenv(access.TOKEN, TOKEN)
    Access.from_environment("::")


def test_every_answer_has_the_safe_headers(service: Service) -> None:
    for path in ("/model", "/nowhere"):
        headers = call(service, "GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")


def test_predict_names_the_column_when_a_row_breaks_its_schema(service: Service) -> None:
    rows = [GOLDEN[0], GOLDEN[1] | {"kind": "new"}, {**GOLDEN[2], "more": 1}]
    heard = call(service, "POST", "/predict", {"rows": rows})
    assert heard.status == 422
    assert heard.content["error"] == "row 1: column 'kind' must be one of 'u', 'v'"
    assert [(each["row"], each["column"]) for each in heard.content["faults"]] == [(1, "kind"), (2, "more")]


def test_predict_answers_many_rows_as_it_answers_each(service: Service) -> None:
    many = call(service, "POST", "/predict", {"rows": GOLDEN * 5}).content["predictions"]
    alone = [call(service, "POST", "/predict", {"rows": [row]}).content["predictions"][0] for row in GOLDEN]
    assert len({each["id"] for each in many}) == len(GOLDEN) * 5
    assert [each["probability"] for each in many[: len(GOLDEN)]] == pytest.approx(
        [each["probability"] for each in alone]
    )


def test_requests_of_other_forms_are_refused_with_what_is_wanted(service: Service) -> None:
    row = dict(GOLDEN[0])
    wrong: list[tuple[object, str]] = [
        ([], "send {"),
        ({"rows": [row], "more": 1}, "send {"),
        ({"rows": row}, "`rows` is a list of objects"),
        ({"rows": []}, "`rows` is a list of objects"),
        ({"rows": [1]}, "`rows` is a list of objects"),
        ({"rows": [row], "key": ""}, "`key` is a text"),
        ({"rows": [row], "key": 5}, "`key` is a text"),
        ({"rows": [row], "key": "\ud800"}, "`key` is a text"),
    ]
    for body, why in wrong:
        heard = call(service, "POST", "/predict", body)
        assert (heard.status, heard.content["error"].startswith(why)) == (422, True), heard
    labels: list[tuple[object, str]] = [
        ({}, "send {"),
        ({"labels": [{"id": 1, "label": "yes"}]}, "label 0 has not exactly"),
        ({"labels": [{"id": "a"}]}, "label 0 has not exactly"),
        ({"labels": [{"id": "a", "label": "maybe"}]}, "the label of 'a' is not one of ['no', 'yes']"),
        ({"labels": [{"id": "a", "label": "yes"}]}, "no prediction has the id 'a'"),
        ({"labels": [{"id": "\ud800", "label": "yes"}]}, "label 0 has not exactly"),
    ]
    for body, why in labels:
        heard = call(service, "POST", "/labels", body)
        assert (heard.status, heard.content["error"].startswith(why)) == (422, True), heard


@pytest.mark.parametrize("label", ["5", True, None, float("inf"), float("nan")])
def test_labels_of_a_number_are_finite_numbers(label: object) -> None:
    with pytest.raises(Refused, match="is not a finite number"):
        messages.truths({"labels": [{"id": "a", "label": label}]}, AMOUNT, 1)
    assert messages.truths({"labels": [{"id": "a", "label": 5}]}, AMOUNT, 1)[0].label == 5


def test_labels_are_told_apart_when_python_calls_them_equal() -> None:
    flags = Goal.model_validate({"task": "binary", "classes": [False, True]})
    with pytest.raises(Refused, match="is not one of"):
        messages.truths({"labels": [{"id": "a", "label": 1}]}, flags, 1)


def test_bodies_are_refused_when_they_are_large_no_json_or_not_called_so(service: Service) -> None:
    row = GOLDEN[0]
    assert call(service, "POST", "/predict", {"rows": [row]}, kind="text/plain").status == 415
    assert call(service, "POST", "/predict", b"{").status == 400
    assert call(service, "POST", "/predict", b"[" * 100_000).status == 400
    assert call(service, "POST", "/predict", b"1" * 5000).status == 400
    assert call(service, "POST", "/predict", b"\xff\xfe\xfa\xfb").status == 400
    service.terms = Terms(most_rows=2)
    assert call(service, "POST", "/predict", {"rows": [row] * 3}).status == 413
    assert call(service, "POST", "/labels", {"labels": [{"id": "a", "label": "yes"}] * 3}).status == 413
    service.terms = Terms(most_mb=1e-5)
    assert call(service, "POST", "/predict", {"rows": [row]}).status == 413
    assert call(service, "POST", "/predict", {"rows": [row]}, length="11").status == 413


def test_requests_are_refused_when_one_caller_asks_too_often_and_only_this_one(guarded: Service) -> None:
    guarded.rates = Rates(0.01)
    given = {"authorization": f"Bearer {TOKEN}"}
    assert call(guarded, "GET", "/model", **given).status == 200
    heard = call(guarded, "GET", "/model", **given)
    assert (heard.status, 90 <= int(heard.headers["retry-after"]) <= 100) == (429, True)
    assert heard.headers["x-content-type-options"] == "nosniff"
    assert call(guarded, "GET", "/model", **given, client="10.0.0.1").status == 200
    assert [call(guarded, "GET", "/model", authorization="Bearer guess").status for _ in range(2)] == [401, 429]
    assert [call(guarded, "GET", "/health/live").status for _ in range(3)] == [200] * 3


def test_how_requests_ended_is_in_the_log_with_those_that_failed(service: Service) -> None:
    call(service, "POST", "/predict", {"rows": [GOLDEN[0]]})
    for _ in range(2):
        call(service, "POST", "/predict", {})
    call(service, "GET", "/nowhere")
    assert service.upkeep.count()
    assert {(each.route, each.status, each.version): each.count for each in service.traffic.requests()} == {
        ("/predict", 200, 1): 1,
        ("/predict", 422, 1): 2,
        ("none", 404, 1): 1,
    }
    assert all(0 < each.slowest_s <= each.seconds for each in service.traffic.requests())


def test_service_takes_each_of_several_tokens(tmp_path: Path) -> None:
    service = made(tmp_path, f"{TOKEN} another-{TOKEN}\n")
    tokens = [TOKEN, f"another-{TOKEN}", f"{TOKEN} another-{TOKEN}"]
    assert [call(service, "GET", "/model", authorization=f"Bearer {each}").status for each in tokens] == [200, 200, 401]
    service.close()


def test_paths_and_methods_that_are_none_are_refused(service: Service) -> None:
    assert call(service, "GET", "/").status == 404
    heard = call(service, "GET", "/predict")
    assert (heard.status, heard.headers["allow"]) == (405, "POST")


def test_service_says_so_when_it_has_too_much_to_do(service: Service) -> None:
    service.waiting = MOST_WAITING
    heard = call(service, "POST", "/predict", {"rows": [GOLDEN[0]]})
    assert (heard.status, heard.headers["retry-after"]) == (503, "1")
    assert call(service, "GET", "/health/live").status == 200


def test_service_answers_nothing_when_it_cannot_write_it_down(service: Service, tmp_path: Path) -> None:
    assert call(service, "GET", "/health/ready").status == 200
    service.traffic.close()
    assert call(service, "POST", "/predict", {"rows": [GOLDEN[0]]}).status == 503
    next(tmp_path.glob("traffic.sqlite")).write_text("no database")
    assert call(service, "POST", "/labels", {"labels": [{"id": "a", "label": "yes"}]}).status == 503
    assert call(service, "GET", "/health/ready").status == 503


def test_service_tells_no_more_than_that_it_failed_when_it_did(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    access, service.access = service.access, None  # type: ignore[assignment] # a fault of ours
    heard = call(service, "GET", "/model")
    service.access = access
    assert (heard.status, heard.content) == (500, {"error": "the service failed; its log says why"})
    assert "a request to /model failed" in caplog.text


def test_openapi_describes_every_route_and_the_rows_that_are_taken(service: Service) -> None:
    told = call(service, "GET", "/openapi.json").content
    assert {(method.upper(), path) for path, item in told["paths"].items() for method in item} == {
        (route.method, route.path) for route in ROUTES
    }
    resolver = {**told["components"]["schemas"]["predict"], "components": told["components"]}
    jsonschema.validate({"rows": GOLDEN, "key": "a"}, resolver)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"rows": [GOLDEN[0] | {"kind": "new"}]}, resolver)


def test_model_and_metrics_tell_which_version_answers(service: Service) -> None:
    call(service, "POST", "/predict", {"rows": GOLDEN[:3]})
    told = call(service, "GET", "/model").content
    assert (told["name"], told["version"], told["failure"]) == ("m", 1, "")
    assert told["card"].startswith("# m")
    assert told["compilation"]["covers"] == "all"
    assert told["compilation"]["about"] in told["card"]
    assert set(told["schema"]["properties"]) == set(GOLDEN[0])
    text = call(service, "GET", "/metrics").content.decode()
    assert 'pipeline_rows_total{model="m",version="1"} 3.0' in text
    assert 'pipeline_requests_total{route="/predict",status="200"} 1.0' in text
    assert 'pipeline_model_behind{model="m"} 0.0' in text
