"""Tables that somebody could bring: hostile, odd, or just not what was expected; each says what must become of it."""

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import StringIO

ROWS = 240


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file, what is asked of it, and what must come of it.

    Attributes
    ----------
    content
        Its bytes.
    error
        Pattern of the one clear error; empty where it must be read.
    given
        Options beside source and target.
    """

    name: str
    content: bytes
    target: str = "y"
    file: str = "table.csv"
    error: str = ""
    given: dict[str, str] = field(default_factory=dict)


def drawn(index: int, *, kind: str = "number") -> str:
    """Draw the value of a row, the same each time."""
    chance = random.Random(f"{kind}{index}")
    match kind:
        case "number":
            return f"{chance.gauss(0, 1):.3f}"
        case "word":
            return chance.choice(["red", "green", "blue"])
        case "yes":
            return "yes" if chance.gauss(0, 1) + (float(drawn(index)) > 0) > 0.7 else "no"
        case "class":
            return "abc"[(float(drawn(index)) > 0) + (chance.random() > 0.6)]
        case "amount":
            return f"{10 + 3 * float(drawn(index)) + chance.gauss(0, 1):.2f}"
    raise ValueError(kind)


def rows(count: int = ROWS, target: str = "yes") -> list[list[str]]:
    """Return rows of a number, a word and a target that has something to do with the number."""
    return [[drawn(i), drawn(i, kind="word"), drawn(i, kind=target)] for i in range(count)]


def text(header: Sequence[str], body: Sequence[Sequence[str]], **form: str) -> str:
    """Write CSV."""
    out = StringIO()
    csv.writer(out, lineterminator="\n", **form).writerows([header, *body] if header else body)  # type: ignore[arg-type]
    return out.getvalue()


def table(
    change: Callable[[int, list[str]], list[str]] = lambda _, row: row,
    header: Sequence[str] = ("x", "colour", "y"),
    target: str = "yes",
    count: int = ROWS,
    **form: str,
) -> bytes:
    """Write the usual table with each row changed."""
    return text(header, [change(i, row) for i, row in enumerate(rows(count, target))], **form).encode()


def with_target(values: Callable[[int, str], str], target: str = "yes") -> bytes:
    return table(lambda i, row: [row[0], row[1], values(i, row[2])], target=target)


def with_x(values: Callable[[int, str], str]) -> bytes:
    return table(lambda i, row: [values(i, row[0]), row[1], row[2]])


def with_more(header: str, values: Callable[[int], str]) -> bytes:
    return table(lambda i, row: [*row, values(i)], ("x", "colour", "y", header))


def wide(columns: int, count: int) -> bytes:
    chance = random.Random(1)
    body = [[str(chance.randrange(100)) for _ in range(columns)] + [drawn(i, kind="yes")] for i in range(count)]
    return text([*(f"c{i}" for i in range(columns)), "y"], body).encode()
