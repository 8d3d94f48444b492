import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from jupyter_client import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-this-test"  # noqa: S105 - guards a server on loopback for some seconds
START_S = 60


def ask(url: str, body: dict[str, object] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Authorization": f"token {TOKEN}"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=START_S) as answer:  # noqa: S310 - loopback
        return dict(json.load(answer))


def server_url(runtime: Path) -> str:
    """Wait until the server has said where it listens, and answers there."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        for said in runtime.glob("jpserver-*.json"):
            try:
                url = str(json.loads(said.read_text(encoding="utf-8"))["url"])
                ask(f"{url}api/status")
            except (URLError, ValueError):
                break
            return url
        time.sleep(0.1)
    pytest.fail("the server did not start")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Path]:
    """A Jupyter server as `nox -s lab` configures it, for a project with one notebook."""
    (tmp_path / "notebooks").mkdir()
    shutil.copytree(ROOT / ".jupyter", tmp_path / ".jupyter")
    folder = tmp_path / "runtime"
    where = {"JUPYTER_CONFIG_PATH": str(tmp_path / ".jupyter"), "JUPYTER_RUNTIME_DIR": str(folder)}
    options = ("--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", f"--IdentityProvider.token={TOKEN}")
    log = (tmp_path / "log").open("wb")
    command = [sys.executable, "-m", "jupyter_server", *options]
    with log, subprocess.Popen(command, cwd=tmp_path, env=os.environ | where, stdout=log, stderr=log) as server:
        yield folder
        server.terminate()


def printed(connection_file: Path, code: str) -> str:
    client = BlockingKernelClient(connection_file=str(connection_file))
    client.load_connection_file()
    client.start_channels()
    lines: list[str] = []
    try:
        client.wait_for_ready(timeout=START_S)
        client.execute_interactive(code, output_hook=lambda message: lines.append(message["content"].get("text", "")))
    finally:
        client.stop_channels()
    return "".join(lines).strip()


@pytest.mark.kernel
def test_kernel_of_a_notebook_starts_in_the_project_root(runtime: Path) -> None:
    url = server_url(runtime)
    session = {"path": "notebooks/a.ipynb", "name": "a.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    kernel = ask(f"{url}api/sessions", session)["kernel"]["id"]
    where = printed(runtime / f"kernel-{kernel}.json", "import os; print(os.getcwd(), os.environ['JPY_SESSION_NAME'])")
    assert where == f"{runtime.parent} {runtime.parent / 'notebooks' / 'a.ipynb'}"
