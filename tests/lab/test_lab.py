import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from jupyter_client import BlockingKernelClient

from pipeline.lab import launch
from pipeline.past.lookup import scratch_copy

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
def copy(tmp_path: Path) -> Path:
    """A scratch copy of a report, in the project's hidden folder."""
    report = tmp_path / "reports/run/a.ipynb"
    report.parent.mkdir(parents=True)
    report.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    report.chmod(0o444)
    return scratch_copy(report, tmp_path / ".pipeline/scratch/run")


@pytest.fixture
def runtime(tmp_path: Path, copy: Path) -> Iterator[Path]:
    """JupyterLab as the commands start it, opened on the scratch copy."""
    folder = tmp_path / "runtime"
    options = ("--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", f"--IdentityProvider.token={TOKEN}")
    log = (tmp_path / "log").open("wb")
    command = launch.open_copy(copy, tmp_path, options)
    where = {"JUPYTER_RUNTIME_DIR": str(folder)}
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
def test_kernel_of_a_scratch_copy_starts_in_the_project_root(runtime: Path, copy: Path) -> None:
    url, root = server_url(runtime), runtime.parent
    path = str(copy.relative_to(root))
    assert ask(f"{url}api/contents/{path}")["content"]["cells"] == []
    session = {"path": path, "name": copy.name, "type": "notebook", "kernel": {"name": "python3"}}
    kernel = ask(f"{url}api/sessions", session)["kernel"]["id"]
    where = printed(runtime / f"kernel-{kernel}.json", "import os; print(os.getcwd(), os.environ['JPY_SESSION_NAME'])")
    assert where == f"{root} {copy}"


def test_scratch_copy_can_be_edited_and_leaves_report_and_earlier_copies(copy: Path, tmp_path: Path) -> None:
    report = tmp_path / "reports/run/a.ipynb"
    before = report.read_bytes()
    copy.write_text("edited")
    again = scratch_copy(report, copy.parent)
    assert (again.name, again.read_bytes(), copy.read_text()) == ("a-2.ipynb", before, "edited")
    assert report.read_bytes() == before


def test_lab_takes_what_jupyter_takes(tmp_path: Path) -> None:
    command = launch.command(tmp_path, ["--no-browser", "notebooks/a.ipynb"])
    assert command[1:3] == ["-m", "jupyterlab"]
    assert command[-2:] == ["--no-browser", "notebooks/a.ipynb"]
