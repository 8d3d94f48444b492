"""Each command says what it did or what is wrong, with its exit code."""

import json
from pathlib import Path

import pytest
from projects import Project, cell, document

pytestmark = pytest.mark.kernel


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.notebook("prep", "rows: int = 3  # how many, 1 or more", "glue('rows', list(range(rows)))")
    project.notebook(
        "train",
        "prep: Upstream = 'reports/latest/prep.ipynb'\ntrials: int = 2",
        "glue('sum', sum(read(prep)['rows']) * trials)",
    )
    return project


def test_run_prints_each_stage_and_where_the_reports_are(project: Project) -> None:
    done = project.command("run", "-p", "trials", "4", "-p", "rows=2")
    assert done.returncode == 0, done.stderr
    assert "prep  | succeeded in" in done.stdout
    assert "2 succeeded" in done.stdout
    assert "reports: reports/2" in done.stdout
    record = json.loads((project.root / "reports/latest/run.json").read_text())
    assert record["stages"][1]["scraps"]["sum"]["value"] == 4
    assert record["given"] == {"trials": "4", "rows": "2"}
    assert not done.stderr


def test_run_works_from_anywhere_inside(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Project(project.root / "notebooks")
    done = inside.command("run", "prep")
    assert done.returncode == 0, done.stderr
    assert (project.root / "reports/latest/prep.ipynb").exists()
    assert not (project.root / "reports/latest/train.ipynb").exists()
    monkeypatch.undo()


def test_failed_stage_exits_1_and_says_where(project: Project) -> None:
    project.notebook("prep", "rows: int = 3", "rows", "raise KeyError('price')")
    done = project.command("run")
    assert done.returncode == 1
    assert "prep failed in cell 6: KeyError: 'price'" in done.stdout
    assert "read it: reports/2" in done.stdout


def test_refused_gate_exits_3_with_its_table(project: Project) -> None:
    project.notebook(
        "judge",
        "",
        "glue('verdict', {'passed': False, 'gates': [{'name': 'auc', 'passed': False, 'message': '0.5 < 0.6'}]})",
    )
    done = project.command("run", "judge")
    assert done.returncode == 3
    assert "REFUSED auc: 0.5 < 0.6" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run", "-p", "trails", "2"], "no stage has a parameter 'trails': did you mean 'trials'?"),
        (
            ["run", "-p", "rows", "x"],
            "prep.ipynb: parameter 'rows' from the command line is 'x', not int (how many, 1 or more)",
        ),
        (["run", "trian"], "no stage 'trian': did you mean 'train'?"),
        (["plan", "-p", "trails", "2"], "no stage has a parameter 'trails'"),
        (["run", "--jobs", "0"], "jobs (stages that run at the same time) is 0 in the command line"),
        (["inspect", "none.ipynb"], "cannot read none.ipynb"),
    ],
)
def test_wrong_words_exit_2_before_anything_starts(project: Project, arguments: list[str], why: str) -> None:
    done = project.command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.root / "reports").exists()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("[tool.pipeline]\nstroe = 'x'\n", "has the unknown key 'stroe': did you mean 'store'?"),
        ("[tool.pipeline]\njobs = 'many'\n", "jobs (stages that run at the same time) is 'many' in [tool.pipeline]"),
        ("[tool.pipeline.gates]\nroc_acu = {low_at_least = 0.6}\n", "did you mean 'roc_auc'"),
        ("[tool.pipeline\n", "is not TOML"),
        ("[tool.other]\n", "no project at"),
    ],
)
def test_wrong_settings_exit_2(project: Project, settings: str, why: str) -> None:
    project.write("pyproject.toml", settings)
    done = project.command("run")
    assert done.returncode == 2
    assert why in done.stderr


def test_setting_from_the_environment_is_named_when_it_is_wrong(project: Project) -> None:
    done = project.command("run", PIPELINE_JOBS="-1")
    assert done.returncode == 2
    assert "'-1' in the environment (PIPELINE_JOBS)" in done.stderr


def test_broken_notebook_exits_2(project: Project) -> None:
    project.write("notebooks/zz.ipynb", "{")
    done = project.command("run")
    assert done.returncode == 2
    assert "zz.ipynb is not a notebook: it is not JSON" in done.stderr


def test_reports_that_cannot_be_written_exit_1(project: Project) -> None:
    done = project.command("run", PIPELINE_REPORTS="/proc/reports")
    assert done.returncode == 1
    assert "cannot keep reports in /proc/reports" in done.stderr


def test_plan_starts_nothing(project: Project) -> None:
    done = project.command("plan")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "run   prep        it has never succeeded",
        "run   train       it has never succeeded",
    ]
    assert not (project.root / "reports").exists()


def test_inspect_shows_what_a_stage_takes_and_gives(project: Project) -> None:
    shown = project.command("inspect", "notebooks/train.ipynb").stdout
    assert "trials: int = 2" in shown
    assert "prep <- prep  rows" in shown
    assert "glues:\n    sum" in shown


def test_inspect_reads_a_notebook_of_another_language(tmp_path: Path) -> None:
    kernel = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    project = Project(tmp_path)
    project.write("r.ipynb", json.dumps(document([cell("code", "one", "x <- function(a) { a }")], **kernel)))
    done = project.command("inspect", "r.ipynb")
    assert done.returncode == 0
    assert "r.ipynb: r, kernel ir, nbformat 4.5" in done.stdout
    assert "cell 1 (one) cannot be read as Python" in done.stdout
    assert "no cell is tagged `parameters`" in done.stdout


def test_help_names_every_command(project: Project) -> None:
    shown = project.command("--help").stdout
    assert all(command in shown for command in ("run", "plan", "inspect"))
