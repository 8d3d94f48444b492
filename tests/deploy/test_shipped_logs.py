"""Lines of the service and of a watch reach Elasticsearch as it wants them, by a real shipper."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from deploy.stack import program
from monitoring.seen import finding, outcome
from serving.calling import running
from serving.served import bundled, project, promote
from waiting import until

from pipeline.deploy import observing
from pipeline.errors import SettingsError
from pipeline.monitoring import telling
from pipeline.monitoring.channels import Channels
from pipeline.serving import bundle, logs

pytestmark = pytest.mark.slow


@contextmanager
def elasticsearch() -> Iterator[tuple[int, list[tuple[str, dict[str, Any]]]]]:
    """Take `_bulk` requests; gives the port, and each document with its index."""
    taken: list[tuple[str, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._say({})

        def do_HEAD(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            lines = [json.loads(line) for line in self.rfile.read(int(self.headers["Content-Length"])).splitlines()]
            pairs = list(zip(lines[::2], lines[1::2], strict=True))
            taken.extend((next(iter(action.values()))["_index"], document) for action, document in pairs)
            self._say({"errors": False, "items": [{"index": {"status": 201}} for _ in pairs]})

        def _say(self, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def shipping(folder: Path, lines: Path, port: int) -> Iterator[None]:
    """Ship lines with the configuration that is shipped, fitted to here."""
    rsyslogd = program("rsyslogd")
    if not list(Path("/usr/lib").glob("**/rsyslog/omelasticsearch.so")):
        pytest.skip("rsyslog has no omelasticsearch: rsyslog-elasticsearch")
    shipped = (observing.FILES / "elastic/rsyslog.conf").read_text()
    text = shipped.replace("/var/log/pipeline/*.jsonl", str(lines)).replace("9200", str(port))
    (folder / "rsyslog.conf").write_text(f'global(workDirectory="{folder}")\n{text}')
    command = [rsyslogd, "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def fields(document: object, before: str = "") -> Iterator[str]:
    """Name each field of a document, dotted."""
    if not isinstance(document, dict):
        yield before
        return
    for name, inner in document.items():
        yield from fields(inner, f"{before}.{name}" if before else name)


def mapped(properties: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, inner in properties.items():
        full = f"{before}.{name}" if before else name
        yield full
        yield from mapped(inner.get("properties", {}), full)


def test_lines_reach_elasticsearch_and_each_field_is_one_that_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path, monkeypatch)
    promote(bundled())
    row = bundle.read("m", 1).golden[0]
    log = root / "logs" / "service.jsonl"
    with running(root, "--log", str(log)) as service, elasticsearch() as (port, taken), shipping(root, log, port):
        assert service.ask("POST", "/predict", {"rows": [row | {"count": 10**6}]})[0] == 422
        assert service.ask("POST", "/predict", {"rows": [row]})[0] == 200
        promote(bundled(2))
        assert telling.tell(outcome(finding()), "", Channels(log=str(log))) == []
        until(lambda: any("version 2" in document["message"] for _, document in taken))
        until(lambda: any(document.get("event", {}).get("kind") == "alert" for _, document in taken))
    documents = [document for _, document in taken]
    actions = [document["event"]["action"] for document in documents if "action" in document["event"]]
    assert actions[:2] == ["started", "refused"]
    refused = documents[1]
    assert (refused["http"]["response"]["status_code"], refused["url"]["path"]) == (422, "/predict")
    assert refused["event"]["duration"] > 0
    assert {index[: len("pipeline-2")] for index, _ in taken} == {"pipeline-2"}
    template = json.loads((observing.FILES / "elastic/index-template.json").read_text())
    known = {*mapped(template["template"]["mappings"]["properties"])}
    unknown = {name for document in documents for name in fields(document)} - known
    assert {name for name in unknown if not name.startswith(("labels.", "log.origin", "process."))} == set()
    assert "1000000" not in log.read_text()  # what was sent is nobody's business here


def test_kibana_objects_refer_to_each_other_alone() -> None:
    lines = (observing.FILES / "elastic/kibana.ndjson").read_text().splitlines()
    objects = [json.loads(line) for line in lines]
    known = {(each["type"], each["id"]) for each in objects}
    assert {(each["type"], each["id"]) for found in objects for each in found["references"]} <= known


def test_begin_refuses_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot write the log .*: Is a directory\. Choose another place"):
        logs.begin("m", str(tmp_path))
