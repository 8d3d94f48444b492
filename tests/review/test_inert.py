"""No payload of the corpus acts, wherever in a report it stands."""

import re
from pathlib import Path

import payloads
import pytest
from browsing import browser
from inspection import Inspector, inspected
from playwright.sync_api import Page

from pipeline.review.rendering import render

SCRIPTS = re.compile(rb"<script|\son\w+\s*=|javascript:|elsewhere|foreignObject|@import|<!|data:text", re.IGNORECASE)


@pytest.mark.parametrize("name", payloads.CORPUS)
def test_payload_is_inert_wherever_it_stands(name: str) -> None:
    rendered = render(payloads.everywhere(name), stage=name)
    found = inspected(rendered)
    assert found.bad == []
    assert len(found.ids) == len(set(found.ids))
    assert all(re.fullmatch(r"[0-9a-f]{16}\.(png|jpg|webp|gif|svg)", picture) for picture in rendered.pictures)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", cell.id) for cell in rendered.cells)
    assert not any(SCRIPTS.search(_tags(data)) for name, data in rendered.pictures.items() if name.endswith(".svg"))
    "".join(
        cell.source + cell.outputs + cell.code + cell.status for cell in rendered.cells
    ).encode()  # a file can hold it


@pytest.mark.scenario
def test_no_script_runs_and_nothing_is_asked_for_when_a_browser_loads_the_corpus(tmp_path: Path) -> None:
    page_file = _site(tmp_path)
    asked: list[str] = []
    said: list[str] = []
    with browser() as started:
        page = started.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(page_file.as_uri(), wait_until="load")
        _provoke(page)
        assert page.evaluate("'hit' in window ? String(window.hit) : ''") == ""
        assert page.url == page_file.as_uri()
        _assert_contained(page)
        _assert_drawings_are_still(page, tmp_path)
    assert said == []
    assert [url for url in asked if not url.startswith(tmp_path.as_uri())] == []


def _tags(drawing: bytes) -> bytes:
    return re.sub(rb">[^<]*<", b"><", drawing)


def _site(folder: Path) -> Path:
    """Write the whole corpus as one page, without any policy that would hold a script back."""
    (folder / "pictures").mkdir()
    parts = []
    for name in payloads.CORPUS:
        rendered = render(payloads.everywhere(name), stage=name)
        for picture, data in rendered.pictures.items():
            (folder / "pictures" / picture).write_bytes(data)
        parts += [f"<section>{piece}</section>" for cell in rendered.cells for piece in (cell.source, cell.outputs)]
    page = folder / "corpus.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>corpus</title><body>{''.join(parts)}</body>", "utf-8")
    return page


def _provoke(page: Page) -> None:
    """Let every element have whatever it might wait for."""
    page.evaluate(
        """async () => {
        const kinds = ['mouseover', 'pointerover', 'focus', 'toggle', 'error', 'load', 'click', 'animationstart'];
        for (const element of document.querySelectorAll('body *')) {
            if (element.tagName !== 'A') { for (const kind of kinds) { element.dispatchEvent(new Event(kind)); } }
            if (element.loading) { element.loading = 'eager'; }
        }
        await new Promise(resolve => setTimeout(resolve, 1000));
        }"""
    )


def _assert_contained(page: Page) -> None:
    """No payload ends the element that it was put into, and none brings what the static inspection did not see."""
    sections = page.evaluate("[...document.querySelectorAll('section')].map(it => it.parentNode.tagName)")
    assert set(sections) == {"BODY"}
    assert len(sections) == 2 * 3 * len(payloads.CORPUS)
    assert page.evaluate("[...document.body.childNodes].every(it => it.tagName === 'SECTION')")
    names = page.evaluate("[...new Set([...document.querySelectorAll('section *')].map(it => it.localName))]")
    assert set(names) <= Inspector.ELEMENTS
    attributes = "[...document.querySelectorAll('section *')].flatMap(it => it.getAttributeNames())"
    assert set(page.evaluate(f"[...new Set({attributes})]")) <= Inspector.ATTRIBUTES


def _assert_drawings_are_still(page: Page, folder: Path) -> None:
    """A drawing that is opened by itself runs nothing either."""
    drawings = sorted((folder / "pictures").glob("*.svg"))
    assert drawings
    for drawing in drawings:
        page.goto(drawing.as_uri(), wait_until="load")
        assert page.evaluate("String(window.hit)") == "undefined"
