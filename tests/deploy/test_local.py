"""A supervised process: real ones, under load, killed, replaced and withdrawn."""

import http.client
import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from deploy.load import Load
from serving.served import bundled, project, promote

from pipeline.deploy import conformance, releasing, standing, target
from pipeline.deploy.target import Build, Deployment, Home, Proof, State, Target
from pipeline.errors import DeployError
from pipeline.serving import packing
from pipeline.serving.bundle import Manifest
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


@pytest.fixture
def home(root: Path) -> Home:
    return Home(root=root, folder=root / ".pipeline/deployments/m/local", model="m")


@pytest.fixture
def local(home: Home) -> Iterator[Target]:
    found = target.declared({"local": {"port": 0, "patience_s": 300.0}}).make(home, "local")
    yield found
    if standing.is_alive(home.folder):
        found.withdraw()


def built(home: Home, manifest: Manifest) -> Build:
    """Pack a version as `releasing` does, without the seconds that its proof takes."""
    place = str(home.packed(manifest.version, manifest.digest))
    packing.pack(manifest, project_store(), place)
    named = {"model": manifest.name, "bundle": manifest.digest}
    return Build(target="local", version=manifest.version, **named, place=place, proof=Proof(golden=0, refusals=0))


def waited(looked: Callable[[], bool]) -> None:
    until = time.monotonic() + 300
    while not looked():
        assert time.monotonic() < until
        time.sleep(0.05)


def logged(root: Path) -> int:
    with closing(sqlite3.connect(root / ".pipeline/traffic/m.sqlite")) as file:
        return int(file.execute("SELECT count(*) FROM predictions").fetchone()[0])


def test_release_takes_over_without_a_failed_request_when_it_is_under_load(
    local: Target, home: Home, root: Path
) -> None:
    first, second, third = (bundled(version) for version in (1, 2, 3))
    before = releasing.deploy(local, home, first)
    assert (before.state, before.version) == (State.READY, 1)
    assert logged(root) == 0
    with Load(before.url, first) as load:
        waited(lambda: len(load.versions) > 50)
        for manifest in (second, third):
            after = local.release(built(home, manifest))
            assert (after.url, after.version) == (before.url, manifest.version)
            asked = len(load.versions)
            waited(lambda: len(load.versions) > asked + 50)  # noqa: B023 - it is called at once
        waited(lambda: set(load.versions[-20:]) == {3})
    assert load.failures == []
    assert set(load.versions) == {1, 2, 3}
    assert logged(root) == 3 * len(load.versions)
    assert after.told["pid"] != before.told["pid"]
    assert after.told["supervisor"] == before.told["supervisor"]


def test_process_that_is_killed_is_started_again(local: Target, home: Home) -> None:
    manifest = bundled()
    before = local.release(built(home, manifest))
    for restarts in (1, 2):
        os.kill(int(local.status()[0].told["pid"]), signal.SIGKILL)
        waited(lambda: local.status()[0].told["restarts"] == str(restarts))  # noqa: B023 - it is called at once
    after = local.status()[0]
    assert (after.state, after.url) == (State.READY, before.url)
    status, said = conformance.over_http(after.url)({"rows": manifest.golden[:1]})
    assert (status, said["version"]) == (200, 1)


def test_version_that_does_not_come_up_leaves_the_one_before(local: Target, home: Home) -> None:
    first, second = bundled(1), bundled(2)
    before, build = local.release(built(home, first)), built(home, second)
    model = next(path for path in Path(build.place).rglob("*") if path.is_file() and path.name != "bundle.json")
    model.chmod(0o644)
    model.write_bytes(b"")
    with pytest.raises(DeployError, match=r"(?s)what answered before goes on: .* did not come up .*was changed"):
        local.release(build)
    now = local.status()[0]
    assert (now.state, now.version, now.told["pid"]) == (State.READY, 1, before.told["pid"])
    assert "was changed" in now.told["failure"]
    assert conformance.over_http(now.url)({"rows": first.golden[:1]})[0] == 200


def test_withdrawn_process_finishes_what_was_begun_and_answers_no_more(local: Target, home: Home) -> None:
    manifest = bundled()
    before = local.release(built(home, manifest))
    body = json.dumps({"rows": manifest.golden[:1]}).encode()
    with closing(http.client.HTTPConnection(urlsplit(before.url).netloc, timeout=60)) as line:
        line.putrequest("POST", "/predict")
        line.putheader("Content-Type", "application/json")
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(body[:5])
        withdrawing = threading.Thread(target=local.withdraw)
        withdrawing.start()
        waited(lambda: conformance.over_http(before.url)({"rows": []})[0] == 0)
        line.send(body[5:])
        answer = line.getresponse()
        assert answer.status == 200
    withdrawing.join()
    assert local.status()[0].state is State.WITHDRAWN
    with pytest.raises(DeployError, match="no process of 'm' is supervised on this machine"):
        local.withdraw()


def test_status_tells_that_it_is_gone_when_the_supervisor_was_killed(local: Target, home: Home) -> None:
    assert local.status() == ()
    before: Deployment = local.release(built(home, bundled()))
    os.kill(int(before.told["supervisor"]), signal.SIGKILL)
    waited(lambda: local.status()[0].state is State.GONE)
    with suppress(ProcessLookupError):
        waited(lambda: os.kill(int(before.told["pid"]), 0) is not None)
    after = local.release(built(home, bundled()))
    assert (after.state, after.told["supervisor"] != before.told["supervisor"]) == (State.READY, True)


def test_release_is_refused_when_the_address_is_taken(local: Target, home: Home, root: Path) -> None:
    promote(bundled())
    before = local.release(built(home, bundled()))
    port = urlsplit(before.url).port
    other = Home(root=root, folder=root / "other", model="m")
    with pytest.raises(DeployError, match=rf"cannot listen at 127.0.0.1:{port}: Address already in use"):
        target.declared({"local": {"port": port}}).make(other, "local").release(built(other, bundled()))
