"""Provenance: which code and which environment a run was made with."""

import subprocess
from pathlib import Path

from pipeline.runs.record import Git
from pipeline.store import digest as digests

_LOCKS = ("requirements.lock", "uv.lock", "pylock.toml", "poetry.lock", "requirements.txt")
_DIFF = ("diff", "--no-ext-diff", "--no-textconv")  # a clone may show notebooks in a way of its own, and slowly


def git(root: Path) -> Git:
    """Return commit and digest of the difference to it; both empty where the project is not under git."""
    commit = _git(root, "rev-parse", "HEAD").decode().strip()
    if not commit:
        return Git()
    changes = _git(root, "status", "--porcelain", "--", ".") and _git(root, *_DIFF, "HEAD", "--", ".")
    new = _git(root, "ls-files", "--others", "--exclude-standard")
    return Git(commit=commit, dirty=digests.of_bytes(changes + new) if changes or new else "")


def lock(root: Path) -> str:
    """Return the digest of the first lock file that the project has, empty where it has none."""
    found = (digests.of_file(root / name) for name in _LOCKS)
    return next((digest for digest in found if digest != digests.ABSENT), "")


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)  # noqa: S603, S607 - fixed words, the user's git
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode == 0 else b""
