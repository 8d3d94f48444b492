"""GitHub's pages get an annotation for whatever did not end well."""

from pathlib import Path

from pipeline.console.github import annotations
from pipeline.runs.record import Failure, RunRecord, StageRecord, Status


def record(*stages: StageRecord, **rest: object) -> RunRecord:
    return RunRecord(run="r", started="now", stages=list(stages), **rest)


def test_characters_that_end_a_command_are_escaped(tmp_path: Path) -> None:
    stage = StageRecord(name="a", status=Status.DIED, failure=Failure(cell=0, name="E", message="100 %,\r\nor: more"))
    assert list(annotations(record(stage), tmp_path)) == ["::error title=a died::E: 100 %25,%0D%0Aor: more"]


def test_stage_without_a_failure_is_told_by_its_reason(tmp_path: Path) -> None:
    stage = StageRecord(name="a", status=Status.FAILED, reason="x: y")
    assert list(annotations(record(stage), tmp_path)) == ["::error title=a failed::x: y"]


def test_good_run_has_none(tmp_path: Path) -> None:
    assert not list(annotations(record(StageRecord(name="a", status=Status.SUCCEEDED)), tmp_path))


def test_verdict_that_cannot_tell_is_told(tmp_path: Path) -> None:
    gates = [{"passed": False, "outcome": "inconclusive", "message": "100 rows are too few"}]
    verdict = {"passed": False, "outcome": "inconclusive", "gates": gates}
    [found] = annotations(record(status=Status.REFUSED, verdict=verdict), tmp_path)
    assert found == "::error title=the gates could not tell%2C so the model does not pass::100 rows are too few"


def test_refused_verdict_is_told(tmp_path: Path) -> None:
    gates = [{"passed": True, "message": "fine"}, {"passed": False, "message": "0.5 < 0.6"}]
    found = list(annotations(record(status=Status.REFUSED, verdict={"passed": False, "gates": gates}), tmp_path))
    assert found == ["::error title=the gates refused::0.5 < 0.6"]
    found = list(annotations(record(status=Status.REFUSED, verdict={"passed": False, "gates": []}), tmp_path))
    assert found == ["::error title=the gates refused::the verdict did not pass"]
