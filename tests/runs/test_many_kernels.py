"""Many kernels start and end, many at a time, and nothing of them stays."""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from projects import Project

pytestmark = [pytest.mark.slow, pytest.mark.kernel]
STARTS, AT_A_TIME, STAGES, WAIT_S = 200, 16, 100, 10.0


def many(folder: Path, count: int, jobs: int) -> Project:
    """Stages that need nothing of each other and hardly do a thing."""
    project = Project(folder)
    project.write("pyproject.toml", f"[tool.pipeline]\njobs = {jobs}\n")
    for number in range(count):
        project.notebook(f"s{number:03}", "", f"glue('x', {number})")
    return project


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the kernels' sockets that nobody else uses, and whose name is short."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def processes(folder: Path) -> list[str]:
    """Processes whose working folder is in this one: kernels, and what forks them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append(process.name)
    return found


def left(folder: Path, sockets: Path) -> dict[str, object]:
    """What a run could leave in this process and on this machine."""
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
        "processes": processes(folder),
        "sockets": [path.name for path in sockets.iterdir()],
    }


def test_every_kernel_starts_though_many_do_at_a_time(tmp_path: Path, sockets: Path) -> None:
    record = many(tmp_path, STARTS, AT_A_TIME).run()
    assert Counter(str(stage.status) for stage in record.stages) == {"succeeded": STARTS}
    assert {stage.scraps["x"].value for stage in record.stages} == set(range(STARTS))
    assert not list(sockets.iterdir())


def test_stages_leave_no_process_thread_descriptor_or_socket(tmp_path: Path, sockets: Path) -> None:
    many(tmp_path / "first", 2, 2).run()  # what is opened once for good, is open from here on
    before = left(tmp_path, sockets)
    record = many(tmp_path / "all", STAGES, 2).run()
    assert Counter(str(stage.status) for stage in record.stages) == {"succeeded": STAGES}
    ends = time.monotonic() + WAIT_S
    while left(tmp_path, sockets) != before and time.monotonic() < ends:
        time.sleep(0.1)
    assert left(tmp_path, sockets) == before
