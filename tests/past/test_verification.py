"""A run that is run again comes out the same, or it is named what did not, and nothing else changes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from projects import Project

from pipeline.errors import SettingsError
from pipeline.lookback import Lookback
from pipeline.past.lookup import PastRun
from pipeline.past.verification import Verdict, tolerances

pytestmark = pytest.mark.kernel
SLOPPY = "import random\nnoise = random.random() * 1e-12\nprint('noise', noise)"


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    return project


def verdicts(project: Project) -> dict[str, Verdict]:
    with Lookback(project.root).verification("latest", lambda *_: None) as found:
        return {verdict.stage: verdict for verdict in found.run()}


def files(project: Project) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_run_comes_out_the_same_and_leaves_nothing_behind(broken: Project) -> None:
    before = files(broken)
    found = verdicts(broken)
    assert {name: (verdict.problems, verdict.cells) for name, verdict in found.items()} == {
        "prep": ((), ()),
        "train": ((), ()),  # it failed again, in the same way
    }
    assert files(broken) == before


def test_what_is_not_deterministic_is_named(empty: Project) -> None:
    empty.notebook("a", "", SLOPPY, "glue('x', 0.5 + noise)", "glue('y', 1)")
    empty.run()
    verdict = verdicts(empty)["a"]
    assert verdict.cells == ("cell 5 (work-1)",)
    assert [problem.partition(" differs: ")[0] for problem in verdict.problems] == ["scrap 'x' of cell 6 (work-2)"]
    assert verdict.replay.is_file()


def test_tolerance_of_settings_lets_numbers_differ(empty: Project) -> None:
    empty.notebook("a", "", SLOPPY, "glue('x', 0.5 + noise)")
    empty.write("pyproject.toml", "[tool.pipeline.verify]\ntolerance = {'a.x' = 1e-9}\n")
    empty.run()
    assert not verdicts(empty)["a"].problems


def test_stage_runs_on_the_recorded_reports_of_its_upstreams(empty: Project) -> None:
    empty.notebook("a", "", "import random\nglue('x', random.random())")
    empty.notebook("b", "a: Upstream = 'reports/latest/a.ipynb'", "glue('y', read(a)['x'])")
    empty.run()
    found = verdicts(empty)
    assert found["a"].problems
    assert not found["b"].problems


def test_code_and_parameters_are_those_of_the_reports(broken: Project) -> None:
    broken.notebook("prep", "rows: int = 99", "rows\nraise ValueError('another notebook by now')")
    assert not verdicts(broken)["prep"].problems


def test_reused_and_skipped_stages_are_run_again(empty: Project) -> None:
    empty.notebook("a", "", "glue('x', 1)")
    empty.notebook("s", "", "skip('no new data')")
    empty.run()
    assert empty.statuses() == {"a": "reused", "s": "skipped"}
    assert {name: verdict.problems for name, verdict in verdicts(empty).items()} == {"a": (), "s": ()}


def test_other_ending_is_named(empty: Project) -> None:
    empty.notebook(
        "a", "", "import os\nassert 'PIPELINE_VERIFY' not in os.environ, 'acts on the world'", "glue('x', 1)"
    )
    empty.run()
    problems = verdicts(empty)["a"].problems
    assert problems[0].startswith("it failed in cell 5: AssertionError: acts on the world; the recorded one succeeded")
    assert problems[1] == "scrap 'x' of cell 6 (work-2) was not glued again"


def test_stage_whose_kernel_died_is_not_run_again(empty: Project) -> None:
    empty.notebook("a", "", "import os; os._exit(3)")
    empty.run()
    assert verdicts(empty) == {}
    done = empty.command("verify")
    assert "a: died; that cannot be run again" in done.stdout


def test_promotions_happen_to_a_copy(empty: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(empty.root)
    promote = """
from pipeline.models import promotion
from pipeline.store.objects import project_store

before = promotion.champion("m")
digest = project_store().put(b"model")
given = {"data_digest": "d", "test_digest": "t", "threshold": 0.5, "run": "r"}
wanted = promotion.Promotion(name="m", version=1, model_digest=digest, **given)
now = promotion.promote(wanted, against=None)
glue("before", before.version if before else None)
glue("version", now.version)
"""
    empty.notebook("a", "", promote)
    empty.run()
    pointer = empty.root / ".pipeline/models/log.jsonl"
    before = pointer.read_bytes()
    assert not verdicts(empty)["a"].problems
    assert pointer.read_bytes() == before


def test_command_exits_0_where_all_is_equal_and_1_otherwise(empty: Project) -> None:
    empty.notebook("a", "", "glue('x', 1)")
    empty.run()
    done = empty.command("verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a: equal, 1 scraps" in done.stdout
    assert "came out the same: 1 scraps compared" in done.stdout
    empty.notebook("a", "", SLOPPY, "glue('x', noise)")
    empty.run()
    done = empty.command("verify", "2")
    assert done.returncode == 2
    assert "2 runs begin with '2'" in done.stderr
    done = empty.command("verify")
    assert done.returncode == 1
    assert "a: differs" in done.stdout
    assert "not deterministic, shown differently: cell 5 (work-1)" in done.stdout
    assert "compare with .pipeline/scratch/2" in done.stdout


def test_interrupted_verification_leaves_no_kernel(empty: Project) -> None:
    sleep = """
import os, time
if 'PIPELINE_VERIFY' in os.environ:
    open('pid', 'w').write(str(os.getpid()))
    time.sleep(600)
"""
    empty.notebook("a", "", sleep)
    empty.run()
    command = [sys.executable, "-m", "pipeline", "verify"]
    with subprocess.Popen(command, cwd=empty.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as verify:
        pid = wait_for(empty.root / "pid")
        verify.send_signal(signal.SIGINT)
        verify.communicate(timeout=30)
    assert verify.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def wait_for(path: Path) -> int:
    end = time.monotonic() + 60
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return int(path.read_text())


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (1e-9, "is 1e-09: it is a table"),
        ({"rows": "much"}, "of 'rows' is 'much': it is a number, 0 or more"),
        ({"rows": -1}, "is -1"),
        ({"rows": True}, "is True"),
        ({"rwos": 1e-9}, "names the scrap 'rwos', which the run does not have: did you mean 'rows'"),
    ],
)
def test_wrong_tolerance_is_refused(past: PastRun, table: object, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        tolerances(table, past)
