"""JupyterLab as `pipeline lab` starts it, for tests: on loopback, on a free port, ended by its own process."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

TOKEN = "only-for-this-test"  # noqa: S105 - guards a server on loopback for some seconds
START_S = 60
LAB = (sys.executable, "-m", "pipeline", "lab", "--")
QUIET = (
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--port=0",
    f"--IdentityProvider.token={TOKEN}",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


@dataclass(frozen=True)
class LabServer:
    """A server that answers, and the folder in which it says where its kernels are."""

    url: str
    runtime: Path

    def ask(self, address: str, body: object = None, method: str | None = None) -> Any:  # noqa: ANN401 - any JSON
        data = None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.url + address, data=data, headers=sent, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=START_S) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read() or "{}")

    def refusal(self, address: str, body: object = None, method: str | None = None) -> tuple[int, str]:
        """Ask what is refused, and return how."""
        with pytest.raises(HTTPError) as refused:
            self.ask(address, body, method)
        with refused.value as answer:
            return answer.code, str(json.loads(answer.read())["message"])


@contextmanager
def served(root: Path, command: Sequence[str]) -> Iterator[LabServer]:
    """Start a server in a project, and wait until it has said where it listens, and answers there."""
    runtime = root.parent / "runtime"
    variables = {"JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(root.parent / "config")}
    with (
        (root.parent / "log").open("wb") as log,
        subprocess.Popen(command, cwd=root, env=os.environ | variables, stdout=log, stderr=log) as server,
    ):
        try:
            yield _answering(runtime)
        finally:
            server.terminate()


def _answering(runtime: Path) -> LabServer:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        for said in runtime.glob("jpserver-*.json"):
            try:
                found = LabServer(str(json.loads(said.read_text(encoding="utf-8"))["url"]), runtime)
                found.ask("api/status")
            except (URLError, ValueError):
                break
            return found
        time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{(runtime.parent / 'log').read_text(errors='replace')}")
