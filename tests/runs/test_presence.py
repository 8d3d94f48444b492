"""Who was killed is told from who is at work, and what the dead left is removed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import BusyError
from pipeline.runs import presence

WORKER = """
import sys, time
from pathlib import Path
from pipeline.runs import presence
with presence.at_work(Path(sys.argv[1]), 'run') as folder:
    (folder / 'kernel.sockets').write_text(sys.argv[2])
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / ".pipeline"


def start(state: Path, sockets: Path) -> "tuple[subprocess.Popen[str], Path]":
    sockets.mkdir()
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(state), str(sockets)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    with worker.stdout as told:
        return worker, Path(told.readline().strip())


def test_folder_is_there_for_the_block_alone(state: Path) -> None:
    with presence.at_work(state, "run") as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_what_a_killed_process_left_is_removed_by_the_next_and_nothing_else(state: Path, tmp_path: Path) -> None:
    (dead, left), (alive, kept) = start(state, tmp_path / "one"), start(state, tmp_path / "two")
    try:
        dead.kill()
        dead.wait()
        with presence.at_work(state, "verify") as own:
            assert sorted(path for path in (state / "work").glob("[!.]*")) == sorted([kept, own])
        assert not left.exists()
        assert not (tmp_path / "one").exists()
        assert (tmp_path / "two").exists()
    finally:
        alive.kill()
        alive.wait()


def test_nobody_is_alone_while_another_is_at_work(state: Path, tmp_path: Path) -> None:
    worker, _ = start(state, tmp_path / "one")
    try:
        said = rf"`pipeline run` \(process {worker.pid}\) goes on in .*Wait until it ends"
        with pytest.raises(BusyError, match=said), presence.alone(state, 0.2):
            pass
        worker.kill()
        worker.wait()
        with presence.alone(state, 0.2):
            pass
    finally:
        worker.kill()


def test_work_waits_until_nobody_is_alone(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "GATE_S", 0.1)
    waiting = pytest.raises(BusyError, match=r"another process has held .*work/\.lock for 0\.1 s")
    with presence.alone(state), waiting, presence.at_work(state, "run"):
        pass
    with presence.at_work(state, "run"):
        pass


def test_folder_in_which_work_failed_counts_as_abandoned_once(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with presence.present(folder):
        assert not list(presence.abandoned(tmp_path))
    assert not list(presence.abandoned(tmp_path))
    with pytest.raises(ZeroDivisionError), presence.present(folder):
        raise ZeroDivisionError
    assert list(presence.abandoned(tmp_path)) == [folder]
    assert not list(presence.abandoned(tmp_path))


def test_process_that_is_stopped_for_a_while_is_alive(state: Path, tmp_path: Path) -> None:
    worker, folder = start(state, tmp_path / "one")
    try:
        os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(0.1)
        assert not list(presence.abandoned(state / "work"))
        assert folder.is_dir()
    finally:
        worker.kill()
        worker.wait()
