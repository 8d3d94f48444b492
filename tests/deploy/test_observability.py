"""What is shipped to watch a service, on the real servers that it is shipped for."""

import json
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from deploy.stack import TOKEN, program, watching
from monitoring.seen import finding, outcome
from serving.calling import Running, ask, running
from serving.served import bundled, project, promote
from waiting import until

from pipeline.deploy import observing
from pipeline.errors import UsageError
from pipeline.monitoring import telling
from pipeline.monitoring.channels import Channels
from pipeline.serving import bundle

pytestmark = pytest.mark.slow

ASKING = {"Authorization": f"Bearer {TOKEN}"}
SHIPPED = observing.FILES
FULL = "CREATE TRIGGER no_room BEFORE INSERT ON predictions BEGIN SELECT RAISE(ABORT, 'no room'); END"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    promoted = project(tmp_path, monkeypatch)
    promote(bundled())
    return promoted


@contextmanager
def asked(service: Running, row: dict[str, Any]) -> Iterator[None]:
    """Ask all the time, on several lines, while the block runs."""
    stopped = threading.Event()

    def ask_on() -> None:
        while not stopped.is_set():
            with suppress(OSError, HTTPException), service.connect() as line:
                while not stopped.wait(0.02):
                    ask(line, "POST", "/predict", {"rows": [row]}, **ASKING)

    threads = [threading.Thread(target=ask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def refuse(service: Running) -> None:
    """Send rows that break the schema, more than a few in a hundred."""
    with service.connect() as line:
        for _ in range(100):
            assert ask(line, "POST", "/predict", {"rows": [{}]}, **ASKING)[0] == 422


def slow_down(service: Running) -> None:
    """Let it stand still for a while with requests in it, as a machine does that swaps."""
    service.process.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    service.process.send_signal(signal.SIGCONT)
    time.sleep(0.2)


def test_faults_reach_people_and_every_panel_has_data(root: Path) -> None:
    row = bundle.read("m", 1).golden[0]
    with (
        running(root, environment={"PIPELINE_SERVE_TOKEN": TOKEN}) as service,
        watching(root / "observe", f"{service.host}:{service.port}") as stack,
    ):

        def fires(*names: str) -> bool:
            return stack.alerts("firing") >= {*names}

        with asked(service, row):
            telling.tell(outcome(finding()), "", Channels())
            until(lambda: fires("PipelineFinding"))
            until(lambda: slow_down(service) or fires("PipelineSlow"))
            until(lambda: refuse(service) or fires("PipelineRefusals"))
            queries = panels()
            until(lambda: all(stack.query(expression) for expression in queries))
            telling.tell(outcome(), "", Channels())
            until(lambda: "PipelineFinding" in stack.alerts("resolved"))
            with closing(sqlite3.connect(root / ".pipeline/traffic/m.sqlite", timeout=30)) as log:
                log.execute(FULL)
            until(lambda: fires("PipelineErrors"))
        service.process.kill()
        until(lambda: fires("PipelineServiceDown"))


def panels() -> list[str]:
    """Return every query of the dashboard, as Grafana would send it."""
    board = json.loads((SHIPPED / "grafana/dashboard.json").read_text())
    found = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return [query.replace("$job", ".*").replace("$__rate_interval", "20s") for query in found]


def test_rules_are_what_prometheus_and_alertmanager_take(tmp_path: Path) -> None:
    promtool, amtool = program("promtool"), program("amtool")
    folder = tmp_path / "observe"
    observing.write(folder)
    (folder / "prometheus/token").write_text(TOKEN)
    shutil.copy(Path(__file__).with_name("rules.test.yml"), folder)
    for command in (
        [promtool, "check", "config", "prometheus/prometheus.yml"],
        [promtool, "test", "rules", "rules.test.yml"],
        [amtool, "check-config", "alertmanager/alertmanager.yml"],
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_dashboard_is_what_grafana_takes(tmp_path: Path) -> None:
    npm = program("npm")
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "@grafana/schema@13", "typescript@5"]
    if subprocess.run(install, cwd=tmp_path, capture_output=True, timeout=300, check=False).returncode:
        pytest.skip("npm cannot install @grafana/schema and typescript here")
    board = (SHIPPED / "grafana/dashboard.json").read_text()
    board = board.replace('"mode": "absolute"', '"mode": ThresholdsMode.Absolute')  # an enum takes no plain text
    source = 'import { type Dashboard, ThresholdsMode } from "@grafana/schema";\nexport const board: Dashboard = '
    (tmp_path / "board.ts").write_text(source + board)
    told = ["--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "node", "--target", "es2020", "board.ts"]
    done = subprocess.run([tmp_path / "node_modules/.bin/tsc", *told], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()


def test_write_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    written = observing.write(tmp_path / "observe")
    assert {path.relative_to(tmp_path / "observe") for path in written} == {
        path.relative_to(SHIPPED) for path in SHIPPED.rglob("*") if path.is_file()
    }
    with pytest.raises(UsageError, match=r"is not empty: .* Name a new folder"):
        observing.write(tmp_path / "observe")
    with pytest.raises(UsageError, match="cannot write /proc/observe"):
        observing.write(Path("/proc/observe"))
