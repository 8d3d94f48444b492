"""Worker: one process that serves a packed version, from its start until it has drained."""

import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from urllib.request import urlopen

from pipeline import project, secrecy
from pipeline.deploy import conformance
from pipeline.deploy.target import Ask
from pipeline.errors import DeployError
from pipeline.serving.access import TOKEN
from pipeline.serving.hiding import KEY

PATIENCE_S = 300.0  # a machine that has much to do is slow, not broken
_DRAIN_S = 60.0  # the server by itself takes half of it at most
_TAIL = 2000


class Worker:
    """A process that has loaded its version and can be asked at `url`, as yet by whoever started it.

    Parameters
    ----------
    place
        The packed version.
    root, log
        Folder that it works in: settings of a project around it hold; file that its errors are added to.
    traffic
        File in which answers are written down; None: where the project keeps them.
    host, door
        Where others will ask it: an address, and a socket that listens there; None: nobody else does.
    patience_s
        How long it may take to come up, in seconds.
    variables
        Of its environment, beside those that are here.

    Raises
    ------
    DeployError
        If it does not come up; with the end of what it said.
    """

    def __init__(  # noqa: PLR0913 - how a process is started
        self,
        place: str,
        *,
        root: Path,
        log: Path,
        traffic: Path | None = None,
        host: str = "127.0.0.1",
        door: socket.socket | None = None,
        patience_s: float = PATIENCE_S,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        kept = [] if traffic is None else ["--traffic", str(traffic)]
        asked = ["--bundle", place, *kept, "--host", host, "--port", "0"]
        open_at = [] if door is None else ["--door", str(door.fileno())]
        known = {**os.environ, **variables}
        with log.open("ab") as errors:
            said = errors.tell()
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "pipeline", "serve", *asked, *open_at],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=() if door is None else (door.fileno(),),
                cwd=root,
                env={name: value for name, value in known.items() if name != project.ROOT_VARIABLE},
            )
        self.url = self._told(patience_s)
        if not self.url:
            self.kill()
            with log.open("rb") as errors:
                errors.seek(said)
                why = errors.read()[-_TAIL:].decode(errors="replace").strip()
            raise DeployError(f"the process that serves {place} did not come up within {patience_s:g} s: {why}")

    @property
    def ask(self) -> Ask:
        """How it is asked."""
        return conformance.over_http(self.url, secrecy.find(TOKEN))

    def require_ready(self, golden: conformance.Golden) -> None:
        """See that it says that it is ready, and reproduces its golden rows.

        Raises
        ------
        ModelError
            If it does not.
        """
        with urlopen(f"{self.url}/health/ready", timeout=PATIENCE_S):  # noqa: S310 - it is ours
            conformance.require_golden(self.ask, golden, f"the process {self.process.pid}")

    def open(self) -> None:
        """Let others ask it too."""
        assert self.process.stdin is not None  # noqa: S101 - it was asked for above
        self.process.stdin.write(b"open\n")
        self.process.stdin.flush()

    def drain(self) -> None:
        """Let it finish what was begun, and end; returns at once."""
        self.process.terminate()
        last = threading.Timer(_DRAIN_S, self.process.kill)
        last.daemon = True
        last.start()

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.wait()

    def wait(self) -> None:
        """Wait until it has ended."""
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _told(self, patience_s: float) -> str:
        """Wait for the address that it prints; empty where it ended or took too long."""
        assert self.process.stdout is not None  # noqa: S101 - it was asked for above
        last = threading.Timer(patience_s, self.process.kill)
        last.start()
        found = re.search(rb"http://\S+?:\d+", self.process.stdout.readline())
        last.cancel()
        return found[0].decode() if found else ""


@contextmanager
def trial(place: str) -> Iterator[Ask]:
    """Serve a packed version for as long as the block runs, away from its project, and keep nothing that it answers.

    Raises
    ------
    DeployError
        If it does not come up.
    """
    with TemporaryDirectory(prefix="pipeline-") as folder:
        away, nobodys = Path(folder), {KEY: secrets.token_urlsafe(32)}
        worker = Worker(place, root=away, traffic=away / "traffic.sqlite", log=away / "log", variables=nobodys)
        try:
            yield worker.ask
        finally:
            worker.kill()
