import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINE = "true 'set up' && ./nox -s {}\n"
NOX = '#!/bin/sh\necho "ran $2"\n[ "$2" != refused ] || exit 3\n'


def project(folder: Path, readme: str) -> Path:
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci")
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / "nox").write_text(NOX, encoding="utf-8")
    (folder / "nox").chmod(0o755)
    return folder


def run(folder: Path, *sessions: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([folder / ".ci" / "run", *sessions], cwd="/", capture_output=True, text=True, check=False)


def test_ci_runs_the_lines_of_the_readme_and_lint(tmp_path: Path) -> None:
    done = run(project(tmp_path, LINE.format("pipeline") + "text\n" + LINE.format("tests")))
    assert [line for line in done.stdout.splitlines() if line.startswith("ran")] == [
        "ran pipeline",
        "ran tests",
        "ran tests_torch",
        "ran lint",
    ]
    assert done.returncode == 0


def test_ci_runs_only_what_is_asked_for(tmp_path: Path) -> None:
    done = run(project(tmp_path, LINE.format("pipeline") + LINE.format("tests")), "lint")
    assert done.stdout == "$ true 'set up' && ./nox -s lint\nran lint\n"


def test_ci_ends_with_the_exit_code_of_what_failed(tmp_path: Path) -> None:
    done = run(project(tmp_path, LINE.format("refused") + LINE.format("tests")), "refused", "tests")
    assert done.returncode == 3
    assert "ran tests" not in done.stdout


@pytest.mark.parametrize("readme", ["", LINE.format("tests") * 2, "Then `nox -s tests`.\n"])
def test_ci_refuses_a_readme_without_exactly_one_line(tmp_path: Path, readme: str) -> None:
    done = run(project(tmp_path, readme), "tests")
    assert "exactly one line that ends in 'nox -s tests'" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("branch", "given"),
    [("main", ["--against=main"]), ("a b$(touch evil);'\"", ["--against=a b$(touch evil);'\""]), ("", [])],
)
def test_summary_is_against_the_branch_that_ci_names_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, branch: str, given: list[str]
) -> None:
    folder = project(tmp_path, LINE.format("pipeline"))
    (folder / "nox").write_text('#!/bin/sh\nprintf "<%s>\\n" "$@"\n', encoding="utf-8")
    monkeypatch.setenv("AGAINST", branch)
    done = run(folder, "summary")
    words = ["-s", "summary", "--", "--markdown", "reports/summary.md", "--html", "reports/summary.html", *given]
    assert done.stdout.splitlines()[1:] == [f"<{word}>" for word in words]
    assert not (folder / "evil").exists()
