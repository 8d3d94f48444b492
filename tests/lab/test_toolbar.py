import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from labserver import LAB, QUIET, TOKEN, LabServer, served
from projects import Project

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page

BROWSER = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PATIENCE_MS = 60_000

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(not Path(BROWSER).exists(), reason=f"{BROWSER} is not installed: apt-get install chromium"),
]


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
def page(server: LabServer) -> Iterator["Page"]:
    """A window of JupyterLab, in which no error of ours may be said, and from which nothing outside is asked."""
    from playwright.sync_api import sync_playwright

    said: list[ConsoleMessage] = []
    asked: list[str] = []
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", said.append)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{server.url}lab/tree/notebooks/second.ipynb?token={TOKEN}")
        yield page
        browser.close()
    assert [message.text for message in said if message.type == "error"] == []
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []


def screenshot(page: "Page", name: str) -> None:
    """Keep a picture where `STAGEBOOK_PICTURES` says."""
    if folder := os.environ.get("STAGEBOOK_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def standing(page: "Page") -> "Locator":
    return page.locator(".stagebook-Standing:visible").first


def on_disk(project: Project, path: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads((project.root / path).read_text())["cells"] if cell["cell_type"] == "code"]


def test_stage_runs_from_its_toolbar_and_its_report_opens_beside_it(page: "Page", project: Project) -> None:
    from playwright.sync_api import expect

    expect(standing(page)).to_have_text("stale")
    expect(standing(page)).to_have_attribute("title", "stale: it has never succeeded")
    screenshot(page, "1-stale")
    page.get_by_role("button", name="Run stage").click()
    expect(page.get_by_role("button", name="Stop").first).to_be_visible()
    screenshot(page, "2-running")
    expect(standing(page)).to_have_text("fresh")
    screenshot(page, "3-fresh")
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("tab", name="second.ipynb")).to_have_count(2)
    page.wait_for_timeout(1500)
    screenshot(page, "4-report")
    shutil.rmtree(project.root / "no", ignore_errors=True)
