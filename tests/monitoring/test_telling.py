"""Findings reach people, Prometheus and logs through real servers on loopback."""

import json
import re
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from monitoring.seen import finding, outcome
from waiting import free_port, until

from pipeline.monitoring import telling
from pipeline.monitoring.channels import Channels
from pipeline.monitoring.findings import Severity
from pipeline.serving import counts

# A plugin of apprise imports it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

REPORT = "reports/r/monitor.ipynb"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Webhook(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    heard: list[dict[str, Any]]

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def webhook(port: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    handler = type("Own", (Webhook,), {"heard": []})
    server = HTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/alerts", handler.heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_people_hear_once_when_it_begins_and_once_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = Channels(notify=["CHAT"])
    with webhook() as (url, heard):
        monkeypatch.setenv("CHAT", url)
        assert telling.tell(outcome(finding()), REPORT, channels) == []
        assert telling.tell(outcome(finding()), REPORT, channels) == []
        assert telling.tell(outcome(), REPORT, channels) == []
    began, ended = heard
    assert (began["title"], began["type"]) == ("m: 1 to act on", "failure")
    assert began["message"] == f"input size (version 3): size moved Read {REPORT}."
    assert (ended["title"], ended["type"]) == ("m: 1 over", "success")
    assert ended["message"].startswith("Over: input size, since 2")


def test_place_that_is_away_is_named_without_its_password_and_told_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channels = Channels(notify=["CHAT", "GONE", "UNSET"])
    port = free_port()
    with webhook() as (url, heard):
        monkeypatch.setenv("CHAT", url)
        monkeypatch.setenv("GONE", f"json://user:s3cretpassword@127.0.0.1:{port}/alerts")
        away, unset = telling.tell(outcome(finding()), REPORT, channels)
        assert away == "GONE could not be told of m: 1 to act on: is its URL right? It is tried again next time."
        assert "there is no secret 'UNSET'" in unset
        with webhook(port) as (_, later):
            telling.tell(outcome(finding()), REPORT, channels)
        assert (len(heard), len(later)) == (1, 1)


def test_people_hear_by_mail(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    post = Controller(Mailbox(root / "mail"), hostname="127.0.0.1", port=port)
    post.start()
    try:
        monkeypatch.setenv(
            "MAIL", f"mailto://127.0.0.1:{port}?from=watch@example.org&to=people@example.org&mode=insecure"
        )
        assert telling.tell(outcome(finding()), REPORT, Channels(notify=["MAIL"])) == []
    finally:
        post.stop()
    (letter,) = (root / "mail" / "new").iterdir()
    assert "Subject: m: 1 to act on" in letter.read_text()


def test_prometheus_reads_findings_from_the_service_and_a_file(root: Path) -> None:
    seen = outcome(finding(), finding('a"b\\c\n', severity=Severity.WARNING, stands=False, size=0.3))
    assert telling.tell(seen, REPORT, Channels(textfile="out/watch.prom")) == []
    text = (root / "out/watch.prom").read_text()
    assert 'pipeline_finding{kind="input",model="m",severity="critical",subject="size"} 1.0' in text
    assert re.search(r'pipeline_finding\{.*subject="a\\"b\\\\c\\n"\} 0\.0', text)
    assert 'pipeline_finding_size{kind="input",model="m",severity="critical",subject="size",unit="psi"} 0.4' in text
    told = counts.Counts().text(model="m", version=3, swaps=0, behind=False).decode()
    assert text in told
    assert "pipeline_finding" not in counts.Counts().text(model="n", version=3, swaps=0, behind=False).decode()


def test_findings_are_pushed_where_nothing_is_scraped() -> None:
    program = shutil.which("prometheus-pushgateway") or shutil.which("pushgateway")
    if program is None:
        pytest.skip("no push gateway is installed: prometheus-pushgateway")
    address = f"127.0.0.1:{free_port()}"
    channels = Channels(pushgateway=f"http://{address}")
    (why,) = telling.tell(outcome(finding()), REPORT, channels)
    assert why.startswith(f"the push gateway http://{address} did not take the findings: ")
    with subprocess.Popen([program, f"--web.listen-address={address}"], stderr=subprocess.DEVNULL) as gateway:
        try:
            until(lambda: telling.tell(outcome(finding()), REPORT, channels) == [])
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
                assert 'subject="size"' in answer.read().decode()
        finally:
            gateway.terminate()


def test_findings_are_lines_of_the_log(root: Path) -> None:
    seen = outcome(finding(), finding("count", severity=Severity.WARNING))
    for _ in range(2):
        assert telling.tell(seen, REPORT, Channels(log="logs/watch.jsonl")) == []
    lines = [json.loads(line) for line in (root / "logs/watch.jsonl").read_text().splitlines()]
    assert [line["rule"]["name"] for line in lines] == ["input:size", "input:count"] * 2
    first = lines[0]
    assert (first["log.level"], first["message"], first["service"]["name"]) == ("error", "size moved", "m")
    assert (first["event"]["kind"], first["metrics"], first["service"]["version"]) == (
        "alert",
        {"size": 0.4, "threshold": 0.25},
        "3",
    )
    (why,) = telling.tell(seen, REPORT, Channels(log="logs"))
    assert "cannot write the log logs: Is a directory" in why
