"""Kubernetes: a folder for kustomize that serves one version, grows with what is asked, and is replaced with no gap."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from pydantic import Field

from pipeline.data import addresses
from pipeline.deploy import records
from pipeline.deploy.target import Build, Deployment, Home, Options, Packed, State
from pipeline.deploy.targets import container
from pipeline.deploy.targets.container import Imaged
from pipeline.errors import DeployError
from pipeline.serving.access import TOKEN

_TEMPLATES = Path(__file__).parents[1] / "templates" / "kubernetes"
_SERVING = (
    "deployment",
    "service",
    "horizontalpodautoscaler",
    "poddisruptionbudget",
    "networkpolicy",
    "servicemonitor",
)
_FILE = "/var/lib/pipeline/traffic.sqlite"  # as in the image
_POSTGRES = 5432


class Jobs(Options):
    """`[tool.pipeline.deploy.kubernetes.jobs]`: when each command runs, as cron says it, in UTC."""

    monitor: str = Field("*/15 * * * *", min_length=9, description="when it is looked what the service did")
    retrain: str = Field("0 4 * * *", min_length=9, description="when it is looked whether a new model is needed")


class Kubernetes(Imaged):
    """`[tool.pipeline.deploy.kubernetes]`."""

    context: str = Field("", description="context of kubectl that is released to; empty: the folder is only written")
    namespace: str = Field("default", pattern=r"^[a-z0-9-]+$", description="where it is released to")
    least: int = Field(2, ge=1, description="fewest pods")
    most: int = Field(6, ge=1, description="most pods")
    cpu: str = Field("500m", pattern=r"^\d+m?$", description="processor time of a pod")
    memory: str = Field("1Gi", pattern=r"^\d+[KMG]i$", description="memory of a pod")
    secret: str = Field("pipeline-serve", pattern=r"^[a-z0-9.-]+$", description="Secret whose key `token` callers know")
    claim: str = Field(
        "pipeline-state", pattern=r"^[a-z0-9.-]+$", description="PersistentVolumeClaim that the CronJobs keep state in"
    )
    project: str = Field("", description="image of the whole project, for the CronJobs; empty: there are none")
    jobs: Jobs = Field(Jobs(), description="when each CronJob runs")
    job_memory: str = Field("4Gi", pattern=r"^\d+[KMG]i$", description="memory of a CronJob")


class Here:
    """The target."""

    options = Kubernetes

    def __init__(self, home: Home, options: Kubernetes) -> None:
        self._home, self._options = home, options
        self._name = container.named(home.model)
        self._folder = home.folder / "kustomize"
        shared = {name: getattr(options, name) for name in Imaged.model_fields}
        self._image = container.Here(home, container.Container(**shared))

    def build(self, packed: Packed) -> Build:
        """Build and prove the image as the target `container` does, and write the folder."""
        image = self._image.build(packed)
        manifest, terms = packed.reference.manifest, self._home.terms
        made = Build.of(packed, "kubernetes", str(self._folder), image.proof)
        words = {
            **{name: str(value) for name, value in self._options.model_dump().items()},
            **_logging(terms.traffic),
            "steps": "\n".join(self._steps(made).values()),
            "keys": ", ".join(f"`{key}`" for key in ("token", *terms.secrets)),
            "items": "\n".join([_item("token", TOKEN), *(_item(name, name) for name in terms.secrets)]),
            "title": manifest.title,
            "name": self._name,
            "model": manifest.name,
            "version": str(manifest.version),
            "digest": manifest.digest,
            "image": self._image.tag(manifest.version, manifest.digest),
        }
        _write(self._folder, dict(self._files(words)))
        return made

    def _files(self, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield each file's name and text."""
        for name in _SERVING:
            yield f"{name}.yaml", _filled(name, words)
        jobs: dict[str, str] = self._options.jobs.model_dump() if self._options.project else {}
        for command, schedule in jobs.items():
            yield f"{command}.yaml", _filled("cronjob", {**words, "command": command, "schedule": schedule})
        yield "README.md", Template((_TEMPLATES / "README.md").read_text(encoding="utf-8")).substitute(words)
        names = [f"  - {name}.yaml" for name in (*_SERVING, *jobs)]
        yield "kustomization.yaml", _filled("kustomization", {**words, "resources": "\n".join(names)})

    def release(self, build: Build) -> Deployment:
        """Put the folder in force and wait until every pod is of this version; without a context, say how to."""
        made = Deployment(
            target="kubernetes",
            model=build.model,
            version=build.version,
            bundle=build.bundle,
            state=State.WRITTEN,
            url=f"http://{self._name}.{self._options.namespace}",
            told={**self._steps(build), "log": _logging(self._home.terms.traffic)["log"]},
        )
        if self._options.context:
            self._ask("apply", "--kustomize", build.place)
            self._ask("rollout", "status", f"deployment/{self._name}", f"--timeout={self._options.patience_s:g}s")
            told = {"context": self._options.context, "folder": build.place, "log": made.told["log"]}
            made = replace(made, state=State.READY, told=told)
        records.write(self._home.folder, made)
        return made

    def status(self) -> Sequence[Deployment]:
        """Ask the cluster how many pods are ready; without a context, say what was written."""
        made = records.read(self._home.folder)
        if made is None:
            return ()
        return (self._seen(made),) if self._options.context and made.state is not State.WITHDRAWN else (made,)

    def withdraw(self) -> Deployment:
        """Remove from the cluster all that was put in force."""
        found = self.status()
        if not found or found[0].state is State.WITHDRAWN:
            raise DeployError(f"{self._home.model!r} was never released to kubernetes from here: none is withdrawn.")
        if not self._options.context:
            raise DeployError(
                f"settings name no context of kubectl, so nothing is withdrawn from here: `kubectl delete --kustomize "
                f"{self._folder}` does it."
            )
        self._ask("delete", "--ignore-not-found", "--kustomize", str(self._folder))
        gone = replace(found[0], state=State.WITHDRAWN, since=datetime.now(UTC), told={})
        records.write(self._home.folder, gone)
        return gone

    def _seen(self, made: Deployment) -> Deployment:
        found = json.loads(self._ask("get", "deployment", self._name, "--ignore-not-found", "--output=json") or "{}")
        if not found:
            return replace(made, state=State.GONE)
        status = found.get("status", {})
        ready, wanted = status.get("readyReplicas", 0), found["spec"].get("replicas", 1)
        updated = status.get("updatedReplicas", 0)
        state = State.READY if ready >= wanted and updated >= wanted else State.STARTING if ready else State.FAILING
        return replace(made, state=state, told={**made.told, "pods": f"{ready} of {wanted} ready"})

    def _steps(self, build: Build) -> dict[str, str]:
        """Say what is to be done by hand."""
        folder, space = shlex.quote(build.place), self._options.namespace
        files = " ".join(f"--from-file={key}=FILE" for key in ("token", *self._home.terms.secrets))
        return {
            "push with": f"{self._options.program} push {self._image.tag(build.version, build.bundle)}",
            "secrets with": f"kubectl --namespace {space} create secret generic {self._options.secret} {files}",
            "apply with": f"kubectl apply --kustomize {folder}",
        }

    def _ask(self, *words: str) -> str:
        """Let kubectl do something."""
        if shutil.which("kubectl") is None:
            raise DeployError("kubectl is not installed here. Install it, or leave out the context in settings.")
        command = ["kubectl", "--context", self._options.context, "--namespace", self._options.namespace, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
        if done.returncode:
            raise DeployError(f"`kubectl {words[0]}` failed: {(done.stderr or done.stdout)[-2000:].strip()}")
        return done.stdout


def _logging(source: str) -> dict[str, str]:
    """Return what the files say of the log of traffic: where it is, and how it is reached."""
    if not source:
        lost = (
            "each pod keeps its own and loses it when it ends, so neither monitor nor retrain sees what was answered. "
            "Name a database of PostgreSQL, `traffic` in [tool.pipeline.serve], and deploy again."
        )
        return {"log": lost, "traffic": _FILE, "egress": "[]"}
    port = {} if source.startswith(addresses.SECRET) else {"port": addresses.port(source) or _POSTGRES}
    ports = [[{"port": 53, "protocol": each} for each in ("UDP", "TCP")], [{"protocol": "TCP", **port}]]
    egress = json.dumps([{"ports": each} for each in ports])
    return {"log": f"{source}, which monitor and retrain read too.", "traffic": json.dumps(source), "egress": egress}


def _item(key: str, name: str) -> str:
    return f'              - {{key: "{key}", path: "{name}"}}'


def _filled(name: str, words: Mapping[str, str]) -> str:
    return Template((_TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")).substitute(words)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
