"""The service: what answers where, and what was packed."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.console import words
from pipeline.serving.collecting import Collected


def answers(title: str, url: str) -> None:
    """Print which version answers at which address."""
    print(f"{words.harmless(title)} answers at {url}; what can be asked: {url}/openapi.json", flush=True)


def packed(title: str, place: str) -> None:
    """Print where a version was packed."""
    print(f"{words.harmless(title)} is packed at {words.harmless(place)}")


def written(paths: Sequence[Path]) -> None:
    """Print what was written."""
    for path in paths:
        print(words.harmless(str(path)))


def collected(found: Collected) -> None:
    """Print what was taken into the log."""
    print(f"{found.added} predictions and labels were added; {found.known} were known.")
    if found.strangers:
        print(f"{found.strangers} labels are of predictions that nobody knows: collect those first.")
    if found.broken:
        print(f"{found.broken} lines could not be read: they are cut off, or of another release.")
