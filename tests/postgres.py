"""A PostgreSQL server for tests: a cluster of its own in a temporary folder, on a socket, ended by its id."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SECRET = "correct-horse-battery"  # noqa: S105 - of a server that lives for a test
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@dataclass(frozen=True)
class Cluster:
    """A server that can be stopped and started again.

    Attributes
    ----------
    address
        Where it is; the password is called `[secret WAREHOUSE_PASSWORD]`.
    port
        Of this machine, where it is reached; 0: its socket alone is.
    """

    folder: Path
    port: int = 0

    @property
    def address(self) -> str:
        where = f"127.0.0.1:{self.port}/postgres" if self.port else f"/postgres?host={self.folder}"
        return f"postgresql://reader:[secret WAREHOUSE_PASSWORD]@{where}"

    def start(self) -> None:
        listened = f"-c listen_addresses=127.0.0.1 -c port={self.port}" if self.port else "-c listen_addresses=''"
        options = f"{listened} -c unix_socket_directories={self.folder} -c fsync=off"
        _run("pg_ctl", "-D", self.folder / "cluster", "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        _run("pg_ctl", "-D", self.folder / "cluster", "-w", "-m", "immediate", "stop")


@contextmanager
def server() -> Iterator[str]:
    """Start a server and yield its address, in which the password is called `[secret WAREHOUSE_PASSWORD]`."""
    with cluster() as found:
        yield found.address


@contextmanager
def cluster(port: int = 0) -> Iterator[Cluster]:
    """Start a server of one's own."""
    if not _PROGRAMS:
        pytest.skip("no PostgreSQL is installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
    password = folder / "password"
    password.write_text(SECRET)
    for path in (folder, password):
        _give(path)
    try:
        _run(
            *("initdb", "-D", folder / "cluster", "-U", "reader", "-A", "scram-sha-256"),
            *(f"--pwfile={password}", "--no-sync"),
        )
        found = Cluster(folder, port)
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give(path: Path) -> None:
    if os.getuid() == 0:
        os.chown(path, pwd.getpwnam("postgres").pw_uid, -1)


def _run(program: str, *arguments: object) -> None:
    user = "postgres" if os.getuid() == 0 else None  # a server refuses to run as root
    command = [str(_PROGRAMS[0] / program), *map(str, arguments)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, user=user, check=True, cwd="/", timeout=60, **quiet)
