"""Retraining: what was decided, and what came of it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.console import words


def decided(action: str, causes: Sequence[str], held: Sequence[str]) -> None:
    """Print a decision with its reasons."""
    print(f"decided: {action}")
    for each in causes:
        print(f"  for it: {words.harmless(each)}")
    for each in held:
        print(f"  but: {words.harmless(each)}" if causes else f"  {words.harmless(each)}")


def trained(run: str, result: str, version: int) -> None:
    """Print what came of a training."""
    print(f"run {run}: {f'version {version} ' if version else ''}{result}")


def went_back(title: str) -> None:
    """Print who answers again."""
    print(f"champion: {words.harmless(title)} answers again")


def said(text: str) -> None:
    """Print a line of the loop."""
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {words.harmless(text)}", flush=True)
