"""The server: the site on loopback."""

import asyncio
import secrets
import socket
from collections.abc import Callable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from pipeline.errors import UsageError
from pipeline.review import handlers, pages
from pipeline.review.handlers import HOST
from pipeline.review.library import Library

MOST_BYTES = 2**20  # of a request


def application(library: Library, token: str, author: str) -> Application:
    """Return the site as something that answers requests; it reads only, except to whoever has shown the token."""
    shared = {"library": library, "token": token, "author": author, "pictures": {}}
    name = r"([^/]+)"
    routes: list[tuple[str, type[RequestHandler], dict[str, Any]]] = [
        (r"/(?:index\.html)?", handlers.ShelfPage, shared),
        (rf"/runs/{name}/(?:index\.html)?", handlers.RunPage, shared),
        (rf"/runs/{name}/decision", handlers.Decision, shared),
        (rf"/runs/{name}/stages/{name}\.html", handlers.ReportPage, shared),
        (rf"/runs/{name}/slides/{name}\.html", handlers.SlidesPage, shared),
        (rf"/runs/{name}/comments/{name}\.html", handlers.Comment, shared),
        (r"/compare/([^/]+?)\.\.([^/]+)\.html", handlers.ComparePage, shared),
        (rf"/pictures/{name}", handlers.Picture, shared),
        (r"/assets/highlight\.css", handlers.Highlight, shared),
        (r"/assets/(.*)", handlers.Asset, {"path": str(pages.ASSETS)}),
    ]
    return Application(
        routes,
        cookie_secret=secrets.token_hex(),
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Strict"},
        default_handler_class=handlers.Missing,
        default_handler_args=shared,
        log_function=lambda _: None,
    )


async def serve(library: Library, port: int, token: str, author: str, ready: Callable[[int], None]) -> None:
    """Serve the site on loopback until it is cancelled.

    Parameters
    ----------
    port
        0 for any that is free.
    ready
        Told the port when it answers.

    Raises
    ------
    UsageError
        If the port is taken.
    """
    try:
        sockets = bind_sockets(port, HOST, family=socket.AF_INET)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {HOST}:{port}: {error.strerror}. Name another port, or 0 for any."
        ) from error
    server = HTTPServer(application(library, token, author), max_body_size=MOST_BYTES)
    server.add_sockets(sockets)
    ready(sockets[0].getsockname()[1])
    await asyncio.Event().wait()
