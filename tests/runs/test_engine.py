"""The status of a stage comes from what happened to it, and its report always tells the same."""

import json
import re
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
from pipeline.store import digest

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
        ("import sys; sys.exit(0)", "failed", "SystemExit", "0"),
        (
            "import os, time; x = bytearray(300_000_000); time.sleep(1); os.kill(os.getpid(), 9)",
            "died",
            "DeadKernel",
            r"was ended by SIGKILL, as the system does where memory runs out; it had taken up to [3-9]\d\d MiB",
        ),
        ("import os; os._exit(3)", "died", "DeadKernel", "left by itself with exit code 3"),
        (
            "import faulthandler; faulthandler._sigsegv()",
            "died",
            "DeadKernel",
            "was ended by SIGSEGV",
        ),
    ],
    ids=["raises", "leaves", "killed", "exits", "segfault"],
)
def test_fault_has_its_status_and_a_report_that_tells_it(
    empty: Project, fault: str, status: str, name: str, message: str
) -> None:
    record, stage = faulty(empty, fault)
    assert (str(record.status), str(stage.status)) == (status, status)
    assert (stage.failure.cell, stage.failure.name) == (6, name)
    assert re.search(message, stage.failure.message)
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


@pytest.mark.parametrize("limit", ["cell_timeout_s", "stage_timeout_s", "run_timeout_s"])
def test_stage_that_takes_too_long_is_timed_out(empty: Project, limit: str) -> None:
    empty.write("pyproject.toml", f"[tool.pipeline]\n{limit} = 3\n")
    record, stage = faulty(empty, "import time; time.sleep(60)")
    assert (str(record.status), str(stage.status)) == ("timed_out", "timed_out")
    assert stage.failure.message == f"it took longer than `{limit}` allows"
    assert statuses(empty, record) == ["completed", "failed", "pending"]


def test_output_that_was_declared_and_not_glued_is_a_failure(empty: Project) -> None:
    empty.notebook("s", "", "glue('kept', 1)", "if False:\n    glue('lost', 2)")
    (stage,) = empty.run().stages
    assert (str(stage.status), stage.failure.name) == ("failed", "OutputMissing")
    assert stage.failure.message.startswith("'lost' should have been glued and was not")


def test_stage_is_tried_again_where_settings_say_so_and_every_attempt_is_kept(empty: Project) -> None:
    empty.write("pyproject.toml", "[tool.pipeline]\nretry = {died = 2}\n")
    fault = (
        "import os, pathlib\ncount = len(list(pathlib.Path('tries').iterdir()))\npathlib.Path(f'tries/{count}').touch()"
    )
    empty.write("tries/0", "")
    empty.notebook("s", "", fault, "os._exit(1) if count < 3 else glue('count', count)")
    (stage,) = empty.run().stages
    assert (str(stage.status), stage.scraps["count"].value) == ("succeeded", 3)
    assert [path.rpartition("/")[2] for path in stage.attempts] == ["s.attempt-1.ipynb", "s.attempt-2.ipynb"]
    assert all("This stage died in cell" in (empty.root / path).read_text() for path in stage.attempts)


def test_other_endings_are_not_tried_again(empty: Project) -> None:
    empty.write("pyproject.toml", "[tool.pipeline]\nretry = {died = 2}\n")
    _, stage = faulty(empty, "1 / 0")
    assert (str(stage.status), stage.attempts) == ("failed", ())


def test_skipped_cell_is_not_executed(empty: Project) -> None:
    path = empty.notebook("s", "", "1 / 0", "glue('after', 2)")
    notebook = json.loads(path.read_text())
    notebook["cells"][3]["metadata"]["tags"] = ["skip-execution"]
    path.write_text(json.dumps(notebook))
    assert str(empty.run().status) == "succeeded"


def test_processes_that_a_notebook_started_end_with_it(empty: Project) -> None:
    start = "import subprocess\nopen('pid', 'w').write(str(subprocess.Popen(['sleep', '600']).pid))"
    empty.notebook("s", "", start)
    assert str(empty.run().status) == "succeeded"
    assert not _alive(int((empty.root / "pid").read_text()))


def test_large_report_is_written_at_most_thrice(empty: Project) -> None:
    empty.notebook("s", "", "print('x' * 20_000_000)", *["import time; time.sleep(0.15)"] * 50)
    before = _written_bytes()
    (stage,) = empty.run().stages
    size = (empty.root / stage.report).stat().st_size
    assert size > 20_000_000
    # Once more for the copy in latest/.
    assert _written_bytes() - before < 4.1 * size


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


@pytest.mark.parametrize("many", [1, 2_000], ids=["in the report", "in the store"])
def test_record_keeps_what_a_watch_saw_and_reads_it_back(empty: Project, many: int) -> None:
    empty.notebook("watch", "", f"glue('watch', {{'source': 'table', 'unknown': ['too few rows'] * {many}}})")
    for status in ("succeeded", "reused"):
        record = empty.run()
        assert str(record.stages[0].status) == status
        path = empty.root / "reports" / record.run / "run.json"
        jsonschema.validate(json.loads(path.read_text()), json.loads(SCHEMA.read_text()))
        assert read_run(path).watch == {"source": "table", "unknown": ["too few rows"] * many}


def test_record_of_the_first_version_is_still_read(empty: Project) -> None:
    record, _ = faulty(empty, "1 / 0")
    path = empty.root / "reports" / record.run / "run.json"
    older = {name: value for name, value in json.loads(path.read_text()).items() if name != "watch"}
    path.write_text(json.dumps(older | {"schema_version": 1}))
    assert read_run(path).watch is None


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
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "was stopped. Run again: stages that were finished are reused." in errors
    assert not _alive(pid)
    record = read_run(empty.root / "reports/latest/run.json")
    assert [str(stage.status) for stage in record.stages] == ["succeeded", "cancelled"]


def _wait_for(path: Path) -> int:
    end = time.monotonic() + 60
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return int(path.read_text())


def _alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and that nobody has asked about yet does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def _written_bytes() -> int:
    """Return what this process has written to files so far."""
    return int(re.search(r"wchar: (\d+)", Path("/proc/self/io").read_text()).group(1))


def test_record_has_the_digest_of_what_was_loaded_by_whichever_run_executed_the_stage(
    empty: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = "sys.audit('pipeline.source', 'rows.csv', fingerprints.fingerprint('rows.csv'))"
    empty.notebook("s", "", "import sys", "from pipeline.data import fingerprints", load)
    rows = empty.write("rows.csv", "a\n1\n")
    monkeypatch.chdir(empty.root)
    found = [stage for _ in range(2) for stage in empty.run().stages]
    assert [str(stage.status) for stage in found] == ["succeeded", "reused"]
    assert [stage.sources for stage in found] == [{"rows.csv": digest.of_file(rows)}] * 2
