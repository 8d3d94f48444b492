"""`pipeline loop`: step after step, until somebody says stop; what fails is tried again later."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from projects import Project

from pipeline import rounds
from pipeline.turns import turn

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose steps fail at once: nothing decides there."""
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline.retrain]\nevery_s = 0.5\n")
    project.notebook("only", "", "glue('nothing', 0)")
    return project


@contextmanager
def looping(project: Project, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "loop", *arguments],
        cwd=project.root,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: "subprocess.Popen[str]", part: str) -> str:
    """Read up to a line that has a part in it."""
    assert process.stdout is not None
    for found in process.stdout:
        if part in found:
            return found
    raise AssertionError(part)


def test_step_that_fails_is_tried_again_later_and_later(project: Project) -> None:
    done = project.command("loop", "--steps", "3")
    waits = re.findall(r"step (\d) failed \(exit code 2, [\d.]+ s\); the next begins in ([\d.]+) s", done.stdout)
    assert waits == [("1", "1"), ("2", "2")], done.stdout + done.stderr
    assert "step 3 failed" in done.stdout
    assert done.returncode == 2


def test_interval_of_the_command_line_comes_before_that_of_settings(project: Project) -> None:
    done = project.command("loop", "--steps", "2", "--every", "0.1")
    assert "the next begins in 0.2 s" in done.stdout


def test_waiting_ends_at_once_when_told_to_stop(project: Project) -> None:
    with looping(project, "--every", "3000") as process:
        assert re.match(r"\d{4}-\d\d-\d\dT[\d:]{8}Z step 1 failed", line(process, "step 1"))
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=20)
        assert "the loop ends" in printed
        assert process.returncode == 0


def test_step_that_goes_on_is_finished_first_when_told_to_stop(project: Project) -> None:
    slow = "import time\nfrom pathlib import Path\nPath('begun').touch()\ntime.sleep(3)\nPath('finished').touch()"
    given = "moment: str = ''\nbecause: str = ''"
    project.notebook("only", given, f"{slow}\nassert not moment, because", "glue('decision', 0)")
    with looping(project) as process:
        while not (project.root / "begun").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert "the step that goes on is finished first" in line(process, "told to stop")
        printed, _ = process.communicate(timeout=60)
        assert re.search(r"step 1 failed .*; the loop ends", printed)
    assert (project.root / "finished").exists()


def test_one_loop_a_project(project: Project) -> None:
    with turn(project.root / ".pipeline/retraining/loop.lock", 0):
        done = project.command("loop", "--steps", "1")
    assert done.returncode == 1
    assert "BusyError" in done.stderr


@pytest.mark.parametrize(("failures", "wait_s"), [(0, 60), (1, 120), (4, 960), (60, 86400)])
def test_pause_grows_with_failures_up_to_a_day(failures: int, wait_s: float) -> None:
    assert rounds.pause(60, failures) == wait_s


def test_pause_is_never_shorter_than_was_asked() -> None:
    assert rounds.pause(100_000, 5) == 100_000
