"""A remark is made in the name that was given, else git's, else the system's."""

import getpass
from pathlib import Path

import pytest
from kept import git

from pipeline.errors import ReviewError, UsageError
from pipeline.review import git as asked
from pipeline.review.authors import author


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return tmp_path


def test_author_is_whom_git_knows(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "config", "user.name", "Zoë")
    assert author(root) == "Zoë"
    git(root, "config", "user.email", "z@example.org")
    assert author(root) == "Zoë <z@example.org>"


def test_author_that_is_given_wins(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "config", "user.name", "Zoë")
    assert author(root, " Ada ") == "Ada"


def test_author_is_the_user_where_git_knows_nobody(root: Path) -> None:
    assert author(root) == getpass.getuser()


def test_author_is_the_user_where_there_is_no_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    assert author(root) == getpass.getuser()
    with pytest.raises(ReviewError, match="git is not installed"):
        asked.git(root, "status")


@pytest.mark.parametrize("given", ["  ", "a\nb", "a\x1b[2J", "x" * 201, "\udcff"])
def test_author_that_is_no_line_of_text_is_refused(root: Path, given: str) -> None:
    with pytest.raises(UsageError, match="is no author"):
        author(root, given)


def test_git_that_fails_says_why(root: Path) -> None:
    with pytest.raises(ReviewError, match=r"`git status` failed in .*: fatal: not a git repository"):
        asked.git(root, "status")
