import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import browser
from labserver import LAB, QUIET, TOKEN, LabServer, served
from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from projects import Project

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

pytestmark = pytest.mark.scenario


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path / "project")
    found.write("pyproject.toml", "[tool.pipeline]\n")
    found.notebook("first", "count: int = 3  # how many", "numbers = list(range(count))", "glue('numbers', numbers)")
    takes = 'first: Upstream = "reports/latest/first.ipynb"'
    found.notebook("second", takes, "total = sum(read(first)['numbers'])", "glue('total', total)", "f'in all {total}'")
    return found


@pytest.fixture
def server(project: Project) -> Iterator[LabServer]:
    with served(project.root, [*LAB, *QUIET]) as found:
        yield found


@pytest.fixture
def page(server: LabServer) -> Iterator[Page]:
    """A window of JupyterLab, in which no error of ours may be said, and from which nothing outside is asked."""
    said: list[str] = []
    asked: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(f"{message.text} {message.location}")

    with browser() as started:
        page = started.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", hear)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        yield page
    assert said == []
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []


def opened(page: Page) -> None:
    page.goto(f"lab/tree/notebooks/second.ipynb?token={TOKEN}")


def screenshot(page: Page, name: str) -> None:
    """Keep a picture where `STAGEBOOK_PICTURES` says."""
    if folder := os.environ.get("STAGEBOOK_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def standing(page: Page) -> Locator:
    return page.locator(".stagebook-Standing:visible").first


def on_disk(project: Project, path: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads((project.root / path).read_text())["cells"] if cell["cell_type"] == "code"]


def test_stage_runs_from_its_toolbar_and_its_report_opens_beside_it(page: Page, project: Project) -> None:
    opened(page)
    expect(standing(page)).to_have_text("stale")
    expect(standing(page)).to_have_attribute("title", "stale: it has never succeeded")
    expect(page.get_by_role("button", name="Report")).to_be_disabled()
    screenshot(page, "1-stale")
    page.get_by_role("button", name="Run stage").click()
    expect(standing(page)).to_contain_text(re.compile(r"(first|second): (cell \d/\d|running|succeeded)"))
    screenshot(page, "2-running")
    expect(standing(page)).to_have_text("fresh")
    screenshot(page, "3-fresh")
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("tab", name="Report: second")).to_be_visible()
    report = page.locator(".jp-NotebookPanel:visible").filter(has_text="Parameters of this run")
    expect(report).to_contain_text("in all 3")
    expect(report.locator(".stagebook-Standing")).to_be_hidden()
    expect(report.get_by_role("button", name="Document is read-only")).to_be_disabled()
    screenshot(page, "4-report")
    project.notebook("first", "count: int = 4  # how many", "numbers = list(range(count))", "glue('numbers', numbers)")
    page.get_by_role("button", name="Run stage").click()
    expect(report).to_contain_text("in all 6")  # it follows the runs
    expect(standing(page)).to_have_text("fresh")


def test_stage_runs_by_hand_on_the_latest_run_and_is_saved_without_outputs(page: Page, project: Project) -> None:
    project.run()
    opened(page)
    expect(standing(page)).to_have_text("fresh")
    expect(page.locator(".jp-Notebook-ExecutionIndicator:visible")).to_have_attribute("data-status", "idle")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    notebook = page.locator(".jp-NotebookPanel:visible")
    expect(notebook).to_contain_text("'in all 3'")  # what the latest run glued, with nothing given by hand
    page.keyboard.press("Escape")
    last = notebook.locator(".jp-CodeCell .cm-content").last
    last.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" + '!'")
    page.keyboard.press("Control+s")
    expect(standing(page)).to_have_text("stale")
    expect(standing(page)).to_have_attribute(
        "title", re.compile("^stale: cell 'work-3' changed\nlast report: succeeded")
    )
    expect(notebook).to_contain_text("'in all 3'")
    screenshot(page, "5-saved")
    saved = on_disk(project, "notebooks/second.ipynb")
    assert saved[-1]["source"] == ["f'in all {total}' + '!'"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in saved] == [([], None)] * len(saved)
    kept = on_disk(project, "reports/latest/second.ipynb")
    assert kept[-1]["outputs"]


def test_run_that_fails_is_told_and_its_report_can_be_opened(page: Page, project: Project) -> None:
    opened(page)
    expect(standing(page)).to_have_text("stale")
    project.notebook("first", "count: int = 3  # how many", "1 / 0", "glue('numbers', count)")
    page.get_by_role("button", name="Run stage").click()
    told = page.locator(".jp-toast-message, .Toastify__toast").filter(has_text="first failed in cell").first
    expect(told).to_contain_text("ZeroDivisionError")
    expect(standing(page)).to_have_text("stale")
    screenshot(page, "6-failed")
    page.get_by_role("button", name="Open report").click()
    expect(page.locator(".jp-NotebookPanel:visible").last).to_contain_text("ZeroDivisionError")
    screenshot(page, "7-failed-report")


def test_run_can_be_stopped_from_the_toolbar_of_any_of_its_stages(page: Page, project: Project) -> None:
    opened(page)
    expect(standing(page)).to_have_text("stale")
    project.notebook("first", "count: int = 3  # how many", "import time; time.sleep(600)", "glue('numbers', count)")
    page.get_by_role("button", name="Run stage").click()
    expect(standing(page)).to_contain_text("first: cell")
    page.reload()  # a window that was closed finds the run again
    expect(standing(page)).to_contain_text("first: cell")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(standing(page)).to_have_text("stale")
    expect(page.get_by_role("button", name="Run stage")).to_be_visible()
    record = json.loads(next(project.root.glob("reports/2*/run.json")).read_text())
    assert record["status"] == "cancelled"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_toolbar_is_accessible(page: Page, server: LabServer, project: Project, theme: str) -> None:
    raw = json.dumps({"theme": theme})
    server.ask("lab/api/settings/@jupyterlab/apputils-extension:themes", {"raw": raw}, "PUT")
    project.notebook(
        "first", "count: int = 3  # how many", "import time; time.sleep(count)", "glue('numbers', [count])"
    )
    opened(page)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    expect(standing(page)).to_have_text("stale")
    assert violations(page) == []
    page.get_by_role("button", name="Run stage").click()
    expect(standing(page)).to_contain_text("first: cell")
    assert violations(page) == []
    screenshot(page, f"8-{theme}")
    expect(standing(page)).to_have_text("fresh")
    assert violations(page) == []
    page.get_by_role("button", name="Report").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Report: second")).to_be_visible()


def violations(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds in our part of the toolbar."""
    ours = {
        "include": [[".jp-NotebookPanel-toolbar .stagebook-Standing"], [".jp-NotebookPanel-toolbar .stagebook-Button"]]
    }
    found = Axe().run(page, context=ours).response
    assert found["passes"]
    return [(each["id"], node["html"]) for each in found["violations"] for node in each["nodes"]]
