"""Models: which one answers, which ones did, and where one came from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.console import words

if TYPE_CHECKING:
    from pipeline.models.promotion import Promotion


def answers(found: "Promotion") -> None:
    """Print which version answers now."""
    print(f"champion: {words.harmless(found.title)}, since {_moment(found.when)}")


def history(past: "Sequence[Promotion]") -> None:
    """Print who answered since when."""
    if not past:
        print("no model was ever champion")
        return
    rows = [("since", "model", "version", "run", "by", "why"), *map(_row, past)]
    print(*words.table(rows), sep="\n")


def audited(lines: int, problems: Sequence[str]) -> None:
    """Print what an audit found."""
    print(f"log: {lines} promotions and rollbacks, each bound to the one before it; none was changed")
    for each in problems:
        print(f"WRONG: {words.harmless(each)}")
    if not problems:
        print("registry and store agree with it")


def chain(title: str, links: Mapping[str, Mapping[str, str]]) -> None:
    """Print each link from the data to what a version did."""
    print(words.harmless(title))
    for link, facts in links.items():
        print(f"\n{link}", *_facts(facts), sep="\n")


def card(text: str) -> None:
    """Print a card as it is kept."""
    print(words.harmless(text), end="")


def written(path: Path) -> None:
    """Print where a card was written."""
    print(f"written: {words.shown(path.resolve())}")


def then(moment: datetime, champions: "Mapping[str, Promotion]") -> None:
    """Print what answered at a moment."""
    if not champions:
        print(f"nothing answered at {_moment(moment)}")
    for found in champions.values():
        print(f"{words.harmless(found.title)} answered at {_moment(moment)}, since {_moment(found.when)}")
        print(*_facts({"model": found.model_digest, "learnt from": found.data_digest, "run": found.run}), sep="\n")


def _facts(facts: Mapping[str, str]) -> list[str]:
    rows: list[tuple[str, ...]] = [
        (f"  {name}", words.harmless(value).replace("\n", " ")) for name, value in facts.items()
    ]
    return words.table(rows) if rows else ["  nothing is known"]


def _row(line: "Promotion") -> tuple[str, ...]:
    told = (line.name, str(line.version), line.run, line.by or "its gates", line.reason)
    return _moment(line.when), *(words.harmless(text).replace("\n", " ") for text in told)


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
