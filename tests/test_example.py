"""The six notebooks on the built-in example, run as a newcomer runs them."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from projects import Project

from pipeline.runs.record import RunRecord, read_run

pytestmark = pytest.mark.scenario
REPOSITORY = Path(__file__).parents[1]
STAGES = ["eda", "prep", "train", "evaluate", "deploy", "monitor"]


def copied(folder: Path) -> Project:
    shutil.copytree(REPOSITORY / "notebooks", folder / "notebooks")
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    return Project(folder)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copied(tmp_path_factory.mktemp("example"))
    done = project.command("run")
    assert done.returncode == 0, done.stdout + done.stderr
    project.write("printed.txt", done.stdout)
    return project


@pytest.fixture(scope="module")
def first(example: Project) -> RunRecord:
    """The first run, as it was recorded; later tests add runs."""
    return read_run(min((example.root / "reports").glob("2*/run.json")))


def statuses(project: Project, *arguments: str) -> dict[str, str]:
    done = project.command("run", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    record = read_run(project.root / "reports/latest/run.json")
    return {stage.name: str(stage.status) for stage in record.stages}


def test_all_stages_succeed_and_the_gates_pass(first: RunRecord) -> None:
    assert {stage.name: str(stage.status) for stage in first.stages} == dict.fromkeys(STAGES, "succeeded")
    assert first.verdict["passed"] is True
    assert first.model_version["version"]
    assert all(stage.seconds > 0 and 0 < stage.peak_memory_bytes < 3 * 2**30 for stage in first.stages)


def test_readme_shows_what_a_run_prints(example: Project) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- output of pipeline: begin -->")[2].partition("<!-- output of pipeline: end -->")[0]
    assert said(shown) == said((example.root / "printed.txt").read_text())


def said(output: str) -> set[str]:
    """What a run prints, but for its cells and all that is another time from run to run."""
    lines = [
        line for line in output.splitlines() if re.match(r"\w+ +\| |run |reports: ", line) and "| cell " not in line
    ]
    return {re.sub(r"\b\d[\dTZ.]*(-[0-9a-f]{6})?\b", "#", line) for line in lines}


def test_held_out_auc_is_worth_having(first: RunRecord) -> None:
    scraps = {stage.name: stage.scraps for stage in first.stages}
    auc = scraps["evaluate"]["metrics"].value["roc_auc"]
    assert 0.70 <= auc["low"] < auc["value"] < auc["high"] <= 0.85


def test_reports_are_small_and_show_figures(example: Project, first: RunRecord) -> None:
    for stage in first.stages:
        path = example.root / stage.report
        assert path.stat().st_size < 2_000_000
        outputs = [out for cell in json.loads(path.read_text())["cells"] for out in cell.get("outputs", [])]
        assert stage.name == "deploy" or any("image/png" in out.get("data", {}) for out in outputs)
        assert not [out for out in outputs if out.get("name") == "stderr"], f"{stage.name} warns its reader"
        assert all(out["metadata"]["image/png"]["alt"] for out in outputs if "image/png" in out.get("data", {}))


def test_reports_answer_their_question_on_the_first_screen(example: Project, first: RunRecord) -> None:
    for stage in first.stages:
        answer = stage.scraps["answer"].value
        assert re.fullmatch(r"[^<>\n]+[.]", answer), stage.name
        cells = {cell["id"]: cell for cell in json.loads((example.root / stage.report).read_text())["cells"]}
        shown = [out["data"]["text/markdown"] for name in ("setup", "answer") for out in cells[name]["outputs"]]
        told = ["".join(text) for text in shown]
        assert (told[0], told[-1]) == (answer, answer), stage.name


def test_unchanged_run_reuses_all(example: Project, first: RunRecord) -> None:
    assert statuses(example) == dict.fromkeys(STAGES, "reused")
    assert read_run(example.root / "reports/latest/run.json").verdict == first.verdict


def test_parameter_of_deploy_runs_deploy_and_monitor(example: Project) -> None:
    found = statuses(example, "-p", "deploy.name", "another")
    assert found == dict.fromkeys(STAGES, "reused") | {"deploy": "succeeded", "monitor": "succeeded"}


@pytest.mark.parametrize("stage", STAGES)
def test_stage_runs_by_hand_on_the_latest_reports(example: Project, stage: str) -> None:
    notebook = nbformat.read(REPOSITORY / "notebooks" / f"{stage}.ipynb", as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(example.root)}}).execute()


def models(example: Project) -> dict[Path, bytes]:
    """Everything that is said of models."""
    return {path: path.read_bytes() for path in (example.root / ".pipeline/models").rglob("*") if path.is_file()}


def test_run_in_forked_kernels_verifies_exactly_in_spawned_ones_cell_by_cell(
    example: Project, first: RunRecord
) -> None:
    assert {stage.kernel for stage in first.stages} == {"forked"}
    state = models(example)
    done = example.command("verify", first.run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "came out the same" in done.stdout
    assert "not deterministic" not in done.stdout
    assert models(example) == state


def test_another_run_elsewhere_gives_the_same_to_the_last_digit(first: RunRecord, tmp_path: Path) -> None:
    again = copied(tmp_path)
    done = again.command("run", "evaluate")
    assert done.returncode == 0, done.stdout + done.stderr
    stages = {stage.name: stage for stage in read_run(tmp_path / "reports/latest/run.json").stages}
    for stage in first.stages:
        if stage.name in stages:
            assert stages[stage.name].scraps == stage.scraps, stage.name
