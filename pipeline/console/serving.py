"""The service: what answers where."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.console import words


def answers(title: str, url: str) -> None:
    """Print which version answers at which address."""
    print(f"{words.harmless(title)} answers at {url}; what can be asked: {url}/openapi.json", flush=True)


def written(paths: Sequence[Path]) -> None:
    """Print what was written."""
    for path in paths:
        print(words.harmless(str(path)))
