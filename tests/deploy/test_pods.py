"""What is written for Kubernetes, played as a pod by podman."""

import base64
import json
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy import dockerd
from deploy.podman import alone, podman
from serving.served import bundled, project

from pipeline.deploy import conformance, releasing, target
from pipeline.deploy.target import Home, State
from pipeline.serving import access

pytestmark = pytest.mark.slow
TOKEN = "of-nobody-but-this-test"  # noqa: S105 - it is asked for on this machine alone


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    with alone() as found:
        for name, value in found.items():
            monkeypatch.setenv(name, value)
        yield found


def test_pod_serves_what_is_written_for_kubernetes(
    places: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(dockerd.LOCK, tmp_path)
    root = project(tmp_path, monkeypatch)
    home = Home(root=root, folder=root / ".pipeline/deployments/m/kubernetes", model="m")
    options = {"program": "podman", "network": "host", "wheels": str(dockerd.wheels(root))}
    manifest = bundled()
    found = releasing.deploy(target.declared({"kubernetes": options}).make(home, "kubernetes"), home, manifest)
    assert found.state is State.WRITTEN
    played, port = tmp_path / "pod.yaml", free_port()
    url = f"http://127.0.0.1:{port}"
    deployment = in_the_hosts_network((home.folder / "kustomize" / "deployment.yaml").read_text(), port)
    played.write_text(yaml.safe_dump_all([secret(deployment), deployment]))
    done = podman(places, "kube", "play", "--network=host", str(played))
    assert done.returncode == 0, done.stderr
    name = podman(places, "ps", "--format", "{{.Names}}", "--filter", "name=serve").stdout.strip()
    try:
        wait_until_ready(places, name, url)
        token = podman(places, "exec", name, "cat", f"/etc/pipeline/secrets/{access.TOKEN}").stdout  # not all decode it
        status, said = conformance.over_http(url, token)({"rows": manifest.golden})
        assert (status, said.get("version"), len(said.get("predictions", ()))) == (200, 1, len(manifest.golden))
        assert conformance.over_http(url, "of-somebody-else-altogether")({"rows": manifest.golden[:1]})[0] == 401
        assert podman(places, "exec", name, "id", "-u").stdout.strip() == "10001"
        assert "Read-only file system" in podman(places, "exec", name, "touch", "/bundle/x").stderr
    finally:
        podman(places, "kube", "down", str(played))
    assert json.loads(podman(places, "ps", "--format", "json").stdout) == []


def free_port() -> int:
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        return int(trying.getsockname()[1])


def in_the_hosts_network(text: str, port: int) -> dict[str, Any]:
    """Take a port that is free: in the host's network there is one of each, and none is mapped to another."""
    deployment: dict[str, Any] = yaml.safe_load(text.replace("port: http", f"port: {port}").replace("8080", str(port)))
    del deployment["spec"]["template"]["spec"]["containers"][0]["ports"]
    return deployment


def secret(deployment: dict[str, Any]) -> dict[str, Any]:
    """Make what the folder's README says to make with kubectl; podman shows its keys by their own names."""
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    name = next(each["secret"]["secretName"] for each in volumes if "secret" in each)
    data = {access.TOKEN: base64.b64encode(TOKEN.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def wait_until_ready(places: dict[str, str], name: str, url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"{url}/health/ready"):  # noqa: S310 - loopback
            return
        time.sleep(0.5)
    logs = podman(places, "logs", name)
    raise AssertionError((logs.stdout + logs.stderr)[-2000:])
