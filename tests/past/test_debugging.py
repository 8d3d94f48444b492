"""A stage stands where it failed, in a kernel that one can attach to, until its user leaves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient
from projects import Project

from pipeline.lookback import Lookback

pytestmark = pytest.mark.kernel
WAIT_S = 60


@contextmanager
def attached(connection_file: str) -> Iterator[BlockingKernelClient]:
    client = BlockingKernelClient(connection_file=connection_file)
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=WAIT_S)
        yield client
    finally:
        client.stop_channels()


def printed(client: BlockingKernelClient, code: str) -> str:
    lines: list[str] = []
    client.execute_interactive(code, output_hook=lambda message: lines.append(message["content"].get("text", "")))
    return "".join(lines).strip()


def happened(project: Project, stage: str) -> str:
    with Lookback(project.root).debug("latest", stage, lambda *_: None) as found:
        return found.happened


def test_kernel_stands_where_the_stage_failed_and_ends_on_interrupt(broken: Project) -> None:
    reports = {path: path.read_bytes() for path in (broken.root / "reports").rglob("*.ipynb")}
    command = [sys.executable, "-m", "pipeline", "debug", "latest", "train"]
    with subprocess.Popen(command, cwd=broken.root, stdout=subprocess.PIPE, text=True) as debug:
        assert debug.stdout is not None
        lines = iter(debug.stdout)
        told = [next(line for line in lines if "failed in cell" in line)]
        where = next(line for line in lines if "jupyter console --existing" in line).split()[3]
        told.append(next(line for line in lines if "Ctrl-C" in line))
        with attached(where) as client:
            pid, *values = printed(client, "import os; print(os.getpid(), total, trials, prep)").split()
        debug.send_signal(signal.SIGINT)
        told += list(lines)
        assert debug.wait(WAIT_S) == 0
    assert told[0] == "train failed in cell 6: KeyError: 'price'\n"
    assert told[-1] == "the kernel has ended\n"
    assert values[:2] == ["15", "5"]
    assert values[2].startswith("reports/2")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
    assert not list((broken.root / ".pipeline/work").glob("[!.]*"))
    assert {path: path.read_bytes() for path in (broken.root / "reports").rglob("*.ipynb")} == reports


def test_command_ends_where_the_kernel_is_ended_by_who_is_attached(broken: Project) -> None:
    with Lookback(broken.root).debug("latest", "train", lambda *_: None) as found:
        with attached(found.session.connection_file) as client:
            client.shutdown()
        found.wait()
        assert not found.session.alive


def test_console_attaches_by_the_command_that_is_printed(broken: Project) -> None:
    with Lookback(broken.root).debug("latest", "train", lambda *_: None) as found:
        assert not found.hint
        console = [sys.executable, "-m", *found.command.replace("jupyter ", "jupyter_", 1).split(), "--simple-prompt"]
        done = subprocess.run(console, input="print('total is', total)\n", capture_output=True, text=True, check=False)
        assert "total is 15" in done.stdout
        assert found.session.alive


def test_stage_that_went_well_is_run_to_its_end(broken: Project) -> None:
    assert happened(broken, "prep") == "prep succeeded: all of its cells were run"


def test_kernel_stands_before_the_cell_that_killed_it(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.notebook("a", "", "x = 1", "import os; os._exit(3)")
    project.run()
    with Lookback(tmp_path).debug("latest", "a", lambda *_: None) as found:
        assert found.happened == "a stands before cell 6 (work-2), in which it died"
        with attached(found.session.connection_file) as client:
            assert printed(client, "print(x)") == "1"


def test_failure_that_does_not_come_again_is_said(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.notebook("a", "", "open('ready').close()")
    project.run()
    project.write("ready", "")
    assert happened(project, "a") == "a stands after cell 5 (work-1), which did not fail this time"


def test_unknown_stage_exits_2(broken: Project) -> None:
    done = broken.command("debug", "latest", "trian")
    assert done.returncode == 2
    assert "has no stage 'trian': did you mean 'train'?" in done.stderr
