"""Prometheus and Alertmanager as they are shipped for, with short waits, and somebody who listens."""

import json
import re
import shutil
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from waiting import free_port, until

from pipeline.deploy import observing

TOKEN = "a-token-of-some-length"  # noqa: S105 - of this test alone


@dataclass(frozen=True)
class Stack:
    """What watches, and what it said."""

    prometheus: str
    heard: list[dict[str, Any]]

    def query(self, expression: str) -> list[Any]:
        asked = urllib.parse.urlencode({"query": expression})
        url = f"{self.prometheus}/api/v1/query?{asked}"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own, on loopback
            return list(json.load(answer)["data"]["result"])

    def alerts(self, status: str) -> set[str]:
        return {
            each["labels"]["alertname"] for told in self.heard for each in told["alerts"] if each["status"] == status
        }


def program(*names: str) -> str:
    """Find a program; where there is none the test is skipped, and says why."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"{' or '.join(names)} is not installed")
    return found


@contextmanager
def watching(folder: Path, service: str) -> Iterator[Stack]:
    """Start all of it, with the shipped files, watching a service at `host:port`."""
    prometheus, alertmanager = program("prometheus"), program("prometheus-alertmanager", "alertmanager")
    ports, heard = {"9090": free_port(), "9093": free_port()}, list[dict[str, Any]]()
    with ExitStack() as stack:
        hook = stack.enter_context(_webhook(heard))
        _fit(
            folder, {"127.0.0.1:8080": service, "127.0.0.1:9093": f"127.0.0.1:{ports['9093']}", "127.0.0.1:9099": hook}
        )
        listens = "--web.listen-address=127.0.0.1:{}".format
        told = [f"--config.file={folder}/alertmanager/alertmanager.yml", f"--storage.path={folder}/alerts"]
        stack.enter_context(_process(alertmanager, *told, listens(ports["9093"]), "--cluster.listen-address="))
        told = [f"--config.file={folder}/prometheus/prometheus.yml", f"--storage.tsdb.path={folder}/numbers"]
        stack.enter_context(_process(prometheus, *told, listens(ports["9090"])))
        found = Stack(f"http://127.0.0.1:{ports['9090']}", heard)
        until(lambda: _answers(found))
        yield found


def _fit(folder: Path, addresses: dict[str, str]) -> None:
    """Write the shipped files as their user does, and let everything happen in seconds."""
    for path in observing.write(folder):
        text = path.read_text()
        for told, here in addresses.items():
            text = text.replace(told, here)
        if path.suffix == ".yml":
            text = re.sub(r"\[\d+m\]", "[6s]", re.sub(r"(for|interval|wait): \d+[ms]\b", r"\1: 1s", text))
        path.write_text(text)
    (folder / "prometheus" / "token").write_text(TOKEN)


def _answers(stack: Stack) -> bool:
    try:
        return bool(stack.query("up == 1"))
    except OSError:
        return False


@contextmanager
def _process(*command: str) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def _webhook(heard: list[dict[str, Any]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
