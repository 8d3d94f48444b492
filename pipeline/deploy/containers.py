"""Containers: docker or podman, asked by their command."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import DeployError

_TAIL = 2000


@dataclass(frozen=True, kw_only=True)
class Containers:
    """A program that builds images and runs containers.

    Attributes
    ----------
    program
        `docker` or `podman`.
    network
        As its option `--network`; empty: as usual.
    """

    program: str
    network: str = ""

    def is_there(self) -> bool:
        """Say whether it can be asked: it is installed, and its daemon answers."""
        return shutil.which(self.program) is not None and self._run("info").returncode == 0

    def build(self, folder: str, tag: str) -> None:
        """Build an image from a folder.

        Raises
        ------
        DeployError
            If it cannot be built; with the end of what the program said.
        """
        form = ("--format", "docker") if self.program == "podman" else ()  # its own has no health checks
        self.do("build", *self._at(), *form, "--tag", tag, "--file", f"{folder}/Containerfile", folder)

    def run(self, image: str, options: Sequence[str], variables: Mapping[str, str], words: Sequence[str] = ()) -> str:
        """Start a container that may do as little as possible, and return its id.

        Parameters
        ----------
        variables
            Of its environment; they are in no list of processes.
        """
        least = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")  # noqa: S108 - within it
        named = [word for name in variables for word in ("--env", name)]
        asked = ("run", "--detach", *self._at(), *least, "--pids-limit", "512", *named, *options, image, *words)
        return self.do(*asked, variables=variables)

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all that is known of a container; empty where there is none."""
        done = self._run("container", "inspect", name)
        found = json.loads(done.stdout) if done.returncode == 0 else []
        return dict(found[0]) if found else {}

    def remove(self, name: str) -> None:
        """End a container at once, where there is one, and keep nothing of it that has no name."""
        if self.inspect(name):
            self.do("rm", "--force", "--volumes", name)

    def said(self, name: str) -> str:
        """Return the end of what a container printed."""
        done = self._run("logs", name)  # podman's own `--tail` loses a line that was written in two
        return (done.stdout + done.stderr)[-_TAIL:].strip()

    def do(self, *words: str, variables: Mapping[str, str] | None = None) -> str:
        """Let the program do something, and return what it printed.

        Raises
        ------
        DeployError
            If it cannot.
        """
        done = self._run(*words, variables=variables)
        if done.returncode:
            why = (done.stderr or done.stdout)[-_TAIL:].strip()
            raise DeployError(f"`{self.program} {words[0]}` failed: {why}")
        return done.stdout.strip()

    def _at(self) -> tuple[str, ...]:
        return ("--network", self.network) if self.network else ()

    def _run(self, *words: str, variables: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, **(variables or {})}
        return subprocess.run(  # noqa: S603 - no shell
            [self.program, *words], capture_output=True, text=True, check=False, env=environment
        )
