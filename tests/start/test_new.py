"""`pipeline new` as it is installed, from a wheel and not from a clone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from projects import Project

from pipeline.runs.record import read_run

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]
ROWS = "".join(f"{i},{i % 7},{i * 37 % 101},{'yn'[(i % 7) + (i * 37 % 101) / 50 > 4]}\n" for i in range(600))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the wheel is what Python finds first."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    with ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return {**os.environ, "PYTHONPATH": str(folder / "site")}


def new(installed: dict[str, str], folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pipeline", "new", "mine", *arguments]
    return subprocess.run(command, cwd=folder, env=installed, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "-rows;.csv"
    path.write_text(f"row_id,x,z,y\n{ROWS}")
    return path


def test_new_writes_the_notebooks_of_the_wheel(installed: dict[str, str], table: Path) -> None:
    done = new(installed, table.parent, "--data", table.name, "--target", "y")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"../-rows;.csv"' in done.stdout
    assert len(list((table.parent / "mine/notebooks").glob("*.ipynb"))) == 7
    assert "[tool.uv.sources]" not in (table.parent / "mine/pyproject.toml").read_text()


def test_new_leaves_nothing_behind_when_the_table_is_refused(installed: dict[str, str], table: Path) -> None:
    done = new(installed, table.parent, "--data", table.name, "--target", "Y")
    assert done.returncode == 1
    assert "has no column 'Y', named as target: there are 'row_id', 'x', 'y', 'z'" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(table.parent.iterdir()) == [table]


@pytest.mark.scenario
@pytest.mark.kernel
def test_new_project_runs_through(installed: dict[str, str], table: Path) -> None:
    new(installed, table.parent, "--data", table.name, "--target", "y")
    project = Project(table.parent / "mine")
    done = project.command("run", "-p", "trials", "2", **installed)
    assert done.returncode in {0, 3}, done.stdout + done.stderr
    record = read_run(project.root / "reports/latest/run.json")
    assert {str(stage.status) for stage in record.stages} <= {"succeeded", "skipped"}
    assert record.model_version["name"] == "y"
    assert (
        shutil.which("nox") is None
        or b"pipeline" in subprocess.run(["nox", "-l"], cwd=project.root, capture_output=True, check=True).stdout
    )
