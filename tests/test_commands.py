"""Each command says what it did or what is wrong, with its exit code."""

import json
import re
import subprocess
import sys
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


def test_run_works_from_anywhere_inside(project: Project) -> None:
    inside = Project(project.root / "notebooks")
    done = inside.command("run", "prep")
    assert done.returncode == 0, done.stderr
    assert (project.root / "reports/latest/prep.ipynb").exists()
    assert not (project.root / "reports/latest/train.ipynb").exists()


def test_failed_stage_exits_1_and_says_where(project: Project) -> None:
    project.notebook("prep", "rows: int = 3", "rows", "raise KeyError('price')")
    done = project.command("run")
    assert done.returncode == 1
    assert "prep failed in cell 6 (work-2): KeyError: 'price'" in done.stdout
    assert "    raise KeyError('price')\n" in done.stdout
    assert "    ----> 1 raise KeyError('price')\n" in done.stdout
    assert "\x1b" not in done.stdout
    run = next((project.root / "reports").glob("2*")).name
    assert f"read it:      reports/{run}/prep.ipynb" in done.stdout
    assert f"pipeline open {run} prep" in done.stdout
    assert f"pipeline debug {run} prep" in done.stdout
    assert "::error" not in done.stdout


def test_failed_stage_is_annotated_on_github(project: Project) -> None:
    project.notebook("prep", "rows: int = 3", "rows", "raise KeyError('price')")
    done = project.command("run", GITHUB_ACTIONS="true")
    expected = "::error file=notebooks/prep.ipynb,title=prep failed in cell 6 (work-2)::KeyError: 'price'%0A"
    annotations = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert [line[: len(expected)] for line in annotations] == [expected]


def test_run_leaves_a_junit_file(project: Project) -> None:
    project.notebook("prep", "rows: int = 3", "rows", "raise KeyError('price')")
    project.command("run")
    written = next((project.root / "reports").glob("2*/junit.xml")).read_text()
    assert 'name="prep"' in written
    assert """<failure type="KeyError" message="'price'">""" in written
    assert '<skipped message="skipped: prep did not succeed"' in written


def test_output_off_a_terminal_has_no_carriage_returns(project: Project) -> None:
    project.notebook(
        "prep", "rows: int = 3", "rows", "for n in range(3): print(n, end='\\r')", "raise KeyError('a\\rb')"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "run"], cwd=project.root, capture_output=True, check=False, timeout=120
    )
    assert b"prep failed in cell 7" in done.stdout
    assert b"\r" not in done.stdout


def test_show_prints_a_run(project: Project) -> None:
    project.command("run", "-p", "trials", "4")
    run = next((project.root / "reports").glob("2*")).name
    project.command("run")
    newest = project.command("show").stdout
    assert f"run {run}" not in newest
    assert "parameter 'trials': 4 -> 2" in newest
    shown = project.command("show", run)
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"run {run}: succeeded in ")
    assert re.search(r"^prep +succeeded +[\d.]+ +\d+ +it has never succeeded$", shown.stdout, re.MULTILINE)
    assert re.search(rf"\ntrain\n  trials = 4\n  kernel: \w+\n  report: reports/{run}/train.ipynb\n", shown.stdout)


def test_show_prints_gates_and_model_version(project: Project) -> None:
    gate = "{'name': 'auc', 'passed': False, 'message': '0.5 < 0.6'}"
    version = "{'name': 'm', 'version': 3, 'model_digest': 'x'}"
    project.notebook(
        "judge", "", f"glue('verdict', {{'passed': False, 'gates': [{gate}]}})\nglue('model_version', {version})"
    )
    project.command("run", "judge")
    shown = project.command("show", "latest").stdout
    assert "gates: refused\n  REFUSED      auc: 0.5 < 0.6\n" in shown
    assert "model: m version 3" in shown


def test_gc_removes_what_nobody_needs(project: Project) -> None:
    for trials in ("1", "2", "3"):
        project.command("run", "-p", "trials", trials)
    before = sorted(path.name for path in (project.root / "reports").glob("2*"))
    asked = project.command("gc", "--keep-last", "1", "--dry-run")
    assert f"remove  {before[1]}  succeeded" in asked.stdout
    assert "MiB would be freed: 1 runs, 1 ledger entries, 0 objects" in asked.stdout
    assert sorted(path.name for path in (project.root / "reports").glob("2*")) == before
    done = project.command("gc", "--keep-last", "1")
    assert done.stdout == asked.stdout.replace("would be freed", "freed")
    assert sorted(path.name for path in (project.root / "reports").glob("2*")) == [before[0], before[2]]
    assert "2 reused" in project.command("run", "-p", "trials", "3").stdout


