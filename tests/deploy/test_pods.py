"""What is written for Kubernetes, played as a pod by podman, which builds its image too."""

import base64
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy import dockerd
from deploy.podman import alone, podman
from serving.served import bundled, project
from waiting import free_port, until

from pipeline.deploy import conformance, context, releasing, target
from pipeline.deploy.containers import Containers
from pipeline.deploy.target import Home, State
from pipeline.serving import access

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own")]
TOKEN = "of-nobody-but-this-test"  # noqa: S105 - it is asked for on this machine alone
IN_TWO = "import time; print('it is', end=' '); print('up', end=''); time.sleep(1); print()"


@pytest.fixture(scope="module")
def own() -> Iterator[None]:
    with alone():
        yield


def test_pod_serves_what_is_written_for_kubernetes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(dockerd.LOCK, tmp_path)
    root = project(tmp_path, monkeypatch)
    home = Home(root=root, folder=root / ".pipeline/deployments/m/kubernetes", model="m")
    options = {"program": "podman", "network": "host", "wheels": str(dockerd.wheels(root))}
    manifest = bundled()
    found = releasing.deploy(target.declared({"kubernetes": options}).make(home, "kubernetes"), home, manifest)
    assert found.state is State.WRITTEN
    played, port = tmp_path / "pod.yaml", free_port()
    deployment = in_the_hosts_network((home.folder / "kustomize" / "deployment.yaml").read_text(), port)
    played.write_text(yaml.safe_dump_all([secret(deployment), deployment]))
    done, url = podman("kube", "play", "--network=host", str(played)), f"http://127.0.0.1:{port}"
    name = podman("ps", "--format", "{{.Names}}", "--filter", "name=serve").stdout.strip()
    try:
        assert done.returncode == 0, done.stderr
        wait_until_ready(name, url)
        token = podman("exec", name, "cat", f"/etc/pipeline/secrets/{access.TOKEN}").stdout  # not all decode it
        golden = conformance.Golden(manifest.name, manifest.version, manifest.golden, manifest.predictions)
        conformance.require_golden(conformance.over_http(url, token), golden, "a pod")
        for nobodys in ("", "of-somebody-else-altogether"):
            assert conformance.over_http(url, nobodys)({"rows": manifest.golden[:1]})[0] == 401
        assert podman("exec", name, "id", "-u").stdout.strip() == "10001"
        for place in ("/bundle", "/opt/app", "/etc"):
            assert "Read-only file system" in podman("exec", name, "touch", f"{place}/x").stderr
    finally:
        podman("kube", "down", str(played))
    assert podman("ps", "--all", "--quiet").stdout + podman("pod", "ps", "--quiet").stdout == ""
    assert not is_ready(url)


def test_what_a_container_said_is_known_when_a_line_was_written_in_two() -> None:
    there = Containers(program="podman", network="host")
    name = there.run(context.base(), [], {}, ["/usr/bin/python3", "-uc", IN_TWO])
    there.do("wait", name)
    assert there.said(name) == "it is up"
    there.remove(name)


def test_container_says_since_when_it_runs_where_clocks_are_not_at_utc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    labels = {"model": "m", "version": "1", "bundle": "sha256:0", "url": "http://127.0.0.1:8080"}
    told = [word for key, value in labels.items() for word in ("--label", f"pipeline.{key}={value}")]
    podmans = Containers(program="podman", network="host")
    podmans.run(context.base(), ["--name", "pipeline-m", "--stop-signal", "KILL", *told], {}, ["/usr/bin/sleep", "60"])
    home = Home(root=tmp_path, folder=tmp_path, model="m")
    found = target.declared({"container": {"program": "podman"}}).make(home, "container").status()[0]
    podmans.remove("pipeline-m")
    assert timedelta() <= datetime.now(UTC) - found.since < timedelta(minutes=1)


def in_the_hosts_network(text: str, port: int) -> dict[str, Any]:
    """Take a port that is free: in the host's network there is one of each, and none is mapped to another."""
    deployment: dict[str, Any] = yaml.safe_load(text.replace("port: http", f"port: {port}").replace("8080", str(port)))
    del deployment["spec"]["template"]["spec"]["containers"][0]["ports"]
    return deployment


def secret(deployment: dict[str, Any]) -> dict[str, Any]:
    """Make what the folder's README says to make with kubectl; podman 4 shows its keys by their own names."""
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    name = next(each["secret"]["secretName"] for each in volumes if "secret" in each)
    data = dict.fromkeys(("token", access.TOKEN), base64.b64encode(TOKEN.encode()).decode())
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def wait_until_ready(name: str, url: str) -> None:
    try:
        until(lambda: is_ready(url))
    except AssertionError:
        raise AssertionError(podman("logs", name)) from None


def is_ready(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{url}/health/ready"):  # noqa: S310 - loopback
        return True
    return False
