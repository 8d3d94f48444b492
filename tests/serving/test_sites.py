"""Inside somebody's own site: a Flask blueprint and a Django view on the same predictor, under real servers."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from clouds import listening
from serving.served import bundled, project

from pipeline.deploy import conformance
from pipeline.errors import ModelError, SettingsError
from pipeline.serving import packing
from pipeline.serving.traffic import Traffic
from pipeline.store.objects import project_store

pytest.importorskip("a2wsgi")

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - an example
FLASK = """
import os
from flask import Flask
from pipeline.serving.doors.flask import blueprint

app = Flask(__name__)
app.register_blueprint(blueprint(os.environ["PLACE"], log=os.environ["LOG"]), url_prefix="/late")
"""
DJANGO = """
import os, sys
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import execute_from_command_line
from django.urls import path
from pipeline.serving.doors.django import view

csrf = "django.middleware.csrf.CsrfViewMiddleware"
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY=50 * "x", MIDDLEWARE=[csrf])
urlpatterns = [path("late/<path:path>", view(os.environ["PLACE"], log=os.environ["LOG"]))]
app = get_asgi_application()
if __name__ == "__main__":
    execute_from_command_line(sys.argv)
"""
SERVERS = {
    "flask": (FLASK, ["-m", "flask", "--app", "shop", "run", "--port", "PORT"]),
    "gunicorn": (FLASK, ["-m", "gunicorn", "--workers", "2", "--preload", "--bind", "127.0.0.1:PORT", "shop:app"]),
    "django": (DJANGO, ["shop.py", "runserver", "--noreload", "127.0.0.1:PORT"]),
    "uvicorn": (DJANGO, ["-m", "uvicorn", "--lifespan", "off", "--port", "PORT", "shop:app"]),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A packed version, away from its project."""
    (tmp_path / "home").mkdir()
    project(tmp_path / "home", monkeypatch)
    packing.pack(bundled(), project_store(), str(tmp_path / "m"))
    monkeypatch.chdir(tmp_path)
    return str(tmp_path / "m")


def status(url: str, method: str, token: str = TOKEN) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, b"{}" if method != "GET" else None, headers, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS)
def test_site_answers_and_refuses_as_the_version_does(server: str, place: str, tmp_path: Path) -> None:
    program, command = SERVERS[server]
    pytest.importorskip("flask" if program is FLASK else "django")
    pytest.importorskip(server)
    (tmp_path / "shop.py").write_text(program)
    told = {"PLACE": place, "LOG": str(tmp_path / "log.sqlite"), "PIPELINE_SERVE_TOKEN": TOKEN}
    with listening(tmp_path, sys.executable, *command, variables=told) as url:
        proof = conformance.require(conformance.over_http(f"{url}/late", TOKEN), packing.load(place), "the site")
        assert status(f"{url}/late/model", "GET", "another-token-of-ours")[0] == 401
        for path, method, wanted in (("model", "GET", 200), ("nowhere", "GET", 404), ("predict", "PUT", 405)):
            found, body = status(f"{url}/late/{path}", method)
            assert (found, type(json.loads(body))) == (wanted, dict)
    kept = [entry.inputs for entry, _ in Traffic(tmp_path / "log.sqlite").predictions()]
    golden = packing.load(place).manifest.golden
    assert proof.refusals
    assert [row for row in kept if row in golden][: len(golden)] == golden


def test_site_that_decides_itself_asks_for_no_token(place: str, tmp_path: Path) -> None:
    flask = pytest.importorskip("flask")
    from pipeline.serving.doors.flask import blueprint

    app = flask.Flask("shop")
    app.register_blueprint(blueprint(place, log=str(tmp_path / "log.sqlite"), guard="outside"))
    golden = packing.load(place).manifest.golden
    with app.test_client() as client:
        answer = client.post("/predict", json={"rows": golden[:2]}, base_url="https://shop.example")
        wrong = client.post("/predict", json={"rows": [{}]})
    assert (answer.status_code, wrong.status_code) == (200, 422)
    assert [entry.inputs for entry, _ in Traffic(tmp_path / "log.sqlite").predictions()] == golden[:2]


def test_site_is_refused_where_it_is_made_when_nobody_guards_it_or_nothing_is_packed(place: str) -> None:
    pytest.importorskip("flask")
    from pipeline.serving.doors.flask import blueprint

    with pytest.raises(SettingsError, match="whoever asks must know a token: set PIPELINE_SERVE_TOKEN"):
        blueprint(place, log="")
    with pytest.raises(ModelError, match="there is no bundle at"):
        blueprint(f"{place}/nowhere", log="", guard="outside")
