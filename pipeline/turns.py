"""Turns: one process at a time, by locks that end with the process that holds them. The one importer of filelock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BusyError


@contextmanager
def turn(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock file at `path` while the block runs; it ends with the process, however that ends.

    Raises
    ------
    BusyError
        If another process still holds it after `timeout_s` seconds.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(path).acquire(timeout=timeout_s)
    except Timeout as error:
        raise BusyError(
            f"another process has held {path} for {timeout_s:g} s. "
            "Wait until it ends and try again; the lock ends with the process that holds it."
        ) from error
    with held:
        yield
