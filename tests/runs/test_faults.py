"""Faults lose nothing: what was finished before is not repeated after, and every file that is left can be read."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from projects import Project

from pipeline.runs.record import read_run

COUNTED = "import pathlib, time\npathlib.Path(f'counts/{name}-{time.time_ns()}').touch()\ntime.sleep(0.2)"


@pytest.fixture
def chain(tmp_path: Path) -> Project:
    """Three stages in a row that leave a mark each time they are executed to the end."""
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    (tmp_path / "counts").mkdir()
    project.notebook("a", "name: str = 'a'", "glue('x', list(range(5000)))", COUNTED)
    project.notebook("b", "a: Upstream = 'reports/latest/a.ipynb'\nname: str = 'b'", "glue('x', read(a)['x'])", COUNTED)
    project.notebook("c", "b: Upstream = 'reports/latest/b.ipynb'\nname: str = 'c'", "glue('x', read(b)['x'])", COUNTED)
    return project


def start(project: Project) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pipeline", "run"]
    return subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(project: Project) -> set[str]:
    return {path.parent.name for path in (project.root / ".pipeline/ledger").glob("*/2*.json")}


def check_every_file(project: Project) -> None:
    for place in ("reports", ".pipeline/ledger"):
        for path in (project.root / place).rglob("*"):
            if path.suffix in {".json", ".ipynb"}:
                json.loads(path.read_text())
    for path in (project.root / ".pipeline/store").rglob("*"):
        assert not path.is_file() or path.name.startswith(".") or len(path.name) == 64


@pytest.mark.scenario
def test_run_goes_on_after_its_runner_was_killed_at_any_moment(chain: Project) -> None:
    moments = random.Random(0)
    kills = 0
    while kills < 50:
        runner = start(chain)
        time.sleep(moments.uniform(0.05, 5.0))
        if runner.poll() is None:
            runner.kill()
            kills += 1
        runner.communicate()
        check_every_file(chain)
        done = finished(chain)
        if done == {"a", "b", "c"}:
            for path in (chain.root / ".pipeline/ledger").glob("*/2*.json"):
                path.unlink()
        else:
            plan = chain.plan()
            assert {name for name in done if plan[name].action != "reuse"} == set()
    assert chain.statuses().keys() == {"a", "b", "c"}
    assert str(read_run(chain.root / "reports/latest/run.json").status) == "succeeded"


@pytest.mark.kernel
def test_finished_stage_is_not_repeated_after_a_kill(chain: Project) -> None:
    runner = start(chain)
    end = time.monotonic() + 60
    while "a" not in finished(chain):
        assert time.monotonic() < end
        time.sleep(0.01)
    runner.kill()
    runner.communicate()
    found = chain.statuses()
    assert found["a"] == "reused"
    assert set(found.values()) <= {"reused", "succeeded"}
    assert len(list((chain.root / "counts").glob("a-*"))) == 1


@pytest.mark.kernel
def test_two_runs_at_once_both_end_right(chain: Project) -> None:
    runs = [start(chain), start(chain)]
    ended = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ended
    records = [read_run(path) for path in (chain.root / "reports").glob("2*/run.json")]
    assert [str(record.status) for record in records] == ["succeeded", "succeeded"]
    for record in records:
        assert all((chain.root / stage.report).is_file() for stage in record.stages)
        assert record.run in (chain.root / "reports/index.md").read_text()
    assert set(chain.statuses().values()) == {"reused"}
    check_every_file(chain)


@pytest.mark.kernel
def test_nothing_is_removed_while_a_run_goes_on(chain: Project) -> None:
    chain.run()
    chain.notebook(
        "c", "b: Upstream = 'reports/latest/b.ipynb'", "open('begun', 'w').close()", "import time; time.sleep(3)\nb"
    )
    runner = start(chain)
    wait_for(chain.root / "begun")
    assert chain.command("gc", "--keep-last", "0").returncode == 0  # once the run has ended
    assert runner.wait() == 0
    runner.communicate()
    newest = read_run(chain.root / "reports/latest/run.json")
    assert [str(stage.status) for stage in newest.stages] == ["reused", "reused", "succeeded"]
    assert set(chain.statuses().values()) == {"reused"}


def wait_for(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.kernel
def test_full_disk_fails_the_stage_and_leaves_files_that_can_be_read(chain: Project, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("only root may mount the small disk that this fills")
    try:
        chain.write("pyproject.toml", f'[tool.pipeline]\nreports = "{disk}/reports"\n')
        chain.notebook(
            "b",
            "a: Upstream = 'reports/latest/a.ipynb'\nname: str = 'b'",
            "print('x' * 400_000, read(a)['x'][:1], name)",
        )
        done = chain.command("run")
        assert done.returncode == 1
        assert "b failed: StoreError: cannot write" in done.stdout
        assert "No space left on device" in done.stdout
        for path in disk.rglob("*.ipynb"):
            json.loads(path.read_text())
    finally:
        subprocess.run(["umount", disk], check=True)
