"""Owns what is found out about somebody's table before there are settings for it."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.data import roles, sources, suggest
from pipeline.errors import DataError, UsageError
from pipeline.start import naming

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+]+:")  # two letters or more: one is a drive
_UNREADABLE = re.compile(r"[\ud800-\udfff]")  # bytes of a file name that are no UTF-8, as Python shows them

_ROLES = {
    "time": "no column orders the rows; they are split at random",
    "id": "no column names each row once",
    "groups": "no column names what several rows belong to",
}
_SAID = "as was said"
_READING = "how the file is written; also delimiter, encoding, decimal, quote, header, date_format, sheet"
_SHOWN = 3
_NO_DROP = "no column is the same in every row, or the target in other words"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One setting of `[tool.pipeline.data]`.

    Attributes
    ----------
    key
        Its name.
    value
        What it should be; None where nothing was found and nothing is needed.
    why
        What speaks for it, in a sentence.
    """

    key: str
    value: object
    why: str


@dataclass(frozen=True, kw_only=True)
class Looks:
    """A table as it looks.

    Attributes
    ----------
    found
        Every setting that there could be, in the order in which they are written.
    """

    found: tuple[Found, ...]

    @property
    def data(self) -> dict[str, object]:
        """The table `[tool.pipeline.data]`."""
        return {each.key: each.value for each in self.found if each.value is not None}

    @property
    def model(self) -> str:
        """What its model is called."""
        return naming.model(self.data)


def look(given: Mapping[str, Any], *, folder: Path | None = None) -> Looks:
    """Look at a table.

    Parameters
    ----------
    given
        What somebody said of it, by key of `[tool.pipeline.data]`; `source` and `target` are among them.
    folder
        Where the settings will stand, which name the source as seen from there; None: as it is.

    Raises
    ------
    DataError
        If it cannot be read, a column that was named is not there or not what it must be, or no other is left.
    """
    source, target = given["source"], given["target"]
    asked = {key: given[key] for key in ("time", "id", "reading", "query", "types") if given.get(key) is not None}
    frame = sources.load(source, target=target, **asked)
    goal = roles.goal(frame[target], source, task=given.get("task"), positive=given.get("positive"))
    seen = suggest.roles(frame, target)
    if frame.shape[1] == 1 + len(set(seen.drop)):
        raise DataError(
            f"{source} has no column to learn from beside {target!r}{_useless(seen)}. Give a table with more."
        )
    size = f"{len(frame.columns):,} columns; {sources.told(source)}"
    return Looks(
        found=(
            Found(key="source", value=source if folder is None else seen_from(source, folder), why=size),
            Found(key="target", value=target, why=roles.reason(frame[target], goal, task=given.get("task"))),
            Found(key="task", value=str(goal.task), why="or binary, multiclass, regression"),
            *_roles(given, seen),
            Found(key="reading", value=given.get("reading", sources.written(source) or None), why=_READING),
            *_kept(given),
        )
    )


def _useless(seen: suggest.Suggestions) -> str:
    said = [f"{name!r} is {seen.reasons[name]}" for name in seen.drop[:_SHOWN]]
    return f": {', '.join(said)}" if said else ""


def _roles(given: Mapping[str, Any], seen: suggest.Suggestions) -> Iterator[Found]:
    """Say which columns have a role: what somebody named has it, all else is a suggestion."""
    for role, otherwise in _ROLES.items():
        name = given.get(role) or getattr(seen, role)
        if name in {given.get(other) for other in _ROLES if other != role}:
            name = None
        why = _SAID if given.get(role) else seen.reasons.get(name, otherwise)
        yield Found(key=role, value=name, why=why)
    taken = {given.get(role) for role in _ROLES}
    drop = [name for name in seen.drop if name not in taken]
    whys = "; ".join(dict.fromkeys(seen.reasons[name] for name in drop))
    yield Found(key="drop", value=given.get("drop", drop or None), why=_SAID if "drop" in given else whys or _NO_DROP)


def _kept(given: Mapping[str, Any]) -> Iterator[Found]:
    """Keep what somebody said that nothing here has looked at."""
    known = {"source", "target", "task", "drop", "reading", *_ROLES}
    yield from (Found(key=key, value=value, why=_SAID) for key, value in given.items() if key not in known)


def address(given: str) -> str:
    """Return where a table is from everywhere on this machine: a file's absolute path, all else as it is.

    Raises
    ------
    UsageError
        If the name cannot be written as text.

    >>> address("example:name"), address("s3://bucket/rows.csv")
    ('example:name', 's3://bucket/rows.csv')
    """
    if _UNREADABLE.search(given):
        raise UsageError(f"the name {given!a} is no text (UTF-8), so no settings can hold it. Rename the file.")
    if _SCHEME.match(given) and not Path(given).exists():
        return given
    return str(Path(given).parent.resolve() / Path(given).name)


def seen_from(source: str, folder: Path) -> str:
    """Write a source as settings in a folder name it: a file by its path from there, all else as it is.

    The path is absolute where the way from the folder would lead over the root of the file system.

    >>> seen_from("/work-of/me/in/sales.csv", Path("/work-of/me/mine"))
    '../in/sales.csv'
    >>> seen_from("/mnt/sales.csv", Path("/work-of/me/mine"))
    '/mnt/sales.csv'
    """
    if not Path(source).is_absolute() or Path(os.path.commonpath([source, folder])) == Path(folder.anchor):
        return source
    relative = Path(os.path.relpath(source, folder)).as_posix()
    return f"./{relative}" if _SCHEME.match(relative) else relative
