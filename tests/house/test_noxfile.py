import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.scenario

ROOT = Path(__file__).resolve().parents[2]
COMMAND = """
import os, signal, sys, time
def stop(signum, frame):
    print("saving", flush=True)
    time.sleep(1)
    print("saved", flush=True)
    sys.exit(130)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print("arguments", sys.argv[1:], "bytecode", os.environ.get("PYTHONDONTWRITEBYTECODE"), flush=True)
if "wait" in sys.argv:
    time.sleep(30)
sys.exit(3 if "refuse" in sys.argv else 0)
"""
STAMP = "import json, noxfile; noxfile.STAMP.write_text(json.dumps(noxfile._stamp()))"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose environment is ready, and whose commands are stubs."""
    for name in ("noxfile.py", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__main__.py").write_text(COMMAND, encoding="utf-8")
    (tmp_path / "pytest.py").write_text("print('tested')", encoding="utf-8")
    venv.create(tmp_path / ".nox" / "env", symlinks=True)
    subprocess.run([sys.executable, "-c", STAMP], cwd=tmp_path, check=True)
    return tmp_path


def start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "nox", *arguments]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=project, env=variables, start_new_session=True, **both)


def nox(project: Path, *arguments: str) -> tuple[int, str]:
    process = start(project, *arguments)
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def test_pipeline_passes_its_arguments_on_and_keeps_the_exit_code(project: Path) -> None:
    code, output = nox(project, "-s", "pipeline", "--", "train", "-p", "trials", "40", "refuse")
    assert "arguments ['run', 'train', '-p', 'trials', '40', 'refuse']" in output
    assert code == 3


def test_pipeline_is_the_default_session(project: Path) -> None:
    assert "arguments ['run']" in nox(project)[1]


def test_sessions_let_bytecode_be_kept_when_the_caller_forbids_it(project: Path) -> None:
    assert "bytecode None" in nox(project, "-s", "pipeline")[1]


def test_pipeline_installs_nothing_when_nothing_changed(project: Path) -> None:
    assert "uv pip" not in nox(project, "-s", "pipeline")[1]


def test_environment_is_tried_again_when_making_it_failed(project: Path) -> None:
    (project / "requirements.lock").write_text("", encoding="utf-8")  # so the build backend is missing
    for _ in range(2):
        code, output = nox(project, "-s", "pipeline")
        assert code == 1
        assert "uv pip sync" in output
        assert "arguments" not in output


@pytest.mark.parametrize("request_to_stop", [signal.SIGTERM, signal.SIGINT])
def test_stopping_nox_stops_the_command_and_lets_it_save(project: Path, request_to_stop: signal.Signals) -> None:
    process = start(project, "-s", "pipeline", "--", "wait")
    assert process.stdout is not None
    while "arguments" not in process.stdout.readline():
        pass
    process.send_signal(request_to_stop)
    output, _ = process.communicate(timeout=20)
    assert output.splitlines()[-2:] == ["saving", "saved"]
    assert process.returncode == 130


def test_following_sessions_run_when_several_are_asked_for(project: Path) -> None:
    code, output = nox(project, "-s", "pipeline", "tests")
    assert output.index("arguments") < output.index("tested")
    assert code == 0


def test_earlier_failure_is_told_when_later_sessions_succeed(project: Path) -> None:
    code, output = nox(project, "-s", "pipeline", "tests", "--", "refuse")
    assert "tested" in output
    assert code == 1


def test_unchanged_project_costs_nox_little(project: Path) -> None:
    nox(project, "-s", "pipeline")
    started = time.monotonic()
    nox(project, "-s", "pipeline")
    assert time.monotonic() - started < 2


def test_list_describes_every_session(project: Path) -> None:
    _, output = nox(project, "-l")
    for name in ("pipeline", "tests", "lint", "lab", "lock", "bench"):
        assert f" {name} -> " in output
        assert f"nox -s {name}" in output


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("pipline", "did you mean pipeline?"),
        ("test", "did you mean tests?"),
        ("help", "there are env, pipeline, tests, tests_torch, lint, lab, review"),
    ],
)
def test_name_that_no_session_has_is_answered_with_those_that_there_are(project: Path, asked: str, hint: str) -> None:
    code, output = nox(project, "-s", asked, "--", "-s")
    assert f"there is no session '{asked}': {hint}" in output
    assert code == 2
