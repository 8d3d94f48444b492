"""Sharing: processes of one user listen at the same port (Linux), and whoever came last is asked from then on.

So one follows another with no gap: the one before answers whoever waits at its socket, is asked nothing new, and ends.
"""

import ctypes
import socket
import struct
from contextlib import suppress

from pipeline.errors import SettingsError

_ATTACH_CBPF = 51  # SO_ATTACH_REUSEPORT_CBPF, of which Python has no name; socket(7)
_RETURN = 0x06  # BPF_RET | BPF_K: "ask the socket of this number", https://docs.kernel.org/networking/filter.html
_SECOND = 1  # of two sockets the later one; where there is no second, Linux asks the first


def bound(host: str, port: int) -> socket.socket:
    """Bind a socket at a port where another process may listen that does the same.

    Raises
    ------
    SettingsError
        If the port is taken by one that does not.
    """
    at = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        at.bind((host, port))
    except OSError as error:
        at.close()
        raise SettingsError(f"cannot listen at {host}:{port}: {error.strerror}. Choose another port.") from error
    return at


def follow(at: socket.socket) -> None:
    """Let every new connection come to a socket that listens, and none to the one that listened before."""
    program = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN, 0, 0, _SECOND))
    with suppress(OSError):  # a kernel that cannot (gVisor) asks both
        at.setsockopt(socket.SOL_SOCKET, _ATTACH_CBPF, struct.pack("HP", 1, ctypes.addressof(program)))
