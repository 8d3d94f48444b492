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
