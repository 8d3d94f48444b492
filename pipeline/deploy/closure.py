"""Closure: the packages that a build needs, in the very versions with which its model was proven here."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement

from pipeline.errors import DeployError

# What the service imports by itself, beside the libraries that a bundle names.
SERVES = ("fsspec", "packaging", "prometheus-client", "pydantic", "skops", "threadpoolctl", "tzdata")


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package as it is installed here."""

    name: str
    version: str
    found: Distribution

    @property
    def files(self) -> Iterator[tuple[Path, Path]]:
        """Yield each file that is imported or read: its place below the folder of packages, and where it lies."""
        for file in self.found.files or ():
            inner = Path(str(file))
            if ".." not in inner.parts and not {"tests", "__pycache__"} & {*inner.parts}:
                yield inner, Path(str(file.locate()))

    @property
    def size_bytes(self) -> int:
        """Return how much it takes."""
        return sum(path.stat().st_size for _, path in self.files)


def closure(libraries: Iterable[str], names: Iterable[str]) -> list[Package]:
    """Return packages with all that they need, by name.

    Parameters
    ----------
    libraries
        Names as they are imported.
    names
        Names as they are installed.

    Raises
    ------
    DeployError
        If one is not installed here.
    """
    known = packages_distributions()
    wanted = [*names, *(name for library in libraries for name in known.get(library, [library]))]
    found: dict[str, Package] = {}
    while wanted:
        name = _plain(wanted.pop())
        if name not in found:
            found[name] = package = _package(name)
            wanted += _required(package)
    return sorted(found.values(), key=lambda package: package.name)


def pinned(packages: Iterable[Package]) -> str:
    """Write packages as pip's requirements."""
    return "".join(f"{package.name}=={package.version}\n" for package in packages)


def link(packages: Iterable[Package], folder: Path) -> None:
    """Put packages into a folder, from which they can be imported; nobody may change a file there.

    Raises
    ------
    DeployError
        If they cannot be put there.
    """
    try:
        for package in packages:
            for inner, path in package.files:
                _link(path, folder / inner)
                if inner.suffix == ".py" and (compiled := Path(cache_from_source(str(path)))).exists():
                    _link(compiled, folder / inner.parent / "__pycache__" / compiled.name)
    except OSError as error:
        raise DeployError(f"cannot copy packages to {folder}: {error}. Make room there.") from error


def _package(name: str) -> Package:
    try:
        found = distribution(name)
    except PackageNotFoundError as error:
        raise DeployError(f"the package {name!r} is not installed here, and the build needs it. Install it.") from error
    return Package(name=name, version=found.version, found=found)


def _required(package: Package) -> Iterator[str]:
    for text in package.found.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:  # another disk
        shutil.copy2(source, target)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
