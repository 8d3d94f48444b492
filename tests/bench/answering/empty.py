"""A uvicorn that reads a request and says the same to all: `python empty.py PORT HTTP LOOP`, its names of both."""

import sys
from collections.abc import Callable
from typing import Any

import uvicorn

_BODY = b'{"model":"model","version":1,"predictions":[{"id":"18ece7a8c1353d4d4716c5ca3551b090","probability":0.5}]}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def answer(scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[dict[str, Any]], Any]) -> None:
    """Answer, as an ASGI application."""
    if scope["type"] != "http":
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


if __name__ == "__main__":
    port, http, loop = sys.argv[1:]
    uvicorn.run(answer, port=int(port), http=http, loop=loop, log_config=None, access_log=False, lifespan="off")
