import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from pasts import NEW, OLD, past

from pipeline.errors import ModelError, UsageError
from pipeline.models.log import Event, Log
from pipeline.review.baseline import champion, choose, predecessor
from pipeline.runs.record import Status

FIRST, SECOND, THIRD, FOURTH, FIFTH = (f"2026110{day}T000000Z-00000{day}" for day in range(1, 6))

LOG = Path(".pipeline") / "models" / "log.jsonl"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that stands where it is worked in."""
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    done = subprocess.run(["git", *who, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def commit(root: Path) -> Callable[[], str]:
    """Commit something, and return the commit."""
    git(root, "init", "--initial-branch=main")
    numbers = count()

    def committed() -> str:
        git(root, "commit", "--allow-empty", f"--message={next(numbers)}")
        return git(root, "rev-parse", "HEAD")

    return committed


def promoted(root: Path, run: str) -> None:
    texts = dict.fromkeys(("name", "model_digest", "data_digest", "test_digest"), "x")
    facts = {**texts, "version": 1, "threshold": 0.5, "run": run, "by": "", "reason": ""}
    Log(root / LOG).add(Event.PROMOTED, facts, when=datetime(2026, 11, 1, tzinfo=UTC))


def test_run_before_is_the_newest_earlier_one_that_came_to_its_end(root: Path) -> None:
    past(root, FIRST, status=Status.REFUSED)
    past(root, SECOND, status=Status.FAILED)
    past(root, THIRD, ended=None)
    (root / "reports" / "20261103T999999Z-0000ff").mkdir()
    (root / "reports" / "20261103T999999Z-0000ff" / "run.json").write_text("{")
    now = past(root, FOURTH)
    past(root, FIFTH)
    found = predecessor(now)
    assert found is not None
    assert found.record.run == FIRST
    assert choose(now, None).past == found


def test_first_run_has_none_before_it(root: Path) -> None:
    found = choose(past(root, FIRST), None)
    assert (found.past, found.words) == (None, "there is no finished run before it")


def test_latest_is_the_newest_other_run(root: Path) -> None:
    old, new = past(root, OLD), past(root, NEW)
    assert choose(new, "latest").past == old
    assert choose(old, "latest").past == new


def test_run_is_found_by_the_beginning_of_its_id(root: Path) -> None:
    old, new = past(root, OLD), past(root, NEW)
    assert choose(new, OLD[:9]).past == old
    with pytest.raises(UsageError, match="2 runs begin with '2026'"):
        choose(new, "2026")


def test_champion_is_the_run_that_was_promoted_last(root: Path) -> None:
    old, new = past(root, OLD), past(root, NEW)
    assert choose(new, "champion").past is None
    promoted(root, OLD)
    assert champion(root, root / "reports") == old
    assert choose(new, "champion").past == old
    assert "is the champion itself" in choose(old, "champion").words


def test_champion_and_the_run_before_are_of_the_same_model(root: Path) -> None:
    first, second = (past(root, run, model_version={"name": name}) for run, name in ((FIRST, "x"), (SECOND, "other")))
    third, fourth = (past(root, run, model_version={"name": name}) for run, name in ((THIRD, "x"), (FOURTH, "other")))
    assert (predecessor(third), predecessor(fourth)) == (first, second)
    assert predecessor(past(root, FIFTH)) == fourth
    promoted(root, FIRST)
    assert choose(third, "champion").past == first
    assert choose(fourth, "champion").past is None


def test_champion_whose_run_is_gone_is_none(root: Path) -> None:
    promoted(root, OLD)
    assert champion(root, root / "reports") is None


def test_damaged_history_of_champions_is_told(root: Path) -> None:
    promoted(root, OLD)
    (root / LOG).write_text("{}\n")
    with pytest.raises(ModelError, match=r"log\.jsonl, line 1: it is no line of a log"):
        champion(root, root / "reports")


def test_branch_stands_for_the_newest_run_of_the_commit_in_common(root: Path, commit: Callable[[], str]) -> None:
    earlier, base = commit(), commit()
    git(root, "checkout", "-b", "feature")
    mine = commit()
    git(root, "checkout", "main")
    past(root, FIRST, commit=base)
    expected = past(root, SECOND, commit=base)
    past(root, THIRD, commit=earlier)
    past(root, FOURTH, commit=commit())  # main has gone on, without this change
    found = choose(past(root, FIFTH, commit=mine), "main")
    assert found.past == expected
    assert found.words == f"commit {base[:12]} of main"


def test_run_of_an_earlier_commit_stands_in_where_the_common_one_has_none(
    root: Path, commit: Callable[[], str]
) -> None:
    earlier, base = commit(), commit()
    expected = past(root, FIRST, commit=earlier)
    found = choose(past(root, SECOND, commit=commit()), base)
    assert found.past == expected
    assert found.words.endswith(f", before {base[:12]}")


def test_run_with_changes_that_were_not_committed_stands_in_only_for_want_of_another(
    root: Path, commit: Callable[[], str]
) -> None:
    earlier, base = commit(), commit()
    now = past(root, FIFTH, commit=commit())
    unsaved = past(root, FIRST, commit=base, dirty="sha256:1")
    found = choose(now, base)
    assert found.past == unsaved
    assert "changes that were not committed" in found.words
    expected = past(root, SECOND, commit=earlier)
    assert choose(now, base).past == expected


def test_branch_that_only_the_server_has_is_found_as_it_was_fetched(root: Path, commit: Callable[[], str]) -> None:
    base = commit()
    git(root, "update-ref", "refs/remotes/origin/stable", base)
    expected = past(root, FIRST, commit=base)
    assert choose(past(root, SECOND, commit=commit()), "stable").past == expected


def test_branch_without_a_run_has_none(root: Path, commit: Callable[[], str]) -> None:
    base = commit()
    past(root, FIRST, commit="0" * 40)
    found = choose(past(root, SECOND, commit=base), "main")
    assert found.past is None
    assert f"no finished run of main at commit {base[:12]}" in found.words


@pytest.mark.parametrize(
    ("word", "what"),
    [("mian", "it is no run, and git knows"), ("20251101T", "no run begins"), ("--all", "git knows no such commit")],
)
def test_word_that_names_nothing_is_refused(root: Path, commit: Callable[[], str], word: str, what: str) -> None:
    commit()
    with pytest.raises(UsageError, match=what):
        choose(past(root, FIRST), word)


def test_project_without_git_has_no_branches(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="git knows no such commit"):
        choose(past(root, FIRST), "main")