@pytest.mark.parametrize("command", [["show"], ["verify"], ["open", "latest", "prep"], ["debug", "latest", "prep"]])
def test_commands_about_the_past_say_where_there_is_none(project: Project, command: list[str]) -> None:
    done = project.command(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Run the pipeline first: `pipeline run`." in done.stderr


def test_refused_gate_exits_3_with_its_table(project: Project) -> None:
    project.notebook(
        "judge",
        "",
        "glue('verdict', {'passed': False, 'gates': [{'name': 'auc', 'passed': False, 'message': '0.5 < 0.6'}]})",
    )
    done = project.command("run", "judge")
    assert done.returncode == 3
    assert "REFUSED      auc: 0.5 < 0.6" in done.stdout
    run = next((project.root / "reports").glob("2*")).name
    assert f"read why:     reports/{run}/judge.ipynb" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run", "-p", "trails", "2"], "no stage has a parameter 'trails': did you mean 'trials'?"),
        (
            ["run", "-p", "rows", "x"],
            "prep.ipynb: parameter 'rows' from the command line is 'x', not int (how many, 1 or more)",
        ),
        (["run", "-p", "trials"], "the parameter 'trials' has no value: write `-p trials VALUE` or `-p trials=VALUE`."),
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
        ("[tool]\npipeline = 3\n", "[tool.pipeline] is 3, not a table"),
        ("[tool.pipeline]\nnotebooks = 5\n", "notebooks (folder of the stages) is 5"),
        ("[tool.pipeline]\nstore = 's4://x'\n", "(`store` in settings, or the place of a packed version)"),
        ("[tool.pipeline\n", "is not TOML"),
        ("[tool.other]\n", "no project at"),
    ],
)
def test_wrong_settings_exit_2(project: Project, settings: str, why: str) -> None:
    project.write("pyproject.toml", settings)
    done = project.command("run")
    assert done.returncode == 2
    assert why in done.stderr


def test_typo_in_a_table_that_notebooks_read_exits_2(project: Project) -> None:
    project.notebook("s", "time: str | None = setting('data.time', default=None)", "time")
    project.write("pyproject.toml", "[tool.pipeline.data]\ntiem = 'when'\n")
    done = project.command("plan")
    assert done.returncode == 2
    assert "[tool.pipeline.data] has the unknown key 'tiem': did you mean 'time'?" in done.stderr


@pytest.mark.parametrize(
    ("text", "named", "why"),
    [
        ("key,paid\n1,2\n", "target = 'payed'", "s.ipynb: rows.csv has no column 'payed', named as target"),
        ("key,paid\n", "target = 'paid'", "s.ipynb: rows.csv has no rows (2 columns)"),
        (None, "target = 'paid'", "s.ipynb: rows.csv is not there in "),
    ],
)
def test_wrong_table_exits_2_before_anything_starts(project: Project, text: str | None, named: str, why: str) -> None:
    project.notebook(
        "s",
        "table: str = setting('data.source')\ngoal: str = setting('data.target')",
        "sources.load(table, target=goal)",
    )
    project.write("pyproject.toml", f"[tool.pipeline.data]\nsource = 'rows.csv'\n{named}\n")
    if text is not None:
        project.write("rows.csv", text)
    done = project.command("run", "s")
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert not (project.root / "reports").exists()


def test_table_that_a_stage_reads_in_its_own_way_is_its_own_business(project: Project) -> None:
    project.notebook("s", "source: str = setting('data.source')", "source")
    project.write("pyproject.toml", "[tool.pipeline.data]\nsource = 'warehouse'\n")
    assert project.command("plan", "s").returncode == 0


def test_module_of_the_project_may_give_a_default_from_anywhere_inside(project: Project) -> None:
    project.write("mylib.py", "K = 4\n")
    project.notebook("s", "k: int = K", "k")
    path = project.root / "notebooks/s.ipynb"
    path.write_text(path.read_text().replace("from pipeline.handoff", "from mylib import K\\nfrom pipeline.handoff"))
    assert Project(project.root / "notebooks").command("plan", "s").returncode == 0


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
    assert "1 code cells of 1" in done.stdout
    assert "what it takes and gives is read from Python alone, not from r" in done.stdout
    assert "parameters`" not in done.stdout


def test_inspect_says_which_cells_it_cannot_read(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("n.ipynb", json.dumps({**document([cell("code", "one", "a = {")]), "metadata": {}}))
    done = project.command("inspect", "n.ipynb")
    assert "cell 1 (one) cannot be read as Python" in done.stdout
    assert "no cell is tagged `parameters`" in done.stdout


def test_help_names_every_command(project: Project) -> None:
    shown = project.command("--help").stdout
    assert all(
        command in shown for command in ("run", "plan", "inspect", "show", "open", "lab", "debug", "verify", "gc")
    )
