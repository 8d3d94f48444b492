"""A service in a process of its own, asked as its users would."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Running:
    """A service that listens."""

    process: "subprocess.Popen[str]"
    host: str
    port: int

    def connect(self) -> "closing[http.client.HTTPConnection]":
        return closing(http.client.HTTPConnection(self.host, self.port, timeout=60))

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        with self.connect() as line:
            return ask(line, method, path, body, **headers)


def ask(
    line: http.client.HTTPConnection, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, Any]:
    """Ask on a connection, and return status and content."""
    told = {"Content-Type": "application/json", **headers} if body is not None else headers
    line.request(method, path, None if body is None else json.dumps(body), told)
    answer = line.getresponse()
    content = answer.read()
    return answer.status, json.loads(content) if answer.getheader("Content-Type") == "application/json" else content


@contextmanager
def running(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Start `pipeline serve` at a free port, and end it with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "serve", "--port", "0", "--model", "m", *arguments],
        cwd=root,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://([\d.]+):(\d+);", process.stdout.readline())
        assert found, process.communicate()
        yield Running(process, found[1], int(found[2]))
    finally:
        process.kill()
        process.communicate()
