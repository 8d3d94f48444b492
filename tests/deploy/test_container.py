"""An image that is built and run by a real daemon, or the folder of one where there is none."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deploy import dockerd
from serving.served import bundled, project

from pipeline.deploy import conformance, releasing, target
from pipeline.deploy.target import Deployment, Home, State, Target
from pipeline.errors import DeployError
from pipeline.serving.bundle import Manifest

pytestmark = pytest.mark.slow


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(dockerd.LOCK, tmp_path)
    return project(tmp_path, monkeypatch)


@pytest.fixture
def home(root: Path) -> Home:
    return Home(root=root, folder=root / ".pipeline/deployments/m/container", model="m")


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with dockerd.running() as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        yield


def container(home: Home, **options: object) -> Target:
    return target.declared({"container": {"port": 0, **options}}).make(home, "container")


def ready(there: Target, restarts: int) -> Callable[[], bool]:
    def look() -> bool:
        found = there.status()[0]
        return (found.state, found.told["restarts"]) == (State.READY, str(restarts))

    return look


def waited(looked: Callable[[], bool]) -> None:
    until = time.monotonic() + 300
    while not looked():
        assert time.monotonic() < until
        time.sleep(0.5)


def within(found: Deployment, *command: str) -> "subprocess.CompletedProcess[str]":
    asked = ["docker", "exec", found.told["container"], *command]
    return subprocess.run(asked, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("daemon")
def test_container_serves_read_only_and_without_root_and_comes_back_when_it_is_killed(root: Path, home: Home) -> None:
    there = container(home, network="host", wheels=str(dockerd.wheels(root)))
    first, second = bundled(1), bundled(2)
    found = releasing.deploy(there, home, first)
    assert (found.state, found.version) == (State.READY, 1)
    assert answers(found, first)
    assert within(found, "id", "-u").stdout.strip() == "10001"
    for place in ("/bundle", "/opt/app", "/etc"):
        assert "Read-only file system" in within(found, "touch", f"{place}/x").stderr
    os.kill(int(found.told["pid"]), signal.SIGKILL)
    waited(ready(there, 1))
    assert answers(found, first)
    after = releasing.deploy(there, home, second)
    assert (after.state, after.version, after.told["container"] != found.told["container"]) == (State.READY, 2, True)
    assert answers(after, second)
    assert there.withdraw().state is State.WITHDRAWN
    assert there.status() == ()
    with pytest.raises(DeployError, match="there is no container 'pipeline-m' here"):
        there.withdraw()


def answers(found: Deployment, manifest: Manifest) -> bool:
    status, said = conformance.over_http(found.url)({"rows": manifest.golden[:1]})
    return (status, said["version"]) == (200, manifest.version)


def test_folder_is_written_and_its_bundle_proven_where_there_is_no_daemon(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    there = container(home, base="example.org/python:3.11", bundle="mounted")
    found = releasing.deploy(there, home, bundled())
    folder = home.folder / "build"
    assert (found.state, found.url) == (State.WRITTEN, "")
    assert str(folder) in found.told["build with"]
    wanted = {"Containerfile", "requirements.txt", "wheels", "pipeline", "bundle"}
    assert {path.name for path in folder.iterdir()} == wanted
    text = (folder / "Containerfile").read_text()
    assert text.count("FROM example.org/python:3.11") == 2
    assert "USER 10001:10001" in text
    assert "COPY bundle" not in text
    pins = [line.partition("==")[0] for line in (folder / "requirements.txt").read_text().splitlines() if "==" in line]
    assert {"uvicorn", "scikit-learn", "skops"} <= set(pins)
    assert not {"mlflow", "papermill", "nbclient", "jupyterlab", "pytest"} & set(pins)


def test_image_is_not_built_of_other_libraries_than_were_proven(home: Home) -> None:
    lock = home.root / "requirements.lock"
    manifest = bundled()
    lock.write_text(lock.read_text().replace("uvicorn==", "uvicorn==9"))
    with pytest.raises(DeployError, match=r"uvicorn [\d.]+ is installed here, and the lock in .* says 9[\d.]+"):
        releasing.build(container(home), home, manifest)
    lock.unlink()
    with pytest.raises(DeployError, match=r"has neither uv.lock nor requirements.lock"):
        releasing.build(container(home), home, manifest)
    with pytest.raises(DeployError, match=r"there is no folder of wheels at .*/nowhere"):
        releasing.build(container(home, wheels="nowhere"), home, manifest)
