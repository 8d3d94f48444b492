"""Owns the digest of a source: what a file, a URL or a built-in example holds now. Imports nothing heavy."""

import hashlib
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

from pipeline import project
from pipeline.data import examples
from pipeline.errors import DataError, near
from pipeline.store import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader
    from types import ModuleType

EXAMPLE = "example:"


def fingerprint(uri: str, of_file: "Callable[[Path], str]" = digest.of_file) -> str:
    """Digest what `load(uri)` would read, without parsing it.

    A file or URL has the digest of its bytes, `absent` where there is none. An example has one digest over its data
    files and its own module: a change of either makes other rows.

    Parameters
    ----------
    of_file
        Digests a file; one that remembers need not read each again.

    Raises
    ------
    DataError
        If there is no example of that name, or its data files are not installed.
    """
    if uri.startswith(EXAMPLE):
        return _of_example(example(uri), of_file)
    if (path := local(uri)) is not None:
        return of_file(path)
    import fsspec  # 60 ms: only where a URL is read

    try:
        with fsspec.open(uri, "rb") as file:
            return of_stream(cast("BufferedReader", file))
    except OSError:
        return digest.ABSENT


def example(uri: str) -> "ModuleType":
    """Import the built-in example that `example:NAME` names: a module of `pipeline.data.examples` with `load`.

    Raises
    ------
    DataError
        If there is no example of that name.
    """
    name = uri.removeprefix(EXAMPLE)
    names = [module.name for module in iter_modules(examples.__path__)]
    if name not in names:
        raise DataError(f"{uri}: there is no built-in example {name!r}: {near(name, names)}")
    return import_module(f"{examples.__name__}.{name}")


def local(uri: str) -> Path | None:
    """Return the path of a local file, relative to the project, or None where `uri` is a URL of somewhere else.

    Raises
    ------
    SettingsError
        If the path is relative and the working folder is in no project.
    """
    if "://" in uri and not uri.startswith("file://"):
        return None
    path = Path(uri.removeprefix("file://"))
    return path if path.is_absolute() else project.root() / path


def of_stream(file: "BufferedReader") -> str:
    """Digest an open file from its start to its end."""
    return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _of_example(module: "ModuleType", of_file: "Callable[[Path], str]") -> str:
    parts = {name: of_file(path) for name, path in module.files().items()}
    return digest.of_json({**parts, "module": of_file(Path(str(sys.modules[module.__name__].__file__)))})
