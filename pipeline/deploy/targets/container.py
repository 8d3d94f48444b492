"""Container: an image that serves one version, read-only and without root, and a container of it on this machine."""

import re
import secrets
import shlex
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

from pydantic import Field

from pipeline import secrecy
from pipeline.deploy import conformance, worker
from pipeline.deploy.containers import Containers
from pipeline.deploy.target import Ask, Build, Deployment, Home, Options, Packed, State, short
from pipeline.errors import DeployError, PipelineError, SettingsError
from pipeline.serving.access import TOKEN
from pipeline.serving.hiding import KEY

TRAFFIC = "PIPELINE_SERVE_TRAFFIC"
_HOST = "host"  # the network in which a container has the ports of its machine
_PORT = 8080  # within the container elsewhere
_LOOK_EVERY_S = 0.2
_STOP_S = 60
_LISTENS = " answers at http://"


class Imaged(Options):
    """Options of every target that builds an image."""

    program: Literal["docker", "podman"] = Field("docker", description="what builds and runs: docker or podman")
    base: str = Field("", description="image to start from, with the Python that runs here; empty: its slim image")
    image: str = Field("", description="what the image is called, without a tag; empty: `pipeline-` and the model")
    wheels: str = Field("", description="folder of wheels, installed without asking an index; empty: an index is asked")
    network: str = Field("", description="network to build and run in; `host`: this machine's own; empty: as usual")
    patience_s: float = Field(300.0, gt=0, description="how long it may take to come up, seconds")


class Container(Imaged):
    """`[tool.pipeline.deploy.container]`."""

    bundle: Literal["baked", "mounted"] = Field("baked", description="whether the version is in the image, or mounted")
    host: str = Field("127.0.0.1", min_length=1, description="address of this machine that is listened at")
    port: int = Field(8080, ge=0, le=65535, description="port of this machine; 0: any that is free")
    memory: str = Field("1g", pattern=r"^\d+[bkmg]$", description="most memory: a number and b, k, m or g")


