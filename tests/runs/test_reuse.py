"""A stage runs again exactly where something that it read has changed; every decision names what."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from projects import Project

from pipeline.runs.notes import CHANGED, traced
from pipeline.runs.trace import World
from pipeline.store.digest import FileDigests

pytestmark = pytest.mark.kernel
ALL = {"look", "prep", "train", "deploy", "watch"}


def executed(project: Project, **given: object) -> set[str]:
    """Run, and return which stages were executed."""
    found = project.statuses(**given)
    assert set(found.values()) <= {"succeeded", "reused"}
    return {name for name, status in found.items() if status == "succeeded"}


def edit(project: Project, stage: str, change: Callable[[dict], None]) -> None:
    path = project.root / "notebooks" / f"{stage}.ipynb"
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook))


def test_unchanged_run_executes_nothing_and_is_a_whole_run(project: Project, finished: Project) -> None:
    record = project.run()
    assert {str(stage.status) for stage in record.stages} == {"reused"}
    (first,) = (path.parent.name for path in (finished.root / "reports").glob("2*/run.json"))
    assert {stage.executed_by for stage in record.stages} == {first}
    assert all((project.root / stage.report).read_bytes() for stage in record.stages)


def test_parameter_of_a_late_stage_runs_it_and_what_follows(project: Project) -> None:
    assert project.plan(name="n")["deploy"].reason == "parameter 'name': 'm' -> 'n'"
    assert executed(project, name="n") == {"deploy", "watch"}


def test_earlier_parameters_find_their_earlier_reports(project: Project) -> None:
    executed(project, trials=9)
    assert executed(project, trials=3) == set()
    assert executed(project, trials=9) == set()


def test_markdown_runs_nothing(project: Project) -> None:
    edit(project, "prep", lambda notebook: notebook["cells"][0].update(source="# Prep\n\nAnother question?"))
    edit(
        project,
        "train",
        lambda notebook: notebook["cells"].insert(
            1, {"cell_type": "markdown", "id": "new", "metadata": {}, "source": "More."}
        ),
    )
    edit(project, "watch", lambda notebook: notebook["cells"][1]["metadata"].update(collapsed=True))
    assert executed(project) == set()


def test_helper_two_imports_away_runs_its_dependents(project: Project) -> None:
    project.write("lib/far.py", "STEP = 5\n")
    assert project.plan()["train"].reason == "module lib/far.py changed"
    assert executed(project) == {"train", "deploy", "watch"}


def test_equal_outputs_stop_the_walk(project: Project) -> None:
    edit(
        project,
        "prep",
        lambda notebook: notebook["cells"][3].update(source=notebook["cells"][3]["source"] + "\n\n\nrows = list(rows)"),
    )
    plan = project.plan()
    assert (plan["prep"].action, plan["prep"].reason) == ("run", "cell 'work-1' changed")
    assert (plan["train"].action, plan["train"].reason) == ("wait", "runs if outputs of prep change")
    assert executed(project) == {"prep"}


def test_file_that_was_opened_runs_its_reader(project: Project) -> None:
    project.write("data/rows.csv", "1,2,4")
    assert project.plan()["prep"].reason == "file data/rows.csv changed"
    assert executed(project) == {"prep", "train", "deploy", "watch"}


def test_times_of_files_run_nothing(project: Project) -> None:
    for path in project.root.rglob("*"):
        if path.is_file() and "reports" not in path.parts:
            os.utime(path)
    assert executed(project) == set()


def test_new_file_in_a_folder_that_was_listed_runs_its_reader(project: Project) -> None:
    project.write("data/parts/two.csv", "2")
    assert project.plan()["look"].reason == "folder data/parts changed"
    assert executed(project) == {"look"}


def test_new_file_elsewhere_runs_nothing(project: Project) -> None:
    project.write("data/other.csv", "1")
    project.write("lib/other.py", "")
    project.write("notes.txt", "")
    assert executed(project) == set()


def test_lost_report_runs_its_stage(project: Project) -> None:
    next((project.root / "reports").glob("2*/prep.ipynb")).unlink()
    assert "is gone" in project.plan()["prep"].reason
    assert executed(project) == {"prep"}


def test_lost_object_runs_its_stage(project: Project) -> None:
    edit(
        project,
        "look",
        lambda notebook: notebook["cells"].append(
            {
                "cell_type": "code",
                "id": "big",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": "glue('big', list(range(9999)))",
            }
        ),
    )
    executed(project)
    next(path for path in (project.root / ".pipeline/store").rglob("*") if path.is_file()).unlink()
    assert project.plan()["look"].reason == "the object of its scrap 'big' is gone from the store"
    assert executed(project) == {"look"}


def test_stage_that_never_ran_says_so(project: Project) -> None:
    project.notebook("new", "prep: Upstream = 'reports/latest/prep.ipynb'", "read(prep)")
    assert project.plan()["new"].reason == "it has never succeeded"


def test_renamed_cell_order_is_a_change_of_code(project: Project) -> None:
    edit(project, "prep", lambda notebook: notebook["cells"].append(notebook["cells"].pop(3)))
    assert project.plan()["prep"].reason == "cells are in another order"


def test_ledger_can_be_deleted(project: Project) -> None:
    for path in (project.root / ".pipeline/ledger").rglob("*.json"):
        path.unlink()
    assert {str(found.action) for found in project.plan().values()} == {"run"}


def test_damaged_ledger_runs_again_and_says_nothing_wrong(project: Project) -> None:
    for path in (project.root / ".pipeline/ledger").rglob("*.json"):
        path.write_text('{"half')
    assert (
        executed(
            project,
        )
        == ALL
    )


def test_version_of_a_package_and_of_python_count(project: Project) -> None:
    path = next((project.root / ".pipeline/ledger/prep").glob("*.json"))
    entry = json.loads(path.read_text())
    assert entry["trace"]["packages"]["ipykernel"]
    entry["trace"]["packages"]["ipykernel"] = "1.0"
    entry["trace"]["python"] = "3.8.0"
    path.write_text(json.dumps(entry))
    reason = project.plan()["prep"].reason
    assert "Python 3.8.0 -> " in reason
    assert "package ipykernel 1.0 -> " in reason


def test_file_that_changed_while_the_stage_ran_never_holds(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("1")
    world = World(root=tmp_path, files=FileDigests(), fingerprint=lambda _: "")
    nothing = {key: [] for key in ("scraps", "folders", "modules", "packages", "reports")}
    notes = nothing | {"sources": {}, "preloaded": {}, "files": [str(path)]}
    stage = {"code": {}, "texts": [], "parameters": {}, "upstreams": [], "imported": [], "world": world}
    before = traced(notes, **stage, started_ns=time.time_ns() - 10**9)
    after = traced(notes, **stage, started_ns=time.time_ns() + 10**9)
    assert before.files == {"data.csv": CHANGED}
    assert after.files["data.csv"].startswith("sha256:")


def test_stage_that_looks_at_all_names_runs_when_one_is_added(project: Project) -> None:
    project.notebook("list", "prep: Upstream = 'reports/latest/prep.ipynb'", "glue('names', list(read(prep)))")
    executed(project)
    assert executed(project) == set()
    edit(
        project,
        "prep",
        lambda notebook: notebook["cells"][4].update(
            source="glue('rows', [r * factor for r in rows])\nglue('more', 1)"
        ),
    )
    assert executed(project) == {"prep", "list"}


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("import pandas as pd; pd.read_parquet('data/t.parquet')", "t.parquet"),
        ("import pyarrow; pyarrow.OSFile('data/rows.csv').read()", "rows.csv"),
        ("import subprocess; subprocess.check_output(['cat', 'data/rows.csv'])", "rows.csv"),
        ("import subprocess; subprocess.run(['cat', 'rows.csv'], cwd='data')", "rows.csv"),
        ("import subprocess; subprocess.run('wc -l data/rows.csv', shell=True)", "rows.csv"),
        ("import os; os.system('wc -l data/rows.csv')", "rows.csv"),
        ("text = open('data/rows.csv').read(); open('data/rows.csv', 'a').close()", "rows.csv"),
        ("open('data/.hidden').read()", ".hidden"),
    ],
    ids=["parquet", "arrow", "program", "elsewhere", "shell", "system", "appended", "dotfile"],
)
def test_file_counts_however_it_was_read(project: Project, code: str, change: str) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(project.root / "data/t.parquet")
    project.write("data/.hidden", "1")
    project.notebook("reader", "", f"{code}; glue('x', 1)")
    assert project.statuses("reader")["reader"] == "succeeded"
    path = project.root / "data" / change
    assert project.statuses("reader")["reader"] == "reused"
    path.write_bytes(path.read_bytes() + b"\n")
    assert project.plan("reader")["reader"].reason == f"file data/{change} changed"


def test_file_that_a_stage_writes_is_no_input_of_it(project: Project) -> None:
    project.notebook("writer", "", "import pandas as pd; pd.DataFrame({'a': [1]}).to_parquet('out.parquet')")
    project.statuses("writer")
    assert project.statuses("writer") == {"writer": "reused"}


def test_report_that_scrapbook_opened_counts(project: Project) -> None:
    read_it = "import scrapbook\nglue('all', scrapbook.read_notebook(prep).scraps.data_dict)"
    project.notebook("other", "prep: Upstream = 'reports/latest/prep.ipynb'", read_it)
    executed(project)
    assert executed(project) == set()
    assert executed(project, factor=3) == {"prep", "train", "deploy", "watch", "other"}


def test_code_that_was_read_is_the_code_that_runs(project: Project) -> None:
    path = "path = __import__('pathlib').Path('notebooks/slow.ipynb')"
    project.notebook("fast", "", path, "path.write_text(path.read_text().replace('41', '99'))")
    project.notebook("slow", "fast: Upstream = 'reports/latest/fast.ipynb'", "read(fast)", "glue('x', 41)")
    record = project.run("slow")
    assert record.stages[-1].scraps["x"].value == 41


def test_cells_with_one_id_are_told_apart(project: Project) -> None:
    path = project.notebook("twins", "", "x = 1", "glue('x', x)")
    path.write_text(path.read_text().replace("work-2", "work-1"))
    executed(project)
    path.write_text(path.read_text().replace("x = 1", "x = 2"))
    assert project.run("twins").stages[0].scraps["x"].value == 2


def test_stage_may_change_its_working_folder(project: Project) -> None:
    project.notebook(
        "mover",
        "prep: Upstream = 'reports/latest/prep.ipynb'",
        "import os; os.chdir('/')",
        "glue('x', read(prep)['rows'])",
    )
    assert project.statuses("mover")["mover"] == "succeeded"
