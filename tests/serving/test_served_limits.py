"""The service in its own process: how it holds out against callers who dawdle, ask too often, or lie about sizes."""

import signal
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from serving.calling import Running, ask, running
from serving.served import bundled, project, promote

pytestmark = pytest.mark.slow
HEAD = b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = project(tmp_path, monkeypatch)
    promote(bundled())
    return found


def configure(root: Path, text: str) -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write(f"[tool.pipeline.serve]\n{text}\n")


def dawdle(service: Running, *pieces: bytes) -> socket.socket:
    """Send the beginning of a request."""
    line = socket.create_connection((service.host, service.port), timeout=60)
    for piece in pieces:
        line.sendall(piece)
    return line


def rest(line: socket.socket) -> bytes:
    """Send a byte now and then, until the other side ends it; return what it said."""
    line.settimeout(0.2)
    said = b""
    with line, suppress(OSError):
        while True:
            line.sendall(b" ")
            with suppress(TimeoutError):
                if not (heard := line.recv(1000)):
                    break
                said += heard
    return said


def test_connections_end_when_a_request_does_not_get_on_and_others_are_answered(root: Path) -> None:
    configure(root, "request_timeout_s = 1")
    with running(root) as service, service.connect() as kept:
        slow = [dawdle(service, begun) for begun in [b"", b"POST /pre", HEAD, HEAD + b"{"] * 5]
        assert service.ask("GET", "/health/ready")[0] == 200
        while slow:
            assert b"200 OK" not in rest(slow.pop())
            assert ask(kept, "GET", "/model")[0] == 200
        assert service.ask("GET", "/health/ready")[0] == 200


def test_service_ends_soon_when_told_to_though_callers_keep_connections_and_dawdle(root: Path) -> None:
    configure(root, "request_timeout_s = 2")
    with running(root) as service:
        with service.connect() as line:
            assert ask(line, "GET", "/model")[0] == 200
            slow = dawdle(service, HEAD, b"{")
            assert service.ask("GET", "/health/live")[0] == 200
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(60) == 0
        slow.close()


def test_requests_are_refused_when_they_are_too_large_or_none_at_all(root: Path) -> None:
    configure(root, "most_mb = 0.001")
    with running(root) as service:
        with dawdle(service, HEAD.replace(b"500", b"50000000000")) as line:
            assert line.recv(1000).startswith(b"HTTP/1.1 413")
        chunked = HEAD.replace(b"Content-Length: 500", b"Transfer-Encoding: chunked")
        with dawdle(service, chunked, b"400\r\n" + b" " * 1024 + b"\r\n400\r\n") as line:
            line.sendall(b" " * 1024 + b"\r\n")
            assert line.recv(1000).startswith(b"HTTP/1.1 413")
        with dawdle(service, b"no request\r\n\r\n") as line:
            said = line.recv(10_000).lower()
            assert said.startswith(b"http/1.1 400")
            assert b"x-content-type-options: nosniff" in said


def test_service_ends_with_what_is_wrong_when_settings_are(root: Path) -> None:
    configure(root, 'sensitive = { kint = "drop" }')
    why = r"sensitive .* names 'kint', which the model is not asked with: did you"
    with pytest.raises(AssertionError, match=why), running(root):
        pass
