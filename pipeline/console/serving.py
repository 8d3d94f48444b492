"""The service: what answers where."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.console import words
from pipeline.store import urls


def answers(title: str, url: str) -> None:
    """Print which version answers at which address."""
    print(f"{words.harmless(title)} answers at {url}; what can be asked: {url}/openapi.json", flush=True)


def scored(title: str, rows: int, output: str) -> None:
    """Print what was scored."""
    print(f"{words.harmless(title)} answered {rows:,} rows: {words.harmless(urls.public(output))}", flush=True)


@contextmanager
def progress(every_s: float = 10.0) -> Iterator[Callable[[int], None]]:
    """Say now and then how far long work is."""
    began = said = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= every_s:
            said = now
            print(f"{rows:,} rows, {rows / (now - began):,.0f} a second", file=sys.stderr, flush=True)

    yield tell
