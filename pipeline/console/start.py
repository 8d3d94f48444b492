"""Start: how the console says what was found out about a table, and what a new project is made of."""

from collections.abc import Sequence
from pathlib import Path

from pipeline import toml
from pipeline.console import words
from pipeline.start.looks import Looks

_LONGEST = 50


def looks(found: Looks) -> None:
    """Print each setting with what speaks for it; names and values from the table stay text."""
    rows = [(each.key, "" if each.value is None else _short(toml.value(each.value)), each.why) for each in found.found]
    for line in words.table([("setting", "value", "why"), *rows]):
        print(words.harmless(line))


def founded(folder: Path, names: Sequence[str]) -> None:
    """Print what stands in a new project, and what comes next."""
    print(f"\n{words.harmless(str(folder))}: {', '.join(names)}")
    print("What was found out stands in pyproject.toml, where it can be changed. Next, in that folder:")
    print("  nox -s pipeline")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
