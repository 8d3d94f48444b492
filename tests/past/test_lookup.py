"""A run is found by the beginning of its id."""

import shutil
from pathlib import Path

import pytest
from projects import Project

from pipeline.errors import UsageError
from pipeline.past.lookup import PastRun, find
from pipeline.runs.record import RunRecord, StageRecord, Status

RUNS = ("20260101T000000Z-00000a", "20260102T000000Z-00000b", "20260102T000000Z-00000c")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for run in RUNS:
        stages = [StageRecord(name="a", status=Status.SKIPPED, reason="b did not succeed")]
        record = RunRecord(run=run, started="2026-01-01T00:00:00+00:00", stages=stages)
        (tmp_path / run).mkdir()
        (tmp_path / run / "run.json").write_bytes(record.as_json())
    return tmp_path


@pytest.mark.parametrize(("given", "found"), [("20260101", 0), (RUNS[1], 1), ("latest", 2)])
def test_run_is_found_by_the_beginning_of_its_id(reports: Path, given: str, found: int) -> None:
    assert find(reports, reports, given).record.run == RUNS[found]


def test_whole_id_names_its_run_beside_one_that_begins_with_it(reports: Path) -> None:
    shutil.copytree(reports / RUNS[0], reports / f"{RUNS[0]}-copy")
    assert find(reports, reports, RUNS[0]).folder.name == RUNS[0]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("20260102", "2 runs begin with '20260102': .*Give more"),
        ("x", "no run begins with 'x'. The newest are 20260102T"),
    ],
)
def test_unclear_run_is_refused(reports: Path, given: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        find(reports, reports, given)


def test_project_without_runs_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no run in .*Run the pipeline first"):
        find(tmp_path, tmp_path / "reports")


def test_stage_that_is_not_there_is_refused(reports: Path) -> None:
    with pytest.raises(UsageError, match="has no stage 'b': there are 'a'"):
        find(reports, reports).stage("b")


def test_stage_that_never_ran_is_refused_with_the_reason(reports: Path) -> None:
    with pytest.raises(UsageError, match=r"has no report of 'a': it was skipped \(b did not succeed\)"):
        find(reports, reports).stage("a")


@pytest.mark.kernel
def test_report_of_a_stage_is_found(past: PastRun, broken: Project) -> None:
    report = past.report(past.stage("train"))
    assert report == broken.root / "reports" / past.record.run / "train.ipynb"
    assert report.is_file()
