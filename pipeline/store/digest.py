"""Digests: the name of content. SHA-256, written `sha256:<64 hex digits>`."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

ABSENT = "absent"
UNKNOWN = "unknown"  # of what says only when it is asked: no trace with it holds
_SETTLED_NS = 2_000_000_000  # a file changed less than this ago may change again within one tick of its clock


def of_bytes(data: bytes) -> str:
    """Digest bytes.

    >>> of_bytes(b"")[:14]
    'sha256:e3b0c44'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def of_json(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Digest a JSON value, whatever the order of its keys."""
    return of_bytes(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def of_file(path: Path) -> str:
    """Digest a file's bytes; `absent` where there is no such file."""
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ABSENT


class FileDigests:
    """Digests of files that are read again only when size, time, or inode of a file changed.

    A file that changed within the last two seconds is always read, so that a quick second edit is never missed.
    """

    def __init__(self, memory: dict[str, list[Any]] | None = None) -> None:
        self.memory = dict(memory or {})

    def __call__(self, path: Path) -> str:
        """Digest a file; `absent` where there is no such file."""
        try:
            stat = os.stat(path)  # noqa: PTH116 - a third of the time of Path.stat, thousands of times a plan
        except OSError:
            return ABSENT
        seen = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        key = str(path)
        known = self.memory.get(key)
        if known is not None and known[0] == seen:
            return str(known[1])
        found = of_file(path)
        if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED_NS:
            self.memory[key] = [seen, found]
        return found
