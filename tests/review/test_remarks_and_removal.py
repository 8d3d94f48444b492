"""What somebody says of a run is kept, or refused because the run is gone; removing runs loses no word."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kept import RUN, Kept

from pipeline.review.remarks import Remarks
from pipeline.runs import presence

pytestmark = pytest.mark.slow
SAID = ("comment", RUN, "a", "work-1", "Why?", "--author", "Ada")
LONGER_THAN_A_COMMENT_TAKES_S = 4


def started(root: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    made = Kept.at(tmp_path / "project")
    made.add()
    return made


@pytest.mark.parametrize("words", [SAID, ("approve", RUN, "--reason", "Good.", "--author", "Ada")])
def test_nothing_is_said_about_a_run_while_runs_are_removed(kept: Kept, words: tuple[str, ...]) -> None:
    with presence.alone(kept.root / ".pipeline"):
        saying = started(kept.root, *words)
        with pytest.raises(subprocess.TimeoutExpired):
            saying.communicate(timeout=LONGER_THAN_A_COMMENT_TAKES_S)
        assert not (kept.folder() / "review").exists()
        shutil.rmtree(kept.folder())
    _, said = saying.communicate()
    assert saying.returncode == 2
    assert "no run" in said
    assert not kept.folder().exists()


def test_comment_is_kept_with_its_run_or_refused_when_runs_are_removed_at_the_same_time(kept: Kept) -> None:
    for turn in range(6):
        kept.add()
        order = 1 if turn % 2 else -1  # either may begin first
        both = [started(kept.root, *words) for words in (SAID, ("gc", "--keep-last", "0"))[::order]]
        said = [each.communicate() for each in both]
        comment, gc = both[::order]
        assert gc.returncode == 0, said
        assert comment.returncode == (0 if kept.folder().exists() else 2), said
        assert len(Remarks(kept.folder()).comments()) == (comment.returncode == 0)
        shutil.rmtree(kept.folder(), ignore_errors=True)
