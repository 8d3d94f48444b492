"""Our service, but for its log of predictions: `python unlogged.py PORT`, in the project."""

import sys
from collections.abc import Sequence

from pipeline.serving import server
from pipeline.serving.app import Service
from pipeline.serving.terms import Terms


async def forget(_: Service, entries: Sequence[object]) -> int:
    """Write nothing."""
    return len(entries)


if __name__ == "__main__":
    Service._write = forget  # type: ignore[method-assign,assignment] # noqa: SLF001 - no setting turns the log off
    server.serve("model", "127.0.0.1", int(sys.argv[1]), lambda *_: None, Terms())
