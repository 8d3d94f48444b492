"""Git takes a run for good byte for byte, once, or says why it cannot; a clone has it all."""

from pathlib import Path

import pytest
from kept import RUN, Kept, git

from pipeline.errors import ReviewError, UsageError
from pipeline.models.remark import Ruling
from pipeline.review.publishing import to_git
from pipeline.review.remarks import Remarks


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    kept = Kept.at(tmp_path / "project")
    (kept.root / ".gitignore").write_text("/reports/*\n")
    git(kept.root, "init", "-q")
    return kept


@pytest.fixture
def folder(kept: Kept) -> Path:
    found = kept.add()
    Remarks(found).decide(Ruling.APPROVED, "Fine.", "Ada")
    return found


def commit(kept: Kept) -> None:
    git(kept.root, "commit", "-qm", "Publish", "--", f"reports/{RUN}")


def test_clone_has_a_published_run_byte_for_byte(kept: Kept, folder: Path, tmp_path: Path) -> None:
    done = to_git(folder, 20)
    assert (done.to, done.files, done.added, done.uncommitted) == ("git", 5, 6, True)
    commit(kept)
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", str(kept.root), "clone")
    cloned = tmp_path / "clone/reports" / RUN
    assert all((cloned / name).read_bytes() == (folder / name).read_bytes() for name in ("a.ipynb", "run.json"))
    assert Remarks(cloned).standing() == Remarks(folder).standing()


def test_publishing_again_changes_nothing(kept: Kept, folder: Path) -> None:
    to_git(folder, 20)
    again = to_git(folder, 20)
    assert (again.added, again.uncommitted) == (0, True)
    commit(kept)
    again = to_git(folder, 20)
    assert (again.added, again.uncommitted) == (0, False)
    assert not git(kept.root, "status", "--porcelain", "--", "reports")


def test_publishing_again_adds_the_remarks_that_are_new(kept: Kept, folder: Path) -> None:
    to_git(folder, 20)
    commit(kept)
    Remarks(folder).comment("a", "work-1", "Hm.", "Ada")
    again = to_git(folder, 20)
    assert (again.added, again.uncommitted) == (1, True)


def test_nothing_else_is_added(kept: Kept, folder: Path) -> None:
    (kept.root / "other.txt").write_text("x")
    (folder / "scratch.ipynb").write_text("{}")
    to_git(folder, 20)
    listed = git(kept.root, "ls-files").split()
    assert not {"other.txt", f"reports/{RUN}/scratch.ipynb"} & set(listed)
    assert len(listed) == 6


def test_filter_that_strips_notebooks_leaves_reports_alone(kept: Kept, folder: Path) -> None:
    git(kept.root, "config", "filter.strip.clean", "echo stripped")
    (kept.root / ".gitattributes").write_text("*.ipynb filter=strip\n")
    to_git(folder, 20)
    assert git(kept.root, "show", f":reports/{RUN}/a.ipynb") == (folder / "a.ipynb").read_text()


def test_filter_that_would_strip_reports_all_the_same_is_refused(kept: Kept, folder: Path) -> None:
    git(kept.root, "config", "filter.strip.clean", "echo stripped")
    (kept.root / ".git/info/attributes").write_text("*.ipynb filter=strip\n")
    with pytest.raises(ReviewError, match=r"git would not keep .*a.ipynb as it is"):
        to_git(folder, 20)
    assert not git(kept.root, "ls-files")
    assert not (folder / ".gitattributes").exists()


def test_run_that_changed_since_git_took_it_is_refused(kept: Kept, folder: Path) -> None:
    to_git(folder, 20)
    commit(kept)
    (folder / "a.ipynb").write_text("{}")
    with pytest.raises(ReviewError, match=r"git has another .*a.ipynb than is there now"):
        to_git(folder, 20)
    assert (folder / ".gitattributes").exists()


def test_run_that_is_too_large_is_refused_with_what_makes_it_so(kept: Kept, folder: Path) -> None:
    with (folder / "b.ipynb").open("a") as report:
        report.write(" " * 3_000_000)
    with pytest.raises(UsageError, match=r"has 3.0 MB, and git takes 2 MB .*The largest is b.ipynb with 3.0 MB"):
        to_git(folder, 2)
    assert not git(kept.root, "ls-files")


def test_run_outside_git_is_refused(tmp_path: Path) -> None:
    folder = Kept.at(tmp_path / "alone").add()
    with pytest.raises(UsageError, match=r"is in no git repository.*`git init`.*--to URL"):
        to_git(folder, 20)


def test_run_is_refused_where_there_is_no_git(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git is not installed"):
        to_git(folder, 20)


def test_run_that_goes_on_is_refused(kept: Kept) -> None:
    with pytest.raises(UsageError, match="has not ended"):
        to_git(kept.add(ended=None), 20)
