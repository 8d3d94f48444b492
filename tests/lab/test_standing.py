from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.lab.standing import LastReport, State, last_report, verdict
from pipeline.runs.plan import Action, Decision
from pipeline.runs.record import RunRecord, StageRecord, Status
from pipeline.runs.reports import Reports

KeepRun = Callable[[str, Status], None]


def decided(stage: str, action: Action, reason: str) -> Decision:
    return Decision(stage=stage, action=action, reason=reason)


def test_stage_is_fresh_where_it_would_be_reused() -> None:
    assert verdict("a", [decided("a", Action.REUSE, "nothing has changed")]) == (State.FRESH, "nothing has changed")


def test_stage_that_waits_is_stale_for_what_changed_before_it() -> None:
    plan = [decided("a", Action.RUN, "cell 'x' changed"), decided("b", Action.WAIT, "runs if outputs of a change")]
    assert verdict("b", plan) == (State.STALE, "runs if outputs of a change; a: cell 'x' changed")
    assert verdict("a", plan) == (State.STALE, "cell 'x' changed")


@pytest.fixture
def keep(tmp_path: Path) -> KeepRun:
    def keep(run: str, status: Status) -> None:
        folder = tmp_path / "reports" / run
        folder.mkdir(parents=True)
        report = "" if status is Status.SKIPPED else f"reports/{run}/a.ipynb"
        (tmp_path / report).write_text("{}") if report else None
        stages = [StageRecord(name="a", status=status, report=report)]
        (folder / "run.json").write_bytes(RunRecord(run=run, started="", stages=stages).as_json())

    return keep


def test_last_report_is_the_one_that_stages_read_where_it_is_good(keep: KeepRun, tmp_path: Path) -> None:
    reports = Reports(tmp_path / "reports", tmp_path)
    assert last_report("a", reports) is None
    keep("1", Status.SUCCEEDED)
    (tmp_path / "reports/latest").mkdir()
    (tmp_path / "reports/latest/a.ipynb").write_text("{}")
    assert last_report("a", reports) == LastReport(path="reports/latest/a.ipynb", run="1", status=Status.SUCCEEDED)
    keep("2", Status.FAILED)
    assert last_report("a", reports) == LastReport(path="reports/2/a.ipynb", run="2", status=Status.FAILED)
    keep("3", Status.SKIPPED)
    (tmp_path / "reports/4").mkdir()
    (tmp_path / "reports/4/a.ipynb").write_text("a run whose record is damaged")
    (tmp_path / "reports/4/run.json").write_text("{")
    assert last_report("a", reports) == LastReport(path="reports/2/a.ipynb", run="2", status=Status.FAILED)
