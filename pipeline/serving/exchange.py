"""Exchange: a request read within limits, and an answer sent with the headers that every answer has. Plain ASGI."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

from pipeline.serving import wire

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json"
_SAFE = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


class Response(NamedTuple):
    """An answer.

    Attributes
    ----------
    content
        What JSON can hold; bytes are sent as they are.
    status
        As HTTP has it.
    kind
        Media type.
    headers
        Besides those that every answer has.
    """

    content: Any
    status: int = 200
    kind: str = JSON
    headers: Mapping[str, str] = MappingProxyType({})


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """A request is not answered as whoever sent it hoped; `response` says why."""

    def __init__(self, status: int, why: str, *, headers: Mapping[str, str] | None = None, **told: object) -> None:
        super().__init__(why)
        self.response = Response(status=status, content={"error": why, **told}, headers=headers or {})


def header(scope: Scope, name: str) -> str:
    """Return a header of a request; empty where it is missing or stands there twice."""
    found = [value for key, value in scope["headers"] if key == name.encode()]
    return found[0].decode("latin-1") if len(found) == 1 else ""


async def read_json(scope: Scope, receive: Receive, most_bytes: int) -> Any:  # noqa: ANN401 - any JSON
    """Read the body of a request.

    Parameters
    ----------
    most_bytes
        Its largest size.

    Raises
    ------
    Refused
        If it is not JSON (400), too large (413), or called something else (415).
    """
    told = dict(scope["headers"])
    if told.get(b"content-type", b"").partition(b";")[0].strip().lower() != JSON.encode():
        raise Refused(415, f"send {JSON}, and say so in the header Content-Type")
    if (length := told.get(b"content-length", b"")).isdigit() and int(length) > most_bytes:
        raise _too_large(most_bytes)
    body = await _body(receive, most_bytes)
    try:
        return wire.load(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the body is not JSON: {str(error)[:200]}") from None


async def _body(receive: Receive, most_bytes: int) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the request was broken off")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most_bytes:
            raise _too_large(most_bytes)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(most_bytes: int) -> Refused:
    return Refused(413, f"a body has at most {most_bytes} bytes: send fewer rows at a time")


async def respond(send: Send, response: Response) -> None:
    """Send an answer."""
    headers, body = _written(response)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def last_words(response: Response) -> bytes:
    """Return all of an answer as it is sent where a connection ends with it."""
    headers, body = _written(response)
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}".encode(), b"connection: close"]
    return b"\r\n".join([*lines, *(name + b": " + value for name, value in headers), b"", body])


def _written(response: Response) -> tuple[list[tuple[bytes, bytes]], bytes]:
    content = response.content
    body = content if isinstance(content, bytes) else wire.dump(content)
    headers = [(b"content-type", response.kind.encode()), (b"content-length", b"%d" % len(body)), *_SAFE]
    return headers + [(name.lower().encode(), value.encode()) for name, value in response.headers.items()], body
