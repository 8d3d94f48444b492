"""Other processes: where they may listen, and waiting for what they do."""

import socket
import time
from collections.abc import Callable

_LONGEST_S = 60.0


def until(done: Callable[[], object]) -> None:
    """Wait until something is so; a test that waits too long fails."""
    end = time.monotonic() + _LONGEST_S
    while not done():
        assert time.monotonic() < end, f"not so within {_LONGEST_S:g} s"
        time.sleep(0.1)


def free_port() -> int:
    """Return a port that nobody listened at a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
