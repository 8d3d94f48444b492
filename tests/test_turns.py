from pathlib import Path

import pytest
from filelock import FileLock

from pipeline.errors import BusyError
from pipeline.turns import turn


def test_turn_holds_the_lock_while_the_block_runs(tmp_path: Path) -> None:
    lock = tmp_path / "made" / "here.lock"
    refused = pytest.raises(BusyError, match=r"another process has held .*here\.lock for 0\.05 s\. Wait")
    with turn(lock, 1.0), refused, turn(lock, 0.05):
        pass
    with turn(lock, 0.05):
        pass


def test_turn_ends_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), turn(tmp_path / "a.lock", 0.05):
        raise ZeroDivisionError
    with FileLock(tmp_path / "a.lock", timeout=0.05):
        pass
