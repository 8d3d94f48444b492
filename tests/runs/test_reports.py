"""Reports are kept for good: each run has its folder, the newest good ones are at hand, nothing is overwritten."""

import json
import re
import shutil
import stat
from pathlib import Path

import pytest
from projects import Project

from pipeline.errors import RunError, StoreError
from pipeline.runs.record import read_run
from pipeline.runs.reports import Reports

pytestmark = pytest.mark.kernel


def test_run_has_an_id_that_sorts_by_time(tmp_path: Path) -> None:
    first = Reports(tmp_path, tmp_path).start().run
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", first)


def test_report_is_read_only_and_stays_as_it_is(project: Project) -> None:
    before = {path: path.read_bytes() for path in (project.root / "reports").glob("2*/*.ipynb")}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o444 for path in before)
    project.run(trials=5)
    assert {path: path.read_bytes() for path in before} == before


def test_reused_report_is_the_same_file(project: Project) -> None:
    record = project.run()
    paths = sorted((project.root / "reports").glob("2*/prep.ipynb"))
    assert len(paths) == 2
    assert paths[0].samefile(paths[1])
    assert record.stages[0].executed_by != record.run


def test_latest_has_the_newest_good_report_of_each_stage(project: Project) -> None:
    good = (project.root / "reports/latest/train.ipynb").read_bytes()
    project.write("lib/far.py", "raise ValueError('broken')")
    record = project.run(factor=2)
    statuses = {stage.name: str(stage.status) for stage in record.stages}
    assert (statuses["prep"], statuses["train"]) == ("succeeded", "failed")
    assert (project.root / "reports/latest/train.ipynb").read_bytes() == good
    assert (
        json.loads((project.root / "reports/latest/prep.ipynb").read_text())["metadata"]["pipeline"]["run"]
        == record.run
    )
    assert read_run(project.root / "reports/latest/run.json") == record


def test_editing_the_latest_report_leaves_the_kept_one(project: Project) -> None:
    latest = project.root / "reports/latest/prep.ipynb"
    kept = next((project.root / "reports").glob("2*/prep.ipynb"))
    before = kept.read_bytes()
    latest.chmod(0o644)
    latest.write_text("edited")
    assert kept.read_bytes() == before


def test_report_names_its_inputs_so_that_it_can_run_again(project: Project) -> None:
    record = project.run(trials=5)
    source = next(
        each["source"] for each in project.report(record, "train")["cells"] if each["id"] == "injected-parameters"
    )
    assert f"prep = 'reports/{record.run}/prep.ipynb'" in source
    assert "trials = 5" in source


def test_index_lists_every_run_newest_first(project: Project) -> None:
    runs = [project.run().run, project.run(trials=8).run]
    index = (project.root / "reports/index.md").read_text()
    assert index.index(runs[1]) < index.index(runs[0])
    assert f"[train]({runs[1]}/train.ipynb)" in index


def test_index_takes_rows_of_ended_runs_from_itself_until_their_records_change(project: Project) -> None:
    runs, index = [project.run().run for _ in range(2)], project.root / "reports/index.md"
    index.write_text(index.read_text().replace("succeeded", "failed"))
    project.run()
    assert [f"| {run} | failed |" in index.read_text() for run in runs] == [True, True]
    (project.root / f"reports/{runs[0]}/run.json").touch()
    project.run()
    assert [f"| {run} | failed |" in index.read_text() for run in runs] == [False, True]


@pytest.mark.parametrize("changed", [("succeeded", "pending"), ("| seconds |", "| hours |"), ("# Runs", "\udcff")])
def test_index_is_made_anew_where_it_may_be_out_of_date(project: Project, changed: tuple[str, str]) -> None:
    project.run()
    index = project.root / "reports/index.md"
    good = index.read_text()
    index.write_text(good.replace("[train]", "[other]").replace(*changed), errors="surrogateescape")
    project.run()
    assert "[other]" not in index.read_text()
    assert set(good.split("\n")) <= set(index.read_text().split("\n"))


def test_index_shows_metrics_with_their_intervals(project: Project) -> None:
    project.notebook("judge", "", "glue('metrics', {'auc': {'value': 0.75, 'low': 0.7, 'high': 0.81234}})")
    project.run("judge")
    assert "auc 0.75 (0.7 to 0.8123)" in (project.root / "reports/index.md").read_text()


def test_verdict_and_model_version_are_in_the_record(project: Project) -> None:
    project.notebook(
        "judge",
        "",
        "glue('verdict', {'passed': False, 'gates': [{'name': 'auc', 'passed': False, 'message': 'too low'}]})",
        "glue('model_version', {'name': 'm', 'version': 3})",
    )
    record = project.run()
    assert str(record.status) == "refused"
    assert record.verdict["gates"][0]["name"] == "auc"
    assert record.model_version == {"name": "m", "version": 3}


@pytest.mark.parametrize("verdict", ["None", "'passed'", "{'passed': 'yes'}", "{}"])
def test_verdict_that_is_none_refuses(project: Project, verdict: str) -> None:
    project.notebook("judge", "", f"glue('verdict', {verdict})")
    assert str(project.run("judge").status) == "refused"


def test_reports_that_cannot_be_written_stop_the_run_before_it_starts(project: Project) -> None:
    project.write("pyproject.toml", '[tool.pipeline]\nreports = "/proc/reports"\n')
    with pytest.raises(RunError, match=r"cannot keep reports in /proc/reports: .* set `reports`"):
        project.run()


@pytest.mark.parametrize("content", ["{", "[]", '{"schema_version": 99}', "{}"])
def test_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(RunError, match=r"run\.json"):
        read_run(path)


def test_damaged_record_of_an_old_run_spoils_no_new_one(project: Project) -> None:
    project.write("reports/20200101T000000Z-000000/run.json", "{")
    assert str(project.run().status) == "succeeded"
    assert "its record cannot be read" in (project.root / "reports/index.md").read_text()


def test_run_that_cannot_go_on_is_recorded_as_failed(project: Project) -> None:
    shutil.rmtree(project.root / "reports/latest")
    project.write("reports/latest", "a file where a folder is needed")
    with pytest.raises(StoreError, match="cannot write"):
        project.run(trials=7)
    newest = max((project.root / "reports").glob("2*/run.json"))
    assert str(read_run(newest).status) == "failed"
