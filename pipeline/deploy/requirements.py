"""Requirements: what a version needs to be served, out of all that the project has locked, each with its hashes."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.errors import DeployError
from pipeline.serving.terms import Terms

Hashes = Mapping[tuple[str, str], list[str]]
"""By name and version: `sha256:...` of each file of it."""

_NEEDED = (
    *("ecs-logging", "filelock", "fsspec", "httptools", "numpy", "onnxruntime", "orjson", "pandas", "pyarrow"),
    *("prometheus-client", "pydantic", "scikit-learn", "scipy", "skops", "typer", "uvicorn", "uvloop"),
)
_DATABASE = ("psycopg", "psycopg-binary", "sqlalchemy")
_THERE = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}  # whatever builds the image
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def pinned(root: Path, libraries: Iterable[str], packages: Iterable[str] = ()) -> str:
    """Return what is to be installed, in the form of pip's requirement files.

    Parameters
    ----------
    root
        The project; its lock is `uv.lock` or `requirements.lock`.
    libraries
        Names by which the model's libraries are imported.
    packages
        Distributions that are needed besides.

    Raises
    ------
    DeployError
        If there is no lock, or what is installed here is not what it says: the model was not proven with that.
    """
    locked, lines = _locked(root), []
    for name in sorted(needed(libraries) | closed(packages)):
        version = metadata.version(name)
        if not (hashes := locked.get((name, version))):
            said = sorted(other for locked_name, other in locked if locked_name == name)
            raise DeployError(
                f"{name} {version} is installed here, and the lock in {root} says {' or '.join(said) or 'nothing'}: an "
                "image of other libraries might answer otherwise. Install what it says, or lock anew."
            )
        lines.append(" \\\n    ".join([f"{name}=={version}", *(f"--hash={each}" for each in hashes)]))
    return "\n".join([*lines, ""])


def of(terms: Terms) -> tuple[str, ...]:
    """Name the distributions that a service on some terms needs beside its usual ones."""
    return _DATABASE if terms.traffic else ()


def needed(libraries: Iterable[str]) -> set[str]:
    """Name each distribution that serving needs, and those that they need."""
    modules = metadata.packages_distributions()
    return closed([*_NEEDED, *(name for module in libraries for name in modules.get(module, ()))])


def closed(names: Iterable[str]) -> set[str]:
    """Name distributions and all that they need.

    Raises
    ------
    DeployError
        If one is not installed here.
    """
    waiting = list(names)
    found: set[str] = set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            waiting += _asked(name)
    return found


def _asked(name: str) -> list[str]:
    """Name what one distribution needs where an image runs."""
    try:
        asked = [Requirement(each) for each in metadata.requires(name) or ()]
    except metadata.PackageNotFoundError as error:
        raise DeployError(f"the package {name!r} is not installed here, and the build needs it. Install it.") from error
    return [each.name for each in asked if each.marker is None or each.marker.evaluate({**_THERE, "extra": ""})]


def _locked(root: Path) -> Hashes:
    if (path := root / "requirements.lock").is_file():
        return _of_pip(path.read_text(encoding="utf-8"))
    if (path := root / "uv.lock").is_file():
        return _of_uv(tomllib.loads(path.read_text(encoding="utf-8")))
    raise DeployError(f"{root} has neither uv.lock nor requirements.lock, so nothing says what an image is made of.")


def _of_pip(text: str) -> Hashes:
    found: dict[tuple[str, str], list[str]] = {}
    hashes: list[str] = []
    for line in text.splitlines():
        if match := _LOCKED.match(line):
            hashes = found.setdefault((canonicalize_name(match[1]), match[2]), [])
        hashes += _HASH.findall(line)
    return found


def _of_uv(lock: Mapping[str, Any]) -> Hashes:
    packages = lock.get("package", [])
    return {
        (canonicalize_name(each["name"]), each["version"]): [
            file["hash"] for file in [each.get("sdist", {}), *each.get("wheels", [])] if "hash" in file
        ]
        for each in packages
        if "version" in each
    }
