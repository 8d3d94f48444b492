"""A run whose runner was killed says so as soon as somebody looks, and no other run does."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from jsonschema import validate
from projects import Project

from pipeline.lookback import Lookback
from pipeline.runs.record import SCHEMA, RunRecord, read_run

pytestmark = pytest.mark.kernel
WAIT_S = 60
HANG = "open('hangs', 'w').close()\nimport time; time.sleep(600)"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\njobs = 1\n")
    project.notebook("a", "", "glue('x', 1)")
    project.notebook("b", "a: Upstream = 'reports/latest/a.ipynb'", "glue('x', read(a)['x'])", HANG)
    project.notebook("c", "b: Upstream = 'reports/latest/b.ipynb'", "read(b)['x']")
    return project


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the kernels' sockets that nobody else uses, and whose name is short."""
    with TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def hanging(project: Project) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "pipeline", "run"]
    runner = subprocess.Popen(command, cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ends = time.monotonic() + WAIT_S
    while not (project.root / "hangs").exists():
        assert time.monotonic() < ends
        time.sleep(0.02)
    return runner


def killed(project: Project) -> str:
    runner = hanging(project)
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    (record,) = (project.root / "reports").glob("2*/run.json")
    assert str(read_run(record).status) == "pending"
    return record.parent.name


def record(project: Project, run: str) -> RunRecord:
    return read_run(project.root / f"reports/{run}/run.json")


def test_killed_run_is_finished_by_the_next_which_reuses_what_it_finished(project: Project, sockets: Path) -> None:
    run = killed(project)
    assert list(sockets.glob("sb-*"))
    project.notebook("b", "a: Upstream = 'reports/latest/a.ipynb'", "glue('x', read(a)['x'])")
    next_one = project.run()
    assert [str(stage.status) for stage in next_one.stages] == ["reused", "succeeded", "succeeded"]
    found = record(project, run)
    assert (str(found.status), found.reason) == ("died", "its runner ended without finishing it")
    assert [str(stage.status) for stage in found.stages] == ["succeeded", "died", "skipped"]
    assert found.stages[0].scraps["x"].value == 1
    assert found.stages[1].failure is not None
    assert (found.stages[1].failure.message, found.stages[1].executed_by) == (found.reason, run)
    assert found.stages[2].reason == "the run died before it began"
    assert found.started <= str(found.ended) <= next_one.started
    assert f"| {run} | died |" in (project.root / "reports/index.md").read_text()
    assert read_run(project.root / "reports/latest/run.json") == next_one
    assert 'errors="1"' in (project.root / f"reports/{run}/junit.xml").read_text()
    validate(json.loads((project.root / f"reports/{run}/run.json").read_bytes()), json.loads(SCHEMA.read_text()))
    assert not list((project.root / ".pipeline/work").glob("[!.]*"))
    assert not list((project.root / "reports").glob("*/.*"))
    assert not list(sockets.glob("sb-*"))


def test_killed_run_is_shown_as_died(project: Project) -> None:
    run = killed(project)
    done = project.command("show")
    assert f"run {run}: died in" in done.stdout
    assert "(its runner ended without finishing it)" in done.stdout
    before = (project.root / f"reports/{run}/run.json").read_bytes()
    assert str(read_run(project.root / "reports/latest/run.json").status) == "died"
    assert project.command("show").stdout == done.stdout
    assert (project.root / f"reports/{run}/run.json").read_bytes() == before


def test_stage_that_ended_just_before_the_kill_keeps_its_outputs(project: Project) -> None:
    run = killed(project)
    path = project.root / f"reports/{run}/run.json"
    told = json.loads(path.read_bytes())
    told["stages"][0] |= {"status": "pending", "scraps": {}, "report": "", "executed_by": ""}
    path.write_text(json.dumps(told))
    found = Lookback(project.root).find(run).record.stages[0]
    assert (str(found.status), found.scraps["x"].value, found.executed_by) == ("succeeded", 1, run)


def test_run_that_goes_on_is_left_alone(project: Project) -> None:
    runner = hanging(project)
    try:
        done = project.command("show")
        assert ": pending in" in done.stdout
        assert project.run("a").run > Lookback(project.root).find("latest").record.run[:9]
        (run,) = {path.parent.name for path in (project.root / "reports").glob("2*/.lock")}
        assert str(record(project, run).status) == "pending"
        refused = project.command("gc", "--keep-last", "0")
        assert refused.returncode == 1
        assert f"BusyError: `pipeline run` (process {runner.pid}) goes on" in refused.stderr
        runner.send_signal(signal.SIGINT)
        assert runner.wait(WAIT_S) == 130
        assert str(record(project, run).status) == "cancelled"
        assert project.command("gc", "--keep-last", "1").returncode == 0
    finally:
        runner.kill()
        runner.wait()


def test_killed_verification_and_debugging_leave_nothing_for_long(project: Project) -> None:
    project.notebook("b", "", "1 / 0")
    project.notebook("c", "", "2")
    project.run()
    command = [sys.executable, "-m", "pipeline", "debug", "latest", "b"]
    with subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, text=True) as debug:
        assert debug.stdout is not None
        assert any("Ctrl-C here ends it" in line for line in debug.stdout)
        debug.kill()
    (left,) = (project.root / ".pipeline/work").glob("debug-*")
    project.run("a")
    assert not left.exists()
