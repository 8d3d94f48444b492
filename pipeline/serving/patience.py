"""Patience: a caller who does not get on with a request holds a connection for a while, not for ever."""

import asyncio
from typing import Any

_LOOK_S = 0.5


async def watch(connections: set[Any], longest_s: float) -> None:
    """Close connections whose request does not get complete in time: its head or its body comes too slowly.

    Looking at all of them now and then costs no request anything.

    Parameters
    ----------
    connections
        Those of a server, as uvicorn keeps them: each has a `transport`, and a `cycle`, its present or last request.
    longest_s
        Seconds that a request may take to arrive.
    """
    loop = asyncio.get_running_loop()
    waiting: dict[Any, tuple[Any, float]] = {}
    while True:
        await asyncio.sleep(min(_LOOK_S, longest_s / 2))
        now = loop.time()
        waiting = {each: _since(each, waiting, now) for each in connections if _is_waited_for(each)}
        for each, (_, since) in waiting.items():
            if now - since > longest_s:
                each.transport.abort()


def _is_waited_for(connection: Any) -> bool:  # noqa: ANN401 - a protocol of uvicorn
    """Say whether more of a request has to come: it is being read, or none has begun."""
    cycle = connection.cycle
    return cycle is None or cycle.response_complete or cycle.more_body


def _since(connection: Any, waiting: dict[Any, tuple[Any, float]], now: float) -> tuple[Any, float]:  # noqa: ANN401 - as above
    """Return what is waited behind, and since when."""
    cycle, since = waiting.get(connection, (None, now))
    return (cycle, since) if connection in waiting and cycle is connection.cycle else (connection.cycle, now)
