"""Scoring: how far it is, and what became of it."""

import sys
import time
from collections.abc import Callable

from pipeline.console import words
from pipeline.store import urls


def progress(every_s: float = 10.0) -> Callable[[int], None]:
    """Return what is told how many rows are done, and says so now and then."""
    began = said = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= every_s:
            said = now
            print(f"{rows:,} rows, {rows / (now - began):,.0f} a second", file=sys.stderr, flush=True)

    return tell


def scored(title: str, rows: int, output: str) -> None:
    """Print what was scored."""
    print(f"{words.harmless(title)} answered {rows:,} rows: {words.harmless(urls.public(output))}", flush=True)
