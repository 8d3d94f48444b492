"""The page of a run that watched says what stands, whatever was put into its record."""

from pathlib import Path

import pytest
from pasts import NEW, past, stage

from pipeline.review.library import Library
from pipeline.review.site import Site

FINDING = {
    "kind": "input",
    "subject": "age<b>",
    "window": "w2",
    "size": 0.3,
    "unit": "PSI",
    "threshold": 0.25,
    "message": "In w2 age has moved.",
    "version": 3,
}


def _page(root: Path, watch: dict[str, object] | None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(root)
    (root / "pyproject.toml").write_text("[tool.pipeline]\n")
    past(root, NEW, stage("look", NEW), watch=watch)
    folders = {"root": root, "notebooks": root, "reports": root / "reports", "state": root / ".pipeline"}
    library = Library(**folders, budget_bytes=9)
    return Site(library=library, lines=library.lines()).run(library.find(NEW))


def test_page_says_what_stands_and_what_cannot_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        FINDING | {"severity": "critical"},
        FINDING | {"severity": "warning", "subject": "town"},
        FINDING | {"severity": "critical", "subject": "gone", "stands": False},
    ]
    told = {"model": "m", "version": 3, "source": "traffic", "findings": found, "unknown": ["No label is in."]}
    page = _page(tmp_path, told, monkeypatch)
    assert '<span class="status refused">1 critical</span>' in page
    assert "<strong>input: age&lt;b&gt;</strong> In w2 age has moved." in page
    assert "<strong>input: town</strong>" in page
    assert "gone" not in page
    assert "Not enough data: No label is in." in page


@pytest.mark.parametrize("watch", [None, {"findings": "x"}, {}], ids=["none", "something else", "nothing found"])
def test_page_is_there_whatever_the_record_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watch: dict[str, object] | None
) -> None:
    assert ("Nothing stands." in _page(tmp_path, watch, monkeypatch)) is (watch == {})
