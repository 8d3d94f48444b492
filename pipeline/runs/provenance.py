"""Provenance: who started a run, and with which code and environment."""

import getpass
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from pipeline.runs.record import Git
from pipeline.store import digest as digests

_SERVICES = {
    "CIRCLECI": "CircleCI",
    "TRAVIS": "Travis CI",
    "JENKINS_URL": "Jenkins",
    "GITLAB_CI": "GitLab CI",
    "CI": "CI",
}
_LOCKS = ("requirements.lock", "uv.lock", "pylock.toml", "poetry.lock", "requirements.txt")
_COMMIT, _NONE = b"# branch.oid ", "(initial)"
_DIFF = ("diff", "--no-ext-diff", "--no-textconv")  # a clone may show notebooks in a way of its own, and slowly


def git(root: Path, reports: Path | None = None) -> Git:
    """Return commit and digest of the difference to it; both empty where the project is not under git.

    Parameters
    ----------
    reports
        A folder that makes no difference: runs that git is given to keep.
    """
    where = ("--", ".", *([f":(exclude,literal){reports}"] if reports and reports.is_relative_to(root) else ()))
    told = _git(root, "status", "--porcelain=v2", "--branch", *where).splitlines()
    commit = next((line.removeprefix(_COMMIT).decode() for line in told if line.startswith(_COMMIT)), _NONE)
    if commit == _NONE:
        return Git()
    if all(line.startswith(b"#") for line in told):
        return Git(commit=commit)
    changes = _git(root, *_DIFF, "HEAD", *where) + _git(root, "ls-files", "--others", "--exclude-standard", *where)
    return Git(commit=commit, dirty=digests.of_bytes(changes))


def starter(root: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Say who or what starts a run: the CI service and on whose behalf, else whom git knows here, else the user."""
    if "GITHUB_ACTIONS" in environment:
        return f"GitHub Actions for {environment.get('GITHUB_ACTOR', 'nobody')}"
    service = next((name for variable, name in _SERVICES.items() if variable in environment), "")
    return service or _git(root, "config", "user.name").decode(errors="replace").strip() or _user()


def author(root: Path, commit: str) -> str:
    """Return the address of a commit's author; empty where git does not know the commit."""
    return _git(root, "log", "-1", "--format=%ae", commit, "--").decode(errors="replace").strip() if commit else ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that has no name
        return ""


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
