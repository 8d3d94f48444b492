"""A run says who or what started it."""

import subprocess
from pathlib import Path

import pytest

from pipeline.runs import provenance


@pytest.mark.parametrize(
    ("environment", "starter"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada", "CI": "true"}, "GitHub Actions for ada"),
        ({"CIRCLECI": "true", "CI": "true"}, "CircleCI"),
        ({"CI": "true"}, "CI"),
        ({}, "Ada Lovelace"),
    ],
)
def test_starter_is_the_service_else_whom_git_knows(tmp_path: Path, environment: dict[str, str], starter: str) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "user.name", "Ada Lovelace"], check=True)
    assert provenance.starter(tmp_path, environment) == starter


def test_starter_is_the_user_where_git_knows_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "none"))
    monkeypatch.setenv("LOGNAME", "grace")
    assert provenance.starter(tmp_path, {}) == "grace"


def test_run_that_git_was_given_to_keep_is_no_change_of_the_code(tmp_path: Path) -> None:
    reports = tmp_path / "reports [1]"
    reports.mkdir()
    (tmp_path / "code.py").write_text("1")
    (reports / "README.md").write_text("Runs")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=Ada", "-c", "user.email=a@example.org")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "All"]):
        subprocess.run([*git, *command], check=True)
    clean = provenance.git(tmp_path, reports)
    assert clean.commit
    assert not clean.dirty
    (reports / "run.json").write_text("{}")
    (reports / "other.json").write_text("{}")
    subprocess.run([*git, "add", str(reports / "run.json")], check=True)
    assert provenance.git(tmp_path, reports) == clean
    assert provenance.git(tmp_path).dirty
    (tmp_path / "code.py").write_text("2")
    assert provenance.git(tmp_path, reports).dirty


def test_project_without_a_commit_or_git_has_none(tmp_path: Path) -> None:
    assert not provenance.git(tmp_path).commit
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "code.py").write_text("1")
    assert not provenance.git(tmp_path).commit
