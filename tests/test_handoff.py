"""Stages take scraps from each other's reports, and say clearly when they cannot."""

import json
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import scrapbook
from nbclient import NotebookClient
from projects import Project, cell, document

from pipeline.errors import NotebookError, ScrapError, StoreError
from pipeline.handoff import INLINE_BYTES, StageSkipped, glue, read, setting, skip

VALUES = """
import datetime, numpy as np, pandas as pd
glue("number", 0.93)
glue("numpy", np.float32(0.5))
glue("digits", "123")
glue("nothing", None)
glue("missing", float("nan"))
glue("pair", (1, "a"))
glue("day", datetime.date(2026, 11, 23))
glue("table", pd.DataFrame({"a": [1, 2], "b": ["x", None]}))
glue("long", list(range(10_000)))
glue("number", 0.94)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def report(project: Project) -> Path:
    """Glue in a real kernel, as somebody in JupyterLab would."""
    project.write("pyproject.toml", "[tool.pipeline]\n")
    code = [cell("code", "setup", "from pipeline.handoff import glue"), cell("code", "values", VALUES)]
    code.append(cell("code", "foreign", "import scrapbook\nscrapbook.glue('foreign', {'a': [1]})"))
    notebook = nbformat.from_dict(document(code))
    NotebookClient(notebook, resources={"metadata": {"path": str(project.root)}}).execute()
    path = project.root / "reports" / "latest" / "up.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def here(project: Project, report: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project.root)
    return report


pytestmark = pytest.mark.kernel


@pytest.mark.usefixtures("here")
def test_scrap_comes_back_equal_with_its_type() -> None:
    found = read("reports/latest/up.ipynb")
    assert found["number"] == 0.94
    assert (found["numpy"], type(found["numpy"])) == (np.float32(0.5), np.float32)
    assert found["digits"] == "123"
    assert found["nothing"] is None
    assert np.isnan(found["missing"])
    assert found["pair"] == (1, "a")
    assert str(found["day"]) == "2026-11-23"
    assert found["long"] == list(range(10_000))
    assert found["foreign"] == {"a": [1]}
    pd.testing.assert_frame_equal(found["table"], pd.DataFrame({"a": [1, 2], "b": ["x", None]}))
    assert len(found) == len(set(found)) == 10


def test_large_value_is_in_the_store_and_not_in_the_report(here: Path) -> None:
    assert len(here.read_text()) < INLINE_BYTES
    record = next(each for each in _records(here) if each.get("rows") == 2)
    assert record == {
        "kind": "table",
        "digest": read("reports/latest/up.ipynb").digest("table"),
        "bytes": record["bytes"],
        "rows": 2,
        "schema": {"a": "int64", "b": "str"},
    }


def test_scrapbook_still_reads_the_report(here: Path) -> None:
    scraps = scrapbook.read_notebook(str(here)).scraps
    assert scraps["number"].data == 0.94
    assert scraps["numpy"].data == 0.5
    assert scraps["digits"].data == "123"
    assert scraps["pair"].data == [1, "a"]
    assert scraps["day"].data == "2026-11-23"
    assert scraps["table"].data["rows"] == 2


def test_report_is_read_from_a_folder_below_the_project(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here.parent)
    assert read("reports/latest/up.ipynb")["number"] == 0.94


@pytest.mark.usefixtures("here")
def test_missing_scrap_is_named_with_near_matches() -> None:
    with pytest.raises(ScrapError, match="has no scrap 'tabel': did you mean 'table'"):
        read("reports/latest/up.ipynb")["tabel"]


@pytest.mark.usefixtures("here")
def test_upstream_that_was_never_run_is_named_with_the_command() -> None:
    with pytest.raises(ScrapError, match=r"prep\.ipynb does not exist: its stage was never run.*pipeline run prep"):
        read("reports/latest/prep.ipynb")


def test_upstream_that_is_no_notebook_is_refused(here: Path) -> None:
    (here.parent / "bad.ipynb").write_text("{")
    with pytest.raises(NotebookError, match="not JSON"):
        read("reports/latest/bad.ipynb")


def test_tampered_value_is_refused(here: Path, project: Project) -> None:
    scraps = read("reports/latest/up.ipynb")
    name = scraps.digest("long").removeprefix("sha256:")
    path = project.root / ".pipeline/store/sha256" / name[:2] / name
    good = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"[1]")
    with pytest.raises(StoreError, match="was changed"):
        scraps["long"]
    path.write_bytes(good)
    assert here.exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("name", "why"), [("", "a name is a string"), (None, "a name is a string")])
def test_blank_name_is_refused(name: str, why: str) -> None:
    with pytest.raises(ScrapError, match=why):
        glue(name, 1)


@pytest.mark.usefixtures("here")
def test_refused_value_is_named() -> None:
    with pytest.raises(ScrapError, match=r"cannot glue 'handler': a builtins.function would not come back"):
        glue("handler", lambda: None)


def test_setting_is_read_by_hand(here: Path, project: Project) -> None:
    project.write("pyproject.toml", '[tool.pipeline]\ndata = {target = "late"}\n')
    assert setting("data.target") == "late"
    assert setting("data.time", default=None) is None
    assert here.exists()


def test_skip_ends_the_stage_with_its_reason() -> None:
    with pytest.raises(StageSkipped, match="no new data"):
        skip("no new data")


def _records(report: Path) -> list[dict[str, object]]:
    cells = json.loads(report.read_text())["cells"]
    return [out["metadata"].get("pipeline", {}) for each in cells for out in each.get("outputs", [])]
