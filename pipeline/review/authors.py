"""Authors: in whose name a remark is made."""

import getpass
from contextlib import suppress
from pathlib import Path

from pipeline.errors import ReviewError, UsageError
from pipeline.review.git import git

LONGEST = 200


def author(root: Path, given: str = "") -> str:
    """Return the author of a remark: who is named, else whom git knows in this project, else the user of the system.

    Raises
    ------
    UsageError
        If there is none of them, or the name is no line of text.
    """
    found = given or _of_git(root) or _of_system()
    if not found.strip() or not found.isprintable() or len(found) > LONGEST:
        raise UsageError(
            f"{found!r} is no author: it is a line of 1 to {LONGEST} characters. "
            "Give `--author 'NAME <ADDRESS>'`, or set `git config user.name`."
        )
    return found.strip()


def _of_git(root: Path) -> str:
    name, address = _configured(root, "user.name"), _configured(root, "user.email")
    return f"{name} <{address}>" if name and address else name or address


def _configured(root: Path, key: str) -> str:
    with suppress(ReviewError):  # not set, or no git
        return git(root, "config", key).strip()
    return ""


def _of_system() -> str:
    with suppress(KeyError, OSError):  # a container may run as a number that has no name
        return getpass.getuser()
    return ""
