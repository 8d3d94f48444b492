"""The status of a stage comes from what happened to it, and its report always tells the same."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from projects import Project

from pipeline import handoff
from pipeline.runs.record import SCHEMA, RunRecord, StageRecord, read_run

pytestmark = pytest.mark.kernel


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    return project


def faulty(project: Project, fault: str) -> tuple[RunRecord, StageRecord]:
    """Run a stage that glues, meets a fault, and would go on; another one needs it."""
    project.notebook("s", "", "glue('before', 1)", fault, "glue('after', 2)")
    project.notebook("t", "s: Upstream = 'reports/latest/s.ipynb'", "read(s)")
    record = project.run()
    return record, record.stages[0]


def statuses(project: Project, record: RunRecord) -> list[str]:
    """Status of each code cell from the fault on, as the report has it."""
    cells = [each for each in project.report(record, "s")["cells"] if each["id"].startswith("work")]
    return [each["metadata"]["papermill"]["status"] for each in cells]


@pytest.mark.parametrize(
    ("fault", "status", "name", "message"),
    [
        ("raise ValueError('no such column')", "failed", "ValueError", "no such column"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died", "DeadKernelError", "killed"),
        ("import os; os._exit(0)", "died", "DeadKernelError", "killed"),
    ],
    ids=["raises", "killed", "exits"],
)
def test_fault_has_its_status_and_a_report_that_tells_it(
    empty: Project, fault: str, status: str, name: str, message: str
) -> None:
    record, stage = faulty(empty, fault)
    assert (str(record.status), str(stage.status)) == (status, status)
    assert (stage.failure.cell, stage.failure.name) == (6, name)
    assert message in stage.failure.message
    assert str(record.stages[1].status) == "skipped"
    assert record.stages[1].reason == "s did not succeed"
    assert statuses(empty, record) == ["completed", "failed", "pending"]
    banner = empty.report(record, "s")["cells"][0]["source"]
    assert f"This stage {status} in cell 6" in banner
    assert handoff.scraps(empty.root / stage.report)["before"].value() == 1
    assert not (empty.root / "reports/latest/s.ipynb").exists()


def test_traceback_is_in_the_report(empty: Project) -> None:
    record, _ = faulty(empty, "1 / 0")
    outputs = [out for each in empty.report(record, "s")["cells"] for out in each.get("outputs", [])]
    assert any("ZeroDivisionError" in "".join(out.get("traceback", [])) for out in outputs)


def test_cell_that_takes_too_long_is_timed_out(empty: Project) -> None:
    empty.write("pyproject.toml", "[tool.pipeline]\ncell_timeout_s = 1\n")
    record, stage = faulty(empty, "import time; time.sleep(60)")
    assert (str(record.status), str(stage.status)) == ("timed_out", "timed_out")
    assert statuses(empty, record) == ["completed", "failed", "pending"]


def test_skip_is_no_failure_and_skips_what_needs_it(empty: Project) -> None:
    record, stage = faulty(empty, "skip('no new data')")
    assert (str(record.status), str(stage.status), stage.reason) == ("succeeded", "skipped", "no new data")
    assert str(record.stages[1].status) == "skipped"


def test_expected_error_is_no_failure(empty: Project) -> None:
    path = empty.notebook("s", "", "1 / 0", "glue('after', 2)")
    notebook = json.loads(path.read_text())
    notebook["cells"][3]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(notebook))
    record = empty.run()
    assert str(record.status) == "succeeded"
    assert record.stages[0].scraps["after"].value == 2


def test_failed_stage_runs_again_and_finished_ones_do_not(empty: Project) -> None:
    empty.notebook("a", "", "glue('x', 1)")
    empty.notebook("b", "a: Upstream = 'reports/latest/a.ipynb'", "read(a)['x']", "open('ready').close()")
    assert empty.statuses() == {"a": "succeeded", "b": "failed"}
    empty.write("ready", "")
    assert empty.statuses() == {"a": "reused", "b": "succeeded"}


def test_prints_become_one_output(empty: Project) -> None:
    empty.notebook("s", "", "for n in range(500): print(n, flush=True)")
    outputs = [out for each in empty.report(empty.run(), "s")["cells"] for out in each.get("outputs", [])]
    assert len(outputs) == 1


def test_record_follows_the_published_schema(empty: Project) -> None:
    record, _ = faulty(empty, "1 / 0")
    written = json.loads((empty.root / "reports" / record.run / "run.json").read_text())
    jsonschema.validate(written, json.loads(SCHEMA.read_text()), format_checker=jsonschema.FormatChecker())
    assert read_run(empty.root / "reports" / record.run / "run.json") == record


def test_independent_stages_run_at_the_same_time(empty: Project) -> None:
    meet = """
import pathlib, time
pathlib.Path(here).touch()
end = time.time() + 30
while not pathlib.Path(there).exists():
    assert time.time() < end
    time.sleep(.01)
"""
    empty.notebook("a", "here: str = 'met-a'\nthere: str = 'met-b'", meet)
    empty.notebook("b", "here: str = 'met-b'\nthere: str = 'met-a'", meet)
    assert empty.statuses() == {"a": "succeeded", "b": "succeeded"}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopped_run_exits_130_and_leaves_nothing_alive(empty: Project, sign: signal.Signals) -> None:
    empty.notebook("a", "", "glue('x', 1)")
    empty.notebook(
        "b",
        "a: Upstream = 'reports/latest/a.ipynb'",
        "read(a)",
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)",
    )
    run = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run"],
        cwd=empty.root,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = _wait_for(empty.root / "pid")
    run.send_signal(sign)
    _, errors = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "was stopped. Run again: stages that were finished are reused." in errors
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    record = read_run(empty.root / "reports/latest/run.json")
    assert [str(stage.status) for stage in record.stages] == ["succeeded", "cancelled"]


def _wait_for(path: Path) -> int:
    end = time.monotonic() + 60
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return int(path.read_text())
