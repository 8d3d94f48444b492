"""A room: the private folder of a kernel, with its sockets, what it notes, and what it says outside of cells."""

import json
import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.runs import presence, scrubbing

LAST_WORDS = 8  # lines of what the kernel said outside of cells, such as the stack of a crash
_TRANSPORT = "ipc" if os.name == "posix" else "tcp"


class Room:
    """A folder that goes with its kernel.

    Parameters
    ----------
    work
        The folder of this process, in which it is named as long as it is there, so that it can be found where this
        process is killed.

    Attributes
    ----------
    connection_file
        Says by which sockets the kernel is reached.
    trace_file
        Where it notes what it reads.
    log
        What it says outside of cells.
    """

    def __init__(self, work: Path) -> None:
        from jupyter_client.connect import write_connection_file  # 50 ms that a run which reuses all need not spend

        # Short, because the path of a socket may have no more than about a hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="sb-"))
        self._named = work / f"{self._folder.name}.{presence.SOCKETS}"
        self._named.write_text(str(self._folder))
        self.trace_file = self._folder / "trace.json"
        self.connection_file = self._folder / "k.json"
        address = str(self._folder / "k") if _TRANSPORT == "ipc" else ""
        key = secrets.token_hex().encode()
        write_connection_file(str(self.connection_file), transport=_TRANSPORT, ip=address, key=key)
        self._open_log()
        self._said: list[str] = []
        self._noted: dict[str, Any] = {}

    def last_words(self) -> list[str]:
        """Return the last lines of what the kernel said outside of cells."""
        if not self.log.closed:
            self.log.seek(0)
            self._said = self.log.read().decode(errors="replace").strip().splitlines()[-LAST_WORDS:]
        return self._said

    def notes(self) -> dict[str, Any]:
        """Return what the kernel noted of its reading; nothing where it could not write."""
        with suppress(OSError, ValueError):
            self._noted = json.loads(self.trace_file.read_bytes())
        return self._noted

    def leave(self) -> None:
        """Remove the folder; its notes and last words are still known."""
        scrubbing.listen(self.trace_file)
        self.notes()
        self.last_words()
        self.log.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._named.unlink(missing_ok=True)

    def _open_log(self) -> None:
        """Open the log and take its name away: it may hold a secret, and nothing of it outlives a killed run."""
        path = self._folder / "log"
        self.log = path.open("a+b")
        with suppress(PermissionError):  # Windows lets nobody take away the name of an open file
            path.unlink()
