"""Two sockets at one port: the one that came last is asked."""

import socket
from contextlib import closing, suppress

import pytest

from pipeline.errors import SettingsError
from pipeline.serving import sharing

HOST = "127.0.0.1"


def listening(port: int) -> socket.socket:
    found = sharing.bound(HOST, port)
    found.settimeout(0)
    found.listen(64)
    return found


def accepted(at: socket.socket) -> int:
    """Accept all who wait."""
    found = 0
    with suppress(BlockingIOError):
        while True:
            at.accept()[0].close()
            found += 1
    return found


def knock(port: int, times: int) -> None:
    for _ in range(times):
        socket.create_connection((HOST, port), timeout=5).close()


def test_socket_that_follows_is_asked_alone_and_the_one_before_keeps_who_waits() -> None:
    before = listening(0)
    port = before.getsockname()[1]
    for _ in range(3):  # one follows another again and again
        knock(port, 5)
        after = listening(port)
        sharing.follow(after)
        knock(port, 40)
        assert (accepted(before), accepted(after)) == (5, 40)
        before.close()
        before = after
    before.close()


def test_socket_refuses_a_port_that_another_does_not_share() -> None:
    with closing(socket.create_server((HOST, 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"cannot listen at {HOST}:{port}: Address already in use"):
            sharing.bound(HOST, port)
