"""Git: what reviewing asks the user's git for."""

import subprocess
from pathlib import Path

from pipeline.errors import ReviewError


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, every path taken as it is written, and return what it printed.

    Raises
    ------
    ReviewError
        If there is no git, or it failed.
    """
    command = ["git", "--literal-pathspecs", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own words, no shell
    except FileNotFoundError as error:
        raise ReviewError("git is not installed, or not in PATH. Install it.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip() or f"exit code {error.returncode}"
        raise ReviewError(f"`git {arguments[0]}` failed in {folder}: {said}") from error
    return done.stdout.decode(errors="surrogateescape")
