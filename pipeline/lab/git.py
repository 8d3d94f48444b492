"""Git: lets a clone show and merge notebooks cell by cell, by nbdime."""

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import UsageError

ATTRIBUTES = ".gitattributes"
LINE = "*.ipynb diff=jupyternotebook merge=jupyternotebook"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that was to be set: what it is now, and whether that is new."""

    what: str
    changed: bool


def setup(root: Path) -> list[Step]:
    """Wire nbdime into the git repository of a project, for this clone alone, and say what was done.

    Raises
    ------
    UsageError
        If git or nbdime is not installed, the project is in no repository, or a file of it cannot be written.
    """
    if shutil.which("git") is None:
        raise UsageError("git is not installed, so there is nothing to set up. Install it.")
    if find_spec("nbdime") is None:
        raise UsageError("nbdime is not installed: it shows and merges notebooks. `pip install 'stagebook[lab]'`.")
    if _git(root, "rev-parse", "--is-inside-work-tree").stdout.strip() != "true":
        raise UsageError(f"{root} is in no git repository. Make it one with `git init`, then set it up again.")
    return [_attributes(root / ATTRIBUTES), *(_setting(root, name, value) for name, value in _settings())]


def _settings() -> list[tuple[str, str]]:
    """Name the programs by their place: git may be called outside of this environment, and above any `json.py`."""
    python = f"{shlex.quote(Path(sys.executable).as_posix())} -P"
    merge = python.replace("%", "%%")  # git puts names of files where the driver has %O
    return [
        ("diff.jupyternotebook.command", f"{python} -m nbdime.vcs.git.diffdriver diff"),
        ("merge.jupyternotebook.name", "notebooks by nbdime"),
        ("merge.jupyternotebook.driver", f"{merge} -m nbdime.vcs.git.mergedriver merge %O %A %B %L %P"),
    ]


def _attributes(path: Path) -> Step:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        changed = LINE not in text.splitlines()
        if changed:
            with path.open("a", encoding="utf-8") as file:
                file.write("\n" * (text != "" and not text.endswith("\n")) + f"{LINE}\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot add `{LINE}` to {path}: {error}. Add the line by hand, then try again.") from error
    return Step(what=f"{path}: {LINE}", changed=changed)


def _setting(root: Path, name: str, value: str) -> Step:
    changed = _git(root, "config", "--local", "--get-all", name).stdout.splitlines() != [value]
    if changed and (failed := _git(root, "config", "--local", "--replace-all", name, value)).returncode:
        raise UsageError(f"git cannot set {name}: {failed.stderr.strip()}. Make the repository's config writable.")
    return Step(what=f"git config {name}: {value}", changed=changed)


def _git(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - see `shutil.which`
