import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from jupyter_client import BlockingKernelClient
from labserver import QUIET, START_S, LabServer, served

from pipeline.lab import launch
from pipeline.past.lookup import scratch_copy


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def copy(root: Path) -> Path:
    """A scratch copy of a report, in the project's hidden folder."""
    report = root / "reports/run/a.ipynb"
    report.parent.mkdir(parents=True)
    report.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    report.chmod(0o444)
    return scratch_copy(report, root / ".pipeline/scratch/run")


@pytest.fixture
def server(root: Path, copy: Path) -> Iterator[LabServer]:
    """JupyterLab as the commands start it, opened on the scratch copy."""
    with served(root, launch.open_copy(copy, root, QUIET)) as found:
        yield found


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
def test_kernel_of_a_scratch_copy_starts_in_the_project_root(server: LabServer, root: Path, copy: Path) -> None:
    path = str(copy.relative_to(root))
    assert server.ask(f"api/contents/{path}")["content"]["cells"] == []
    session = {"path": path, "name": copy.name, "type": "notebook", "kernel": {"name": "python3"}}
    kernel = server.ask("api/sessions", session)["kernel"]["id"]
    where = printed(
        server.runtime / f"kernel-{kernel}.json", "import os; print(os.getcwd(), os.environ['JPY_SESSION_NAME'])"
    )
    assert where == f"{root} {copy}"


def test_scratch_copy_can_be_edited_and_leaves_report_and_earlier_copies(copy: Path, root: Path) -> None:
    report = root / "reports/run/a.ipynb"
    before = report.read_bytes()
    copy.write_text("edited")
    again = scratch_copy(report, copy.parent)
    assert (again.name, again.read_bytes(), copy.read_text()) == ("a-2.ipynb", before, "edited")
    assert report.read_bytes() == before


def test_lab_takes_what_jupyter_takes(tmp_path: Path) -> None:
    command = launch.command(tmp_path, ["--no-browser", "notebooks/a.ipynb"])
    assert command[1:3] == ["-m", "jupyterlab"]
    assert command[-2:] == ["--no-browser", "notebooks/a.ipynb"]


@pytest.mark.slow
def test_extension_of_the_browser_is_part_of_what_is_installed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    folder = "pipeline/lab/labextension/stagebook"
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert {f"{folder}/install.json", f"{folder}/static/remoteEntry.js"} <= set(wheel.namelist())
        package = json.loads(wheel.read(f"{folder}/package.json"))
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert (package["name"], package["version"]) == (project["name"], project["version"])
