"""Changes: what became of a thing that has a name, a value above all, from one run to another."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LONGEST = 500  # characters of a value


class Change(StrEnum):
    """What became of a thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    SAME = "the same"


@dataclass(frozen=True, kw_only=True)
class ValueChange:
    """A value that is another now, as text; empty on the side where there is none.

    Attributes
    ----------
    name
        Its name; for a value within another one its path, with dots.
    """

    name: str
    change: Change
    before: str = ""
    after: str = ""


def values(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ValueChange, ...]:
    """Name the values that differ between two tables of them, in the order of the later one.

    >>> [str(each.change) for each in values({"a": 1, "b": [1]}, {"b": [2], "c": None})]
    ['changed', 'added', 'removed']
    """
    old, new = ({name: text(value) for name, value in table.items()} for table in (before, after))
    return tuple(
        ValueChange(name=name, change=kind(name, old, new), before=old.get(name, ""), after=new.get(name, ""))
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    )


def kind(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """Say what became of a name that is in at least one of two tables."""
    if name not in before:
        return Change.ADDED
    if name not in after:
        return Change.REMOVED
    return Change.SAME if before[name] == after[name] else Change.CHANGED


def leaves(value: Any, path: str = "") -> dict[str, Any]:  # noqa: ANN401 - any value that JSON has
    """Return the values within a table of tables by their paths; whatever is no table is one value.

    >>> leaves({"a": {"b": 1}, "c": [2]})
    {'a.b': 1, 'c': [2]}
    """
    return dict(_leaves(value, path))


def text(value: Any) -> str:  # noqa: ANN401 - any value that JSON has
    """Write a value as people read it; a long one loses its end and says so."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}… ({len(written):,} characters)"


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any value that JSON has
    if not isinstance(value, Mapping) or not value:
        yield path, value
        return
    for name, each in value.items():
        yield from _leaves(each, f"{path}.{name}" if path else str(name))
