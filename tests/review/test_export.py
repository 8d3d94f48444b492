import os
import re
from pathlib import Path

import payloads
import projects
import pytest
from PIL import Image

from pipeline.errors import ExportError
from pipeline.review import export
from pipeline.review.rendering import render


def page(folder: Path) -> Path:
    Image.new("RGB", (50, 50), "red").save(folder / "a.png")
    path = folder / "page.html"
    far = '<p style="margin-top:4000px"><img src="a.png" loading="lazy" width="50" height="50" alt="a">'
    path.write_text(f"<!doctype html><title>a page</title><h1>Hello</h1>{far}")
    return path


@pytest.mark.scenario
def test_page_is_printed_with_its_pictures_by_a_browser_that_is_on_the_path(tmp_path: Path) -> None:
    target = tmp_path / "new" / "page.pdf"
    export.pdf(page(tmp_path), target)
    assert target.read_bytes().startswith(b"%PDF-")
    assert re.search(rb"/Subtype\s*/Image", target.read_bytes())
    assert [path.name for path in target.parent.iterdir()] == ["page.pdf"]


def test_page_is_not_printed_when_there_is_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExportError, match=r"no browser of the Chromium family on the PATH.*Install one"):
        export.pdf(page(tmp_path), tmp_path / "page.pdf")


def browser(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a browser on the path that does nothing but what the script says."""
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_page_that_is_not_there_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(ExportError, match=r"there is no such page. Write"):
        export.pdf(tmp_path / "none.html", tmp_path / "page.pdf")


@pytest.mark.parametrize(("script", "said"), [("echo 'cannot start' >&2", "cannot start"), ("exit 3", "exit code 3")])
def test_browser_that_prints_nothing_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    browser(tmp_path, monkeypatch, script)
    with pytest.raises(ExportError, match=rf"printed nothing of .*page.html: {said}"):
        export.pdf(page(tmp_path), tmp_path / "page.pdf")


def test_browser_that_does_not_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(tmp_path, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(export, "TIMEOUT_S", 0.2)
    with pytest.raises(ExportError, match=r"still at it after 0.2 s"):
        export.pdf(page(tmp_path), tmp_path / "page.pdf")


def test_report_is_cut_into_slides_at_headings_of_level_one_and_two() -> None:
    prose = ["intro", "# Title", "text", "### small", "## Next", "<h2>raw</h2>"]
    cells = [projects.cell("markdown", f"m{at}", source) for at, source in enumerate(prose)]
    cells.insert(3, payloads.code(source="x = '<h1>'"))
    slides = export.slides(render(payloads.report(*cells), stage="s"))
    assert [[cell.id for cell in slide] for slide in slides] == [["m0"], ["m1", "m2", "work", "m3"], ["m4"], ["m5"]]
