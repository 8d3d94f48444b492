"""Owns the digest of a source: what a file, a folder, a URL or a built-in example holds now. Imports nothing heavy."""

import hashlib
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path, PurePosixPath
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from pipeline.data import addresses, examples
from pipeline.errors import DataError, near
from pipeline.store import digest

if TYPE_CHECKING:
    from types import ModuleType

PARQUET = (".parquet", ".pq")
UNKNOWN = digest.UNKNOWN


def fingerprint(uri: str, of_file: Callable[[Path], str] = digest.of_file) -> str:
    """Digest what `load(uri)` would read, without parsing it.

    A file or URL has the digest of its bytes, `absent` where there is none; a folder one over its Parquet files. A
    database in a file has one over that file. What a server would answer is `unknown`: to know it is to ask it. An
    example has one digest over its data files and its own module: a change of either makes other rows.

    Parameters
    ----------
    of_file
        Digests a file; one that remembers need not read each again.

    Raises
    ------
    DataError
        If there is no example of that name, or its data files are not installed.
    """
    if uri.startswith(addresses.SERVED):
        return uri.removeprefix(addresses.SERVED)
    if uri.startswith(addresses.EXAMPLE):
        return _of_example(example(uri), of_file)
    address = addresses.resolve(uri)
    if addresses.is_sql(address):
        return _of_database(address, of_file)
    if (path := addresses.local(address)) is not None:
        if not path.is_dir():
            return of_file(path)
        return digest.of_json({name: of_file(path / name) for name in _tables(_listed(path))})
    return _of_url(address)


def example(uri: str) -> "ModuleType":
    """Import the built-in example that `example:NAME` names: a module of `pipeline.data.examples` with `load`.

    Raises
    ------
    DataError
        If there is no example of that name.
    """
    name = uri.removeprefix(addresses.EXAMPLE)
    names = [module.name for module in iter_modules(examples.__path__)]
    if name not in names:
        raise DataError(f"{uri}: there is no built-in example {name!r}: {near(name, names)}")
    return import_module(f"{examples.__name__}.{name}")


def names_in(folder: Path, source: str) -> list[str]:
    """Name the Parquet files in a folder and those below it, in order.

    Raises
    ------
    DataError
        If there is none.
    """
    if found := _tables(_listed(folder)):
        return found
    raise _no_tables(source)


def parts(system: Any, place: str, source: str) -> list[str]:  # noqa: ANN401 - a filesystem of fsspec
    """Name the Parquet files in a folder elsewhere, in order; none where the place is a file.

    Raises
    ------
    DataError
        If it is a folder without any.
    """
    if "http" in str(system.protocol) or not system.isdir(place):  # the web knows no folders
        return []
    if found := _tables(system.find(place)):
        return found
    raise _no_tables(source)


def _no_tables(source: str) -> DataError:
    return DataError(f"{source} is a folder without Parquet files. Name one file in it, or a folder of *.parquet.")


def _listed(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _tables(names: Iterable[str]) -> list[str]:
    found = (name for name in names if PurePosixPath(name).suffix.lower() in PARQUET)
    return sorted(name for name in found if not PurePosixPath(name).name.startswith((".", "_")))


def _of_database(address: str, of_file: Callable[[Path], str]) -> str:
    path = addresses.database(address)
    if path is None:
        return digest.UNKNOWN
    beside = (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}.wal"))
    return digest.of_json([of_file(each) for each in beside])


def _of_url(address: str) -> str:
    import fsspec  # 60 ms: only where a URL is read

    try:
        system, place = fsspec.core.url_to_fs(address)
        inner = parts(system, place, address)
        if not inner:
            return _of_remote(system, place)
        root = PurePosixPath(place)
        return digest.of_json(
            {PurePosixPath(each).relative_to(root).as_posix(): _of_remote(system, each) for each in inner}
        )
    except (OSError, ImportError, DataError):
        return digest.ABSENT


def _of_remote(system: Any, place: str) -> str:  # noqa: ANN401 - a filesystem of fsspec
    with system.open(place, "rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _of_example(module: "ModuleType", of_file: Callable[[Path], str]) -> str:
    found = {name: of_file(path) for name, path in module.files().items()}
    return digest.of_json({**found, "module": of_file(Path(str(sys.modules[module.__name__].__file__)))})
