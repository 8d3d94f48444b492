"""A GitHub that knows one pull request's comments, for the real `gh` to talk to; it pages as GitHub does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HOST = "github.localhost"  # the one name that gh asks without TLS
BOT = "github-actions[bot]"
COMMENTS = "/repos/ann/late/issues/7/comments"
PAGE = 30


class GitHub:
    """Comments by id: who wrote each, and what it says; and what was asked."""

    def __init__(self) -> None:
        self.comments: dict[int, tuple[str, str]] = {}
        self.asked: list[str] = []

    def say(self, who: str, text: str) -> int:
        number = len(self.comments) + 1
        self.comments[number] = (who, text)
        return number

    def listed(self, page: int) -> list[dict[str, object]]:
        every = [{"id": n, "user": {"login": who}, "body": text} for n, (who, text) in self.comments.items()]
        return every[(page - 1) * PAGE : page * PAGE]


@contextmanager
def serving(github: GitHub) -> Iterator[str]:
    """Answer for the block; gives the address of a proxy behind which this GitHub is."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            url = urlsplit(self.path)
            github.asked.append(f"{self.command} {url.path}")
            page = int(parse_qs(url.query).get("page", ["1"])[0])
            sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            if self.command == "GET" and github.listed(page + 1):
                self.send_header("Link", f'<http://api.{HOST}{COMMENTS}?page={page + 1}>; rel="next"')
            self.end_headers()
            self.wfile.write(json.dumps(self._done(url.path, sent, page)).encode())

        def _done(self, path: str, sent: dict[str, str], page: int) -> object:
            if self.command == "GET":
                return github.listed(page)
            if self.command == "POST":
                return {"id": github.say(BOT, sent["body"])}
            github.comments[int(path.rpartition("/")[2])] = (BOT, sent["body"])
            return {}

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - as http.server calls them

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
