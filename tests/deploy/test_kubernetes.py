"""The folder for kustomize: what the tools of Kubernetes say of it, and what is asked of a cluster."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy import dockerd
from serving.served import bundled, project

from pipeline.deploy import releasing, target
from pipeline.deploy.target import Home, State, Target
from pipeline.errors import DeployError

pytestmark = pytest.mark.slow
CRONS = {"project": "registry.example.org/team/project:1", "namespace": "models"}
KINDS = ["Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return at(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Release once for all who look at the folder."""
    with pytest.MonkeyPatch.context() as patch:
        found = at(tmp_path_factory.mktemp("project"), patch)
        assert releasing.deploy(kubernetes(found, **CRONS), found, bundled()).state is State.WRITTEN
        yield found


def at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    shutil.copy(dockerd.LOCK, folder)
    root = project(folder, monkeypatch)
    return Home(root=root, folder=root / ".pipeline/deployments/m/kubernetes", model="m")


def kubernetes(home: Home, **options: object) -> Target:
    return target.declared({"kubernetes": options}).make(home, "kubernetes")


def test_folder_has_all_that_a_service_needs(written: Home) -> None:
    found = kubernetes(written, **CRONS).status()[0]
    assert (found.state, found.version) == (State.WRITTEN, 1)
    assert found.told["apply with"] == f"kubectl apply --kustomize {written.folder}/kustomize"
    files = {path.stem: yaml.safe_load(path.read_text()) for path in (written.folder / "kustomize").glob("*.yaml")}
    kinds = [each["kind"] for each in files.values()]
    assert sorted(kinds) == sorted([*KINDS, "CronJob", "CronJob", "Kustomization"])
    deployment = files["deployment"]["spec"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    pod, serve = deployment["template"]["spec"], deployment["template"]["spec"]["containers"][0]
    assert (pod["securityContext"]["runAsNonRoot"], serve["securityContext"]["readOnlyRootFilesystem"]) == (True, True)
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= serve.keys()
    assert shown(pod) == {"token": "PIPELINE_SERVE_TOKEN"}
    assert files["networkpolicy"]["spec"]["egress"] == []
    jobs = {name: files[name]["spec"]["jobTemplate"]["spec"]["template"]["spec"] for name in ("monitor", "retrain")}
    assert [each["containers"][0]["command"][-1] for each in jobs.values()] == ["monitor", "retrain"]
    with pytest.raises(DeployError, match="settings name no context of kubectl"):
        kubernetes(written, **CRONS).withdraw()


def shown(pod: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys of the Secret that a pod is shown, and as which files."""
    secret = next(each["secret"] for each in pod["volumes"] if each["name"] == "secrets")
    assert secret["secretName"] == "pipeline-serve"
    return {each["key"]: each["path"] for each in secret.get("items", [])}


def test_folder_says_that_pods_lose_their_log_when_settings_name_no_database(written: Home) -> None:
    lost = "neither monitor nor retrain sees what was answered"
    assert lost in kubernetes(written, **CRONS).status()[0].told["log"]
    assert lost in (written.folder / "kustomize" / "README.md").read_text()


@pytest.mark.parametrize(
    ("source", "keys", "ports"),
    [
        ("postgresql://log:[secret LOG_PASSWORD]@db/traffic", ["LOG_PASSWORD"], {"protocol": "TCP", "port": 5432}),
        ("postgresql://log@db:6543/traffic", [], {"protocol": "TCP", "port": 6543}),
        ("secret:LOG_URL", ["LOG_URL"], {"protocol": "TCP"}),
    ],
    ids=["password", "port", "whole"],
)
def test_pods_reach_the_database_of_the_log_and_know_its_secrets(
    home: Home, source: str, keys: list[str], ports: dict[str, object]
) -> None:
    settings = f'[tool.pipeline.serve]\ntraffic = "{source}"\nsensitive = {{town = "hash"}}\n'
    (home.root / "pyproject.toml").write_text(settings)
    found = releasing.deploy(kubernetes(home, **CRONS), home, bundled())
    assert found.told["log"] == f"{source}, which monitor and retrain read too."
    files = {path.stem: yaml.safe_load(path.read_text()) for path in (home.folder / "kustomize").glob("*.yaml")}
    pod = files["deployment"]["spec"]["template"]["spec"]
    assert {"name": "PIPELINE_SERVE_TRAFFIC", "value": source} in pod["containers"][0]["env"]
    named = [*keys, "PIPELINE_TRAFFIC_KEY"]
    assert shown(pod) == {"token": "PIPELINE_SERVE_TOKEN", **dict(zip(named, named, strict=True))}
    assert found.told["secrets with"].endswith(" ".join(f"--from-file={key}=FILE" for key in ("token", *named)))
    names, database = files["networkpolicy"]["spec"]["egress"]
    assert [each["port"] for each in names["ports"]] == [53, 53]
    assert database["ports"] == [ports]
    job = files["monitor"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert shown(job) == {}  # all that there are
    assert {"name": "PIPELINE_SECRETS", "value": "/etc/pipeline/secrets"} in job["containers"][0]["env"]
    itself(home)


def test_kubernetes_itself_finds_nothing_wrong(written: Home) -> None:
    itself(written)


def itself(home: Home) -> None:
    pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed here")
    folder, others = home.folder / "kustomize", {"kustomization", "servicemonitor"}
    ours = [str(path) for path in folder.glob("*.yaml") if path.stem not in others]
    done = subprocess.run(
        [sys.executable, "-m", "kubernetes_validate", "--strict", *ours], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_kustomize_puts_it_together(written: Home) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here")
    asked = ["kubectl", "kustomize", str(written.folder / "kustomize")]
    built = list(yaml.safe_load_all(subprocess.run(asked, capture_output=True, text=True, check=True).stdout))
    assert sorted(each["kind"] for each in built) == sorted([*KINDS, "CronJob", "CronJob"])
    assert {each["metadata"]["namespace"] for each in built} == {"models"}
    assert {each["metadata"]["labels"]["app.kubernetes.io/part-of"] for each in built} == {"pipeline"}


CLUSTER = """#!/bin/sh
echo "$@" >> "$CLUSTER/asked"
case "$*" in
*" get "*) cat "$CLUSTER/deployment.json" ;;
*" rollout "*) [ ! -e "$CLUSTER/stuck" ] || { echo stuck >&2; exit 1; } ;;
esac
"""


def test_cluster_is_asked_to_apply_and_to_wait_and_how_it_is(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kubectl").write_text(CLUSTER)
    (tmp_path / "bin" / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("CLUSTER", str(tmp_path))
    there = kubernetes(home, context="far")
    assert there.status() == ()
    with pytest.raises(DeployError, match="'m' was never released to kubernetes"):
        there.withdraw()
    build = releasing.build(there, home, bundled())
    assert not list((home.folder / "kustomize").glob("monitor.*"))  # no image of the project is named
    assert there.release(build).state is State.READY
    folder, at = home.folder / "kustomize", "--context far --namespace default"
    rollout = f"{at} rollout status deployment/pipeline-m --timeout=300s"
    assert (tmp_path / "asked").read_text().splitlines() == [f"{at} apply --kustomize {folder}", rollout]
    for ready, updated, state in (
        (2, 2, State.READY),
        (1, 2, State.STARTING),
        (2, 1, State.STARTING),
        (0, 0, State.FAILING),
    ):
        told = {"spec": {"replicas": 2}, "status": {"readyReplicas": ready, "updatedReplicas": updated}}
        (tmp_path / "deployment.json").write_text(json.dumps(told))
        assert there.status()[0].state is state
    (tmp_path / "deployment.json").write_text("")
    assert there.status()[0].state is State.GONE
    (tmp_path / "stuck").touch()
    with pytest.raises(DeployError, match="`kubectl rollout` failed: stuck"):
        there.release(build)
    assert there.withdraw().state is State.WITHDRAWN
    assert there.status()[0].state is State.WITHDRAWN
