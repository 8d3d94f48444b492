"""An image that is built and run by a real daemon, or the folder of one where there is none."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import postgres
import pytest
import yaml
from deploy import dockerd
from deploy.load import Load
from serving.served import bundled, project

from pipeline.deploy import conformance, releasing, target
from pipeline.deploy.target import Build, Deployment, Home, Proof, State, Target
from pipeline.errors import DeployError, SecretError, SettingsError
from pipeline.serving import logbook, packing
from pipeline.serving.bundle import Manifest
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow
TOKEN = "of-nobody-but-this-test"  # noqa: S105 - it is asked for on this machine alone


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(dockerd.LOCK, tmp_path)
    return project(tmp_path, monkeypatch)


@pytest.fixture
def home(root: Path) -> Home:
    return Home(root=root, folder=root / ".pipeline/deployments/m/container", model="m")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with dockerd.running() as found:
        yield found


@pytest.fixture
def daemon(address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DOCKER_HOST", address)
    return address


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


@pytest.fixture
def network(daemon: str) -> Iterator[str]:
    """Make a network in which a port of this machine has one owner."""
    name = f"pipeline-{os.getpid()}"
    asked = ["docker", "--host", daemon, "network"]
    subprocess.run([*asked, "create", name], check=True, capture_output=True)
    yield name
    subprocess.run([*asked, "rm", name], check=True, capture_output=True)


def free_port() -> int:
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        return int(trying.getsockname()[1])


def broken(home: Home, manifest: Manifest) -> Build:
    """Say that an image was proven, and lose what it serves."""
    place = home.packed(manifest.version, manifest.digest)
    packing.pack(manifest, project_store(), str(place), home.terms)
    (place / "bundle.json").write_text("{}")
    image = f"pipeline-m:1-{target.short(bundled(1).digest)}"
    proof = Proof(golden=0, refusals=0)
    named = {"model": manifest.name, "version": manifest.version, "bundle": manifest.digest}
    return Build(target="container", **named, place=image, proof=proof)


@pytest.mark.usefixtures("daemon")
def test_container_serves_read_only_and_without_root_and_comes_back_when_it_is_killed(root: Path, home: Home) -> None:
    there = container(home, network="host", wheels=str(dockerd.wheels(root)))
    first = bundled(1)
    found = releasing.deploy(there, home, first)
    assert (found.state, found.version) == (State.READY, 1)
    assert answers(found, first)
    assert within(found, "id", "-u").stdout.strip() == "10001"
    for place in ("/bundle", "/opt/app", "/etc"):
        assert "Read-only file system" in within(found, "touch", f"{place}/x").stderr
    os.kill(int(found.told["pid"]), signal.SIGKILL)
    waited(ready(there, 1))
    assert answers(found, first)
    assert there.withdraw().state is State.WITHDRAWN
    assert there.status() == ()
    with pytest.raises(DeployError, match="there is no container 'pipeline-m' here"):
        there.withdraw()


@pytest.mark.usefixtures("daemon")
def test_container_follows_another_without_a_failed_request_when_it_is_under_load(root: Path, home: Home) -> None:
    options = {"network": "host", "port": free_port(), "bundle": "mounted", "wheels": str(dockerd.wheels(root))}
    there = container(home, **options)
    first, second, third = (bundled(version) for version in (1, 2, 3))
    found = releasing.deploy(there, home, first)
    with Load(found.url, first) as load:
        waited(lambda: len(load.versions) > 50)
        with pytest.raises(DeployError, match=r"did not come up, and what answered before goes on: .*bundle\.json"):
            there.release(broken(home, second))
        assert there.status()[0].told["container"] == found.told["container"]
        subprocess.run(["docker", "rename", "pipeline-m", "pipeline-m-before"], check=True)  # a release was interrupted
        after = releasing.deploy(there, home, third)
        waited(lambda: load.versions[-20:] == 20 * [3])
    assert load.failures == []
    assert set(load.versions) == {1, 3}
    assert (after.url, after.version) == (found.url, 3)
    there.withdraw()


def test_container_shows_that_it_comes_up_before_the_port_is_its_own(
    root: Path, home: Home, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"network": network, "port": free_port(), "bundle": "mounted", "wheels": str(dockerd.wheels(root))}
    there = container(home, **options)
    first, second, third = (bundled(version) for version in (1, 2, 3))
    with pytest.raises(SettingsError, match="whoever asks a container has to know a token"):
        releasing.deploy(there, home, first)
    monkeypatch.setenv("PIPELINE_SERVE_TOKEN", TOKEN)
    found = releasing.deploy(there, home, first)
    with Load(found.url, first, TOKEN) as load:
        waited(lambda: len(load.versions) > 50)
        with pytest.raises(DeployError, match=r"did not come up, and what answered before goes on: .*bundle\.json"):
            there.release(broken(home, second))
        assert load.failures == []
        after = releasing.deploy(there, home, third)
        waited(lambda: load.versions[-20:] == 20 * [3])
    assert load.gap_s < 120  # of one start
    assert (after.url, after.version) == (found.url, 3)
    there.withdraw()


def test_containers_and_pods_write_the_log_that_settings_name(
    root: Path, home: Home, daemon: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, secrets = free_port(), {"PIPELINE_SERVE_TOKEN": TOKEN, "PIPELINE_TRAFFIC_KEY": "what-nobody-else-hashes-with"}
    with postgres.cluster(free_port()) as server:
        log = f'traffic = "{server.address}"\nsensitive = {{ town = "hash" }}\n'
        (root / "pyproject.toml").write_text(f"[tool.pipeline]\n[tool.pipeline.serve]\n{log}")
        options = {"network": "host", "wheels": str(dockerd.wheels(root))}
        there, manifest, pods = container(home, **options), bundled(), replace(home, folder=home.folder / "pods")
        written = releasing.deploy(target.declared({"kubernetes": options}).make(pods, "kubernetes"), pods, manifest)
        build = releasing.build(there, home, manifest)  # neither asks for a secret
        with pytest.raises(SecretError, match="there is no secret 'WAREHOUSE_PASSWORD'"):
            there.release(build)
        assert server.address in written.told["log"]
        for name, value in (secrets := {**secrets, "WAREHOUSE_PASSWORD": postgres.SECRET}).items():
            monkeypatch.setenv(name, value)
        found = there.release(build)
        assert answers(found, manifest)
        pod(pods.folder / "kustomize", daemon, root, {"PIPELINE_SERVE_PORT": str(port)}, secrets)
        at = replace(found, url=f"http://127.0.0.1:{port}")
        waited(lambda: answers(at, manifest))
        subprocess.run(["docker", "rm", "--force", "pod"], check=True, capture_output=True)
        with closing(logbook.reading("m", home.terms)) as traffic:
            rows = [each.prediction.inputs for each in traffic.answered()]
        assert [rows[0], len(rows)] == [rows[1], 2]
        assert str(rows[0]["town"]).startswith("hmac:")
        told = subprocess.run(["docker", "image", "inspect", build.place], capture_output=True, text=True, check=True)
        kept = [path.read_text() for path in (pods.folder / "kustomize").iterdir()]
        assert not [value for value in secrets.values() if value in "".join([told.stdout, *kept])]
        there.withdraw()


def pod(folder: Path, daemon: str, root: Path, variables: dict[str, str], secrets: dict[str, str]) -> None:
    """Run what the folder says that a pod shall run, with a Secret of these values."""
    spec = yaml.safe_load((folder / "deployment.yaml").read_text())["spec"]["template"]["spec"]
    serve, secret = spec["containers"][0], next(each["secret"] for each in spec["volumes"] if "secret" in each)
    shown = root / "shown"
    shown.mkdir()
    for item in secret["items"]:
        (shown / item["path"]).write_text(secrets.get(item["key"], TOKEN))
    at = next(each["mountPath"] for each in serve["volumeMounts"] if each["name"] == "secrets")
    given = {each["name"]: each["value"] for each in serve["env"]} | variables
    told = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
    asked = ["docker", "--host", daemon, "run", "--detach", "--name", "pod", "--read-only", "--network", "host"]
    subprocess.run([*asked, "--volume", f"{shown}:{at}:ro", *told, serve["image"]], check=True, capture_output=True)


def answers(found: Deployment, manifest: Manifest) -> bool:
    status, said = conformance.over_http(found.url, TOKEN)({"rows": manifest.golden[:1]})
    return (status, said.get("version")) == (200, manifest.version)


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