class Here:
    """The target."""

    options = Container

    def __init__(self, home: Home, options: Container) -> None:
        self._home, self._options = home, options
        self._with = Containers(program=options.program, network=options.network)
        self._name = named(home.model)
        self._folder = home.folder / "build"

    def build(self, packed: Packed) -> Build:
        """Write the folder, build the image where that is possible, and let a container of it prove itself."""
        from pipeline.deploy import context, requirements

        manifest, options = packed.reference.manifest, self._options
        base = options.base or context.base()
        made_of = context.Ingredients(
            root=self._home.root,
            base=base,
            wheels=options.wheels,
            packages=requirements.of(self._home.terms),
            bundle=options.bundle,
        )
        context.write(self._folder, packed, made_of)
        if not self._with.is_there():
            with worker.trial(str(self._folder / "bundle")) as ask:
                proof = conformance.require(ask, packed.reference, "a process that serves its bundle")
            return Build.of(packed, "container", str(self._folder), proof)
        image = self.tag(manifest.version, manifest.digest)
        self._with.build(str(self._folder), image)
        context.readable(Path(packed.place))
        nobodys = {name: secrets.token_urlsafe(32) for name in (TOKEN, KEY)}
        with self._trial(image, self._mounted(packed.place), nobodys) as ask:
            proof = conformance.require(ask, packed.reference, f"a container of {image}")
        return Build.of(packed, "container", image, proof)

    def tag(self, version: int, bundle: str) -> str:
        """Name the image of a version."""
        return f"{self._options.image or self._name}:{version}-{short(bundle)}"

    def release(self, build: Build) -> Deployment:
        """Start a container in the place of the one before, which goes on where the next one does not come up.

        In the network `host` both listen at the port until the one before has drained. Elsewhere a port has one owner:
        the next one shows at another that it comes up, and nobody is answered while it then starts again.
        """
        if build.place == str(self._folder):
            return self._written(build)
        options, variables = self._options, self._variables()
        more = [*self._mounted(str(self._home.packed(build.version, build.bundle))), *self._log()]
        at, before = (options.host, options.port or _free(options.host)), f"{self._name}-before"
        self._go_back(before)  # where a release was interrupted
        there = bool(self._with.inspect(self._name))
        alone = there and bool(options.port) and options.network != _HOST
        try:
            if there:
                self._with.do("rename", self._name, before)
            if alone:
                with self._trial(build.place, more, variables):
                    self._with.do("stop", "--time", str(_STOP_S), before)
            self._start(build.place, self._name, at, ["--restart", "unless-stopped", *more], variables)
        except PipelineError as error:
            self._go_back(before)
            raise DeployError(f"{build.place} did not come up, and what answered before goes on: {error}") from error
        if there:
            self._with.do("stop", "--time", str(_STOP_S), before)
            self._with.do("rm", before)
        return replace(self.status()[0], state=State.READY)  # its own look at its health comes later

    def _go_back(self, before: str) -> None:
        """Let the container before answer again, where there is one."""
        if self._with.inspect(before):
            self._with.remove(self._name)
            self._with.do("rename", before, self._name)
            self._with.do("start", self._name)

    def status(self) -> Sequence[Deployment]:
        """Look at the container."""
        found = self._with.inspect(self._name) if self._with.is_there() else {}
        if not found:
            return ()
        labels, state = found["Config"]["Labels"], found["State"]
        health = (state.get("Health") or state.get("Healthcheck") or {}).get("Status", "")
        told = {"container": found["Id"][:12], "image": found["Config"]["Image"], "pid": str(state["Pid"])}
        return (
            Deployment(
                target="container",
                model=labels["pipeline.model"],
                version=int(labels["pipeline.version"]),
                bundle=labels["pipeline.bundle"],
                state=_STATES.get(health, State.READY) if state["Running"] else State.GONE,
                url=labels["pipeline.url"],
                since=datetime.fromisoformat(state["StartedAt"]).astimezone(UTC),
                told={**told, "restarts": str(found.get("RestartCount", 0))},
            ),
        )

    def withdraw(self) -> Deployment:
        """Stop the container, once it has drained, and remove it; what it wrote down stays in its volume."""
        found = self.status()
        if not found:
            raise DeployError(f"there is no container {self._name!r} here: none is withdrawn.")
        self._with.do("stop", "--time", str(_STOP_S), self._name)
        self._with.do("rm", self._name)
        return replace(found[0], state=State.WITHDRAWN, since=datetime.now(UTC))

    def _written(self, build: Build) -> Deployment:
        """Say what is to be done where images cannot be built here."""
        program, folder = self._options.program, shlex.quote(build.place)
        first = f"{program} build --tag {self._name} --file {folder}/Containerfile {folder}"
        then = f"{program} run --read-only --tmpfs /tmp --env {TOKEN} --publish 8080:8080 {self._name}"
        return Deployment(
            target="container",
            model=build.model,
            version=build.version,
            bundle=build.bundle,
            state=State.WRITTEN,
            told={"no daemon": f"{program} cannot be asked here", "build with": first, "run with": then},
        )

    @contextmanager
    def _trial(self, image: str, more: Sequence[str], variables: Mapping[str, str]) -> Iterator[Ask]:
        """Run an image for as long as the block runs, where nobody else asks it."""
        name, at = f"{self._name}-trial-{secrets.token_hex(4)}", ("127.0.0.1", _free("127.0.0.1"))
        try:
            yield conformance.over_http(self._start(image, name, at, more, variables), variables[TOKEN])
        finally:
            self._with.remove(name)

    def _start(
        self, image: str, name: str, at: tuple[str, int], more: Sequence[str], variables: Mapping[str, str]
    ) -> str:
        """Start a container and wait until it answers; one that does not is removed."""
        (host, port), options, own = at, self._options, self._options.network == _HOST
        url = f"http://{host}:{port}"
        within = {"PIPELINE_SERVE_HOST": host, "PIPELINE_SERVE_PORT": str(port)} if own else {}
        published = [] if own else ["--publish", f"{host}:{port}:{_PORT}"]
        label = ["--name", name, "--label", f"pipeline.url={url}", "--memory", options.memory]
        try:
            self._with.run(image, [*label, *published, *more], {**variables, **within})
            self._require_ready(name, url)
        except DeployError:
            self._with.remove(name)
            raise
        return url

    def _variables(self) -> dict[str, str]:
        """Return what a container has to be told of the place where it answers, secrets among them."""
        terms, token = self._home.terms, secrecy.find(TOKEN)
        if not token and self._options.network != _HOST:
            raise SettingsError(f"whoever asks a container has to know a token: set {TOKEN} in the environment.")
        log = {TRAFFIC: terms.traffic} if terms.traffic else {}
        return {TOKEN: token, **log, **{name: secrecy.lookup(name) for name in terms.secrets}}

    def _mounted(self, packed: str) -> list[str]:
        return ["--volume", f"{packed}:/bundle:ro"] if self._options.bundle == "mounted" else []

    def _require_ready(self, name: str, url: str) -> None:
        until = time.monotonic() + self._options.patience_s
        while time.monotonic() < until and self._is_up(name):
            if _LISTENS in self._with.said(name):  # at its port another one may answer
                with suppress(OSError, HTTPException), urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310 - it is ours
                    return
            time.sleep(_LOOK_EVERY_S)
        raise DeployError(f"the container {name} does not answer at {url}: {self._with.said(name)}")

    def _is_up(self, name: str) -> bool:
        """Say whether it runs, and was never started again."""
        found = self._with.inspect(name)
        return bool(found["State"]["Running"]) and not found.get("RestartCount")

    def _log(self) -> list[str]:
        return ["--volume", f"{self._name}-traffic:/var/lib/pipeline"]


def named(model: str) -> str:
    """Name what serves a model, in letters that every program takes.

    >>> named("A model")
    'pipeline-a-model'
    """
    return f"pipeline-{re.sub(r'[^a-z0-9]+', '-', model.lower()).strip('-')}"[:50].strip("-")


_STATES = {"starting": State.STARTING, "unhealthy": State.FAILING}


def _free(host: str) -> int:
    """Return a port that nobody listens at."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trying:
        trying.bind((host, 0))
        return int(trying.getsockname()[1])
