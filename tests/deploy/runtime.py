"""Lambda's Runtime API on loopback: gives events to a function, one after the other, and takes what it answers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

# All that there are: where one is missing the client (awslambdaric 4.2.2) reads what is not there, and crashes.
HEADERS = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    "Lambda-Runtime-Aws-Tenant-Id": "nobody",
    "Lambda-Runtime-Client-Context": "{}",
    "Lambda-Runtime-Cognito-Identity": "{}",
    "Lambda-Runtime-Deadline-Ms": "99999999999999",
    "Lambda-Runtime-Invocation-Id": "1",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:m",
    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
}


class Runtime:
    """What stands at `address`, as a function's client knows it."""

    def __init__(self) -> None:
        self.events: Queue[Any] = Queue()
        self.answers: Queue[tuple[str, Any]] = Queue()
        self.address = ""

    def invoke(self, event: object, timeout_s: float = 90) -> Any:  # noqa: ANN401 - any JSON
        """Let the function answer an event."""
        self.events.put(event)
        what, answer = self.answers.get(timeout=timeout_s)
        assert what == "response", answer
        return answer


@contextmanager
def serving() -> Iterator[Runtime]:
    runtime = Runtime()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(runtime.events.get()).encode()
            self.send_response(200)
            for name, value in {**HEADERS, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            runtime.answers.put((self.path.rpartition("/")[2], json.loads(body)))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        runtime.address = f"127.0.0.1:{server.server_port}"
        yield runtime
        server.shutdown()
