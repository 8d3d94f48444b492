"""The service in its own process with its log in PostgreSQL: what was answered is there, whoever dies meanwhile."""

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import postgres
import pytest
import waiting
from serving.calling import Running, ask, running
from serving.served import bundled, project, promote

from pipeline.serving import logbook, terms

if TYPE_CHECKING:
    from pipeline.serving.traffic import Traffic

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[postgres.Cluster]:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", postgres.SECRET)
    with postgres.cluster() as found:
        project(tmp_path, monkeypatch)
        with (tmp_path / "pyproject.toml").open("a") as file:
            file.write(f'[tool.pipeline.serve]\ntraffic = "{found.address}"\nsensitive = {{ town = "drop" }}\n')
        yield found


def log(cluster: postgres.Cluster) -> "closing[Traffic]":
    return closing(logbook.reading("m", terms.read({"traffic": cluster.address})))


@contextmanager
def load(service: Running, row: dict[str, Any]) -> Iterator[list[tuple[int, Any]]]:
    """Ask without pause from several sides, and keep what was heard."""
    heard: list[tuple[int, Any]] = []
    over = threading.Event()

    def go() -> None:
        while not over.is_set():
            with service.connect() as line, suppress(OSError, http.client.HTTPException):
                while not over.is_set():
                    heard.append(ask(line, "POST", "/predict", {"rows": [row]}))

    askers = [threading.Thread(target=go) for _ in range(8)]
    for each in askers:
        each.start()
    try:
        yield heard
    finally:
        over.set()
        for each in askers:
            each.join()


def test_nothing_answered_is_missing_when_the_database_goes_away_and_comes_back_and_the_service_is_killed(
    cluster: postgres.Cluster, tmp_path: Path
) -> None:
    manifest = bundled()
    promote(manifest)
    with running(tmp_path) as service, load(service, manifest.golden[0]) as heard:
        waiting.until(lambda: len(heard) > 100)
        cluster.stop()
        waiting.until(lambda: heard[-1][0] == 503)
        assert heard[-1][1] == {"error": "the log of predictions cannot be used, so nothing is answered"}
        assert service.ask("GET", "/health/ready")[0] == 503
        assert service.ask("GET", "/health/live")[0] == 200
        cluster.start()
        waiting.until(lambda: heard[-1][0] == 200)
        assert service.ask("GET", "/health/ready")[0] == 200
        count = len(heard)
        waiting.until(lambda: len(heard) > count + 100)
        with log(cluster) as reading:
            waiting.until(lambda: 503 in {each.status for each in reading.requests() if each.route == "/predict"})
        service.process.kill()
    assert {status for status, _ in heard} == {200, 503}
    with log(cluster) as reading:
        kept = {entry.id: entry for entry, _ in reading.predictions()}
    told = [said["predictions"][0]["id"] for status, said in heard if status == 200]
    assert len(told) > 200
    assert set(told) <= kept.keys()
    assert max(Counter(told).values()) == 1
    assert all("town" not in entry.inputs and "size" in entry.inputs for entry in kept.values())


def test_service_is_ready_again_once_the_database_is_though_nobody_asks(
    cluster: postgres.Cluster, tmp_path: Path
) -> None:
    manifest = bundled()
    promote(manifest)
    with running(tmp_path) as service:
        cluster.stop()
        assert service.ask("POST", "/predict", {"rows": manifest.golden[:1]})[0] == 503
        assert service.ask("GET", "/health/ready")[0] == 503
        cluster.start()
        waiting.until(lambda: service.ask("GET", "/health/ready")[0] == 200)
        assert service.ask("POST", "/predict", {"rows": manifest.golden[:1]})[0] == 200
        service.process.terminate()
        assert service.process.wait(60) == 0
    with log(cluster) as reading:
        ended = Counter({(each.route, each.status): each.count for each in reading.requests()})
    assert ended["/predict", 503] == ended["/predict", 200] == 1
