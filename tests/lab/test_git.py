import os
import subprocess
import sys
from pathlib import Path

import pytest
from projects import Project

from pipeline.errors import UsageError
from pipeline.lab import git

MINE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.defpath, "LC_ALL": "C"}
ME = ("-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "init.defaultBranch=main")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in a clone, with a name that a shell would read as more than one word."""
    found = Project(tmp_path / "it's a project")
    found.write("pyproject.toml", "[tool.pipeline]\n")
    found.notebook("a", "x: int = 1", "print(x)", "print('the end')")
    run(found, "init")
    run(found, "add", ".")
    run(found, "commit", "-m", "first")
    return found


def run(project: Project, *arguments: str) -> str:
    """Call git as from a shell in which this environment is not active."""
    command = ["git", *ME, "--no-pager", *arguments]
    done = subprocess.run(command, cwd=project.root, env=MINE, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def changed(project: Project, before: str, after: str) -> None:
    path = project.root / "notebooks/a.ipynb"
    path.write_text(path.read_text().replace(before, after))


@pytest.mark.slow
def test_git_shows_a_changed_notebook_by_its_cells_once_it_is_set_up(project: Project) -> None:
    done = project.command("setup-git")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["set"] * 4
    changed(project, "x: int = 1", "x: int = 2")
    shown = run(project, "diff")
    assert "nbdiff" in shown
    assert "-  x: int = 1" in shown
    assert '"cell_type"' not in shown


@pytest.mark.slow
def test_git_merges_changes_of_two_cells_once_it_is_set_up(project: Project) -> None:
    git.setup(project.root)
    run(project, "add", ".")
    run(project, "commit", "-m", "attributes")
    run(project, "checkout", "-b", "other")
    changed(project, "x: int = 1", "x: int = 2")
    run(project, "commit", "-am", "theirs")
    run(project, "checkout", "main")
    changed(project, "the end", "that was it")  # the whole notebook is one line, so git itself would find a conflict
    run(project, "commit", "-am", "ours")
    said = run(project, "merge", "other", "-m", "both")
    merged = (project.root / "notebooks/a.ipynb").read_text()
    assert "CONFLICT" not in said
    assert "x: int = 2" in merged
    assert "that was it" in merged


def test_setting_up_again_changes_nothing(project: Project) -> None:
    (project.root / ".gitattributes").write_text("*.png binary")
    assert all(step.changed for step in git.setup(project.root))
    written = (project.root / ".gitattributes").read_text(), (project.root / ".git/config").read_text()
    assert written[0] == f"*.png binary\n{git.LINE}\n"
    assert not any(step.changed for step in git.setup(project.root))
    assert written == ((project.root / ".gitattributes").read_text(), (project.root / ".git/config").read_text())
    assert Path(sys.executable).as_posix() in written[1]


def test_setup_refuses_a_project_that_is_in_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in no git repository"):
        git.setup(tmp_path)
    assert not (tmp_path / ".gitattributes").exists()


def test_setup_says_what_is_missing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nbdime", None)
    with pytest.raises(UsageError, match="nbdime is not installed"):
        git.setup(project.root)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="git is not installed"):
        git.setup(project.root)


def test_setup_says_what_it_cannot_write(project: Project) -> None:
    (project.root / ".git/config.lock").touch()
    with pytest.raises(UsageError, match=r"git cannot set diff\.jupyternotebook\.command"):
        git.setup(project.root)
    (project.root / ".gitattributes").unlink()
    (project.root / ".gitattributes").mkdir()
    with pytest.raises(UsageError, match="Add the line by hand"):
        git.setup(project.root)


def test_digest_of_uncommitted_changes_is_the_same_however_git_shows_them(project: Project) -> None:
    from pipeline.runs import provenance

    (project.root / ".gitattributes").write_text(f"{git.LINE}\n")
    run(project, "add", ".")
    run(project, "commit", "-m", "attributes")
    changed(project, "x: int = 1", "x: int = 2")
    plain = provenance.git(project.root)
    run(project, "config", "diff.jupyternotebook.command", "echo shown in another way")
    assert "shown in another way" in run(project, "diff")
    assert provenance.git(project.root) == plain
