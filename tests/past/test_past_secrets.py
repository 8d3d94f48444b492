"""A secret is nowhere in what `verify`, `debug` and `show` say and leave behind, even while a debugged kernel lives."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from planted import ASK, IMPORT, leaks, planted, told
from projects import Project

pytestmark = pytest.mark.kernel
SLOPPY = "import time\nglue('when', time.time_ns()); print(value, time.time_ns())"
TURNED = "import os\nif 'PIPELINE_VERIFY' in os.environ: raise ValueError(value + url)"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return planted(tmp_path, monkeypatch)


def test_verification_says_and_leaves_none(project: Project) -> None:
    project.notebook("sloppy", "", f"{IMPORT}\n{ASK}", SLOPPY)
    project.notebook("turned", "", f"{IMPORT}\n{ASK}", TURNED, "glue('x', 1)")
    project.notebook("failed", "", f"{IMPORT}\n{ASK}", "raise ValueError(time_ns() if url == value else value)")
    assert project.command("run").returncode == 1
    done = project.command("verify")
    assert done.returncode == 1
    assert "failed in cell 6: ValueError: [secret CANARY][secret DATABASE]; the recorded one succeeded" in done.stdout
    assert "not deterministic, shown differently: cell 6 (work-2)" in done.stdout
    assert len(list((project.root / ".pipeline/scratch").rglob("*.ipynb"))) == 2
    assert told(done.stdout + done.stderr + project.command("show").stdout) == []
    assert leaks(project) == []


def test_secret_that_settings_name_is_hidden_in_verification(project: Project) -> None:
    project.write("pyproject.toml", "[tool.pipeline]\nsecrets = ['CANARY']\n")
    project.notebook("a", "", TURNED.replace("value + url", "os.environ['CANARY']"), "glue('x', 1)")
    project.run()
    done = project.command("verify")
    assert "ValueError: [secret CANARY]" in done.stdout
    assert told(done.stdout + done.stderr) == []
    assert leaks(project) == []


def test_debugging_says_and_leaves_none(project: Project) -> None:
    project.notebook("a", "", f"{IMPORT}\n{ASK}", "print(value)", "raise ValueError(f'{value}, {url}')")
    project.command("run")
    command = [sys.executable, "-m", "pipeline", "debug", "latest", "a"]
    with subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as it:
        assert it.stdout is not None
        lines = iter(it.stdout)
        said = []
        while "Ctrl-C" not in (said or [""])[-1]:
            said.append(next(lines))
        assert leaks(project) == []
        it.send_signal(signal.SIGINT)
        said += list(lines)
    assert "a failed in cell 7: ValueError: [secret CANARY], [secret DATABASE]\n" in said
    assert told("".join(said)) == []
    assert leaks(project) == []
