"""Closure: the packages that a build needs, in the very versions with which its model was proven here."""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution, packages_distributions
from importlib.util import cache_from_source
from pathlib import Path

from pipeline.deploy import requirements
from pipeline.errors import DeployError
from pipeline.serving.bundle import Manifest

# What the service imports by itself, what a compiled model needs, and what another needs beside the libraries that its
# bundle names.
_SERVICE = ("ecs-logging", "fsspec", "numpy", "orjson", "packaging", "prometheus-client", "pydantic", "tzdata")
_COMPILED = ("onnxruntime",)
_MODEL = ("skops", "threadpoolctl")


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


def serving(manifest: Manifest, names: Iterable[str] = ()) -> list[Package]:
    """Return what a version is served with: of a model that is compiled as a whole neither scikit-learn nor pandas.

    Parameters
    ----------
    names
        What is needed besides, as it is installed.

    Raises
    ------
    DeployError
        If something is not installed here.
    """
    known, covers = packages_distributions(), manifest.compilation.covers
    libraries = () if covers == "all" else manifest.libraries
    imported = (name for library in libraries for name in known.get(library, [library]))
    own = (*(() if covers == "nothing" else _COMPILED), *(() if covers == "all" else _MODEL))
    return closure([*_SERVICE, *own, *imported, *names])


def closure(names: Iterable[str]) -> list[Package]:
    """Return packages with all that they need, by name.

    Raises
    ------
    DeployError
        If one is not installed here.
    """
    found = ((name, distribution(name)) for name in sorted(requirements.closed(names)))
    return [Package(name=name, version=each.version, found=each) for name, each in found]


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


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:  # another disk
        shutil.copy2(source, target)
