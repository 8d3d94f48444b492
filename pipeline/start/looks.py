"""Owns what is found out about somebody's table before there are settings for it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.data import sources
from pipeline.errors import UsageError
from pipeline.start import naming

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+]+:")  # two letters or more: one is a drive
_UNREADABLE = re.compile(r"[\ud800-\udfff]")  # bytes of a file name that are no UTF-8, as Python shows them


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
        If it cannot be read, or a column that was named is not there or not what it must be.
    """
    source, target, time, name = given["source"], given["target"], given.get("time"), given.get("id")
    frame = sources.load(source, target=target, time=time, id=name)
    said = "as you said"
    found = [
        Found(
            key="source",
            value=seen_from(source, folder) if folder else source,
            why=f"{len(frame):,} rows, {len(frame.columns):,} columns",
        ),
        Found(key="target", value=target, why=said),
        Found(key="time", value=time, why=said if time else "no column orders the rows"),
        Found(key="id", value=name, why=said if name else "no column names each row"),
    ]
    return Looks(found=tuple(found))


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
