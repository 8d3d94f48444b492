"""A site is written to a folder of its own, again and again, and says what it cannot read."""

import html
import os
import re
from itertools import combinations, pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from kept import RUN, Kept
from projects import Project

from pipeline.errors import UsageError
from pipeline.review import folder
from pipeline.review.folder import Folder, printable
from pipeline.review.library import Library

pytestmark = pytest.mark.slow


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    made = Kept.at(tmp_path / "project")
    made.add()
    made.add("20260102T000000Z-00000b")
    return made


def library(kept: Kept) -> Library:
    root = kept.root
    return Library(
        root=root, notebooks=root / "notebooks", reports=root / "reports", state=root / ".pipeline", budget_bytes=1
    )


def write(kept: Kept, target: Path, last: int = 9) -> None:
    Folder(library=library(kept), target=target, last=last, wrote=lambda *_: None).write()


def test_site_has_a_page_for_each_report_and_refers_to_nothing_that_is_not_there(kept: Kept, tmp_path: Path) -> None:
    write(kept, tmp_path / "site")
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    assert {f"runs/{RUN}/{name}.html" for name in ("index", "stages/a", "slides/a", "stages/b")} < pages
    assert f"compare/{RUN}..20260102T000000Z-00000b.html" in pages


def linked(folder: Path) -> list[Path]:
    """Return where the links of all pages of a folder lead."""
    pages = {page: re.findall(r' href="([^"#]+)', page.read_text()) for page in folder.rglob("*.html")}
    found = ((page.parent, unquote(html.unescape(link))) for page, links in pages.items() for link in links)
    return [Path(os.path.normpath(start / link)) for start, link in found]


def pair(page: Path) -> tuple[str, str]:
    before, _, after = page.stem.partition("..")
    return before, after


@pytest.mark.parametrize("name", ["index", "x.slides", "stages", "..", "a%2fb", "a b?c#d", "&amp;<b>", "slides.html"])
def test_page_of_a_stage_has_a_place_of_its_own_whatever_it_is_called(kept: Kept, tmp_path: Path, name: str) -> None:
    kept.add(RUN, stages=[kept.stage(RUN, name), kept.stage(RUN, "x")])
    write(kept, tmp_path / "site")
    folder = tmp_path / "site" / "runs" / RUN
    assert f"Run {RUN}" in (folder / "index.html").read_text()
    for kind in ("stages", "slides"):
        assert {path.name for path in (folder / kind).iterdir()} == {f"{name}.html", "x.html"}
    assert [path for path in linked(tmp_path / "site") if not path.exists()] == []


def test_any_two_of_the_newest_runs_are_compared_once(kept: Kept, tmp_path: Path) -> None:
    runs = [RUN, *(f"202601{day:02}T000000Z-00000b" for day in range(2, folder.ANY_TWO + 3))]
    for run in runs[2:]:
        kept.add(run)
    write(kept, tmp_path / "site", last=len(runs))
    found = {pair(page) for page in (tmp_path / "site" / "compare").iterdir()}
    assert found == {*combinations(runs[-folder.ANY_TWO :], 2), *pairwise(runs)}
    assert found == {pair(page) for page in linked(tmp_path / "site") if page.parent.name == "compare"}
    said = f"Any two of the newest {folder.ANY_TWO} runs are compared in this folder"
    told = [run for run in runs if said in (tmp_path / "site" / "runs" / run / "index.html").read_text()]
    assert told == runs[-folder.ANY_TWO :]


def test_site_is_written_again_over_itself_and_over_nothing_else(kept: Kept, tmp_path: Path) -> None:
    write(kept, tmp_path / "site", last=1)
    write(kept, tmp_path / "site")
    assert (tmp_path / "site" / "runs" / RUN / "stages" / "a.html").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(UsageError, match="holds something else than a site: name a new or an empty folder"):
        write(kept, tmp_path / "mine")


def test_report_that_is_gone_or_no_notebook_is_said_on_its_page(kept: Kept, tmp_path: Path) -> None:
    (kept.folder() / "a.ipynb").unlink()
    (kept.folder() / "b.ipynb").write_text("<script>")
    write(kept, tmp_path / "site")
    for name in "ab":
        page = (tmp_path / "site" / "runs" / RUN / "stages" / f"{name}.html").read_text()
        assert f"The report of {name} in run {RUN} cannot be read" in page


def test_name_in_a_record_leads_nowhere_else(kept: Kept, tmp_path: Path) -> None:
    stages = [kept.stage(RUN, "a"), kept.stage(RUN, "b")]
    object.__setattr__(stages[1], "name", "../../../out")
    kept.add(RUN, stages=stages)
    write(kept, tmp_path / "site")
    assert not [*tmp_path.glob("out*"), *(tmp_path / "site").glob("out*")]


def test_large_report_is_called_so(kept: Kept, tmp_path: Path) -> None:
    write(kept, tmp_path / "site")
    assert "draw fewer or smaller figures" in (tmp_path / "site" / "runs" / RUN / "stages" / "a.html").read_text()


def test_page_to_be_printed_stands_with_its_style_as_long_as_it_is_needed(kept: Kept) -> None:
    with printable(library(kept), RUN, "a") as page:
        assert 'id="cell-work-1"' in page.read_text()
        assert (page.parents[3] / "assets" / "site.css").exists()
    assert not page.exists()
    with pytest.raises(UsageError, match="has no stage 'c'"), printable(library(kept), RUN, "c"):
        pass


def test_folder_that_cannot_be_written_is_said(kept: Kept) -> None:
    done = Project(kept.root).command("site", "/proc/site")
    assert done.returncode == 1
    assert "cannot write the site to /proc/site" in done.stderr
