"""Local: a supervised process on this machine; the next version is ready before the one before it drains."""

import os
import signal
import sys
import time
from collections.abc import Sequence

from pydantic import Field

from pipeline.deploy import conformance, standing, worker
from pipeline.deploy.target import Build, Deployment, Home, Options, Packed, State
from pipeline.errors import DeployError
from pipeline.turns import turn

_LOOK_EVERY_S = 0.1
_DRAINED_S = 90.0


class Local(Options):
    """`[tool.pipeline.deploy.local]`."""

    host: str = Field("127.0.0.1", min_length=1, description="address; any but this machine's own asks for a token")
    port: int = Field(8080, ge=0, le=65535, description="where it listens; 0: any port that is free")
    patience_s: float = Field(120.0, gt=0, description="how long a process may take to come up, seconds")


class Here:
    """The target."""

    options = Local

    def __init__(self, home: Home, options: Local) -> None:
        self._home, self._options = home, options

    def build(self, packed: Packed) -> Build:
        """Start a process on the packed version, and let it prove itself."""
        with worker.trial(packed.place) as ask:
            proof = conformance.require(ask, packed.reference, "a process that serves it")
        return Build.of(packed, "local", packed.place, proof)

    def release(self, build: Build) -> Deployment:
        """Tell the supervisor, or start one, and wait until the version answers."""
        folder = self._home.folder
        with turn(folder / "release.lock", self._options.patience_s):
            wanted = self._wanted(build)
            standing.write(folder, wanted)
            before = standing.read(folder, standing.Standing)
            if before and standing.is_alive(folder):
                os.kill(before.supervisor, signal.SIGHUP)
                return self._awaited(wanted.release, 0)
            return self._awaited(wanted.release, self._begun())

    def status(self) -> Sequence[Deployment]:
        """Read what the supervisor says, where it lives."""
        found = standing.read(self._home.folder, standing.Standing)
        if found is None or not found.version:
            return ()
        if found.state is not State.WITHDRAWN and not standing.is_alive(self._home.folder):
            found = found.model_copy(update={"state": State.GONE, "pid": 0})
        return (found.deployment("local"),)

    def withdraw(self) -> Deployment:
        """Tell the supervisor to drain and to end, and wait for it."""
        folder = self._home.folder
        found = standing.read(folder, standing.Standing)
        if found is None or not standing.is_alive(folder):
            raise DeployError(f"no process of {self._home.model!r} is supervised on this machine: none is withdrawn.")
        os.kill(found.supervisor, signal.SIGTERM)
        until = time.monotonic() + _DRAINED_S
        while standing.is_alive(folder):
            if time.monotonic() > until:
                raise DeployError(
                    f"the supervisor {found.supervisor} has not ended in {_DRAINED_S:g} s. Look at its log."
                )
            time.sleep(_LOOK_EVERY_S)
        return self.status()[0]

    def _wanted(self, build: Build) -> standing.Wanted:
        from pipeline.serving import packing

        manifest, options = packing.read(build.place), self._options
        return standing.Wanted(
            model=build.model,
            version=build.version,
            bundle=build.bundle,
            root=str(self._home.root),
            place=build.place,
            host=options.host,
            port=options.port,
            patience_s=options.patience_s,
            golden=manifest.golden,
            predictions=manifest.predictions,
        )

    def _begun(self) -> int:
        """Start a supervisor that outlives this command, and return its process."""
        folder = self._home.folder
        log = (os.POSIX_SPAWN_OPEN, 1, str(folder / "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        none = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        command = [sys.executable, "-m", "pipeline", "supervise", str(folder)]
        files = [none, log, (os.POSIX_SPAWN_DUP2, 1, 2)]
        return os.posix_spawn(command[0], command, os.environ, file_actions=files, setsid=True)

    def _awaited(self, release: int, begun: int) -> Deployment:
        """Wait until a release was tried."""
        log, until = self._home.folder / "log", time.monotonic() + 2 * self._options.patience_s
        while (found := standing.read(self._home.folder, standing.Standing)) is None or found.tried != release:
            if time.monotonic() > until or (begun and os.waitpid(begun, os.WNOHANG)[0]):
                raise DeployError(f"the supervisor does not say that the release came up. Look at its log: {log}")
            time.sleep(_LOOK_EVERY_S)
        if found.release != release:
            raise DeployError(f"the release did not come up, and what answered before goes on: {found.failure}")
        return found.deployment("local")
