"""Archive: a function with all its packages in one zip, within what AWS Lambda takes."""

import platform
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.deploy.closure import Package
from pipeline.errors import DeployError

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_BYTES = 250 * 2**20
DIRECT_BYTES = 50 * 2**20
_MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_LEVEL = 1  # it travels once


def write(folder: Path, packages: Sequence[Package], file: Path, most_bytes: int = MOST_BYTES) -> None:
    """Write a folder and its packages into an archive; the same content always gives the same bytes.

    Raises
    ------
    DeployError
        If that is more than Lambda takes, or packages of this machine would not run there.
    """
    if sys.platform != "linux":
        raise DeployError("packages of this machine do not run on Lambda, which is Linux: set package = 'image'.")
    files = dict(_files(folder, packages))
    size_bytes = sum(path.stat().st_size for path in files.values())
    if size_bytes > most_bytes:
        largest = sorted(packages, key=lambda each: -each.size_bytes)[:4]
        named = ", ".join(f"{each.name} {mib(each.size_bytes)}" for each in largest)
        raise DeployError(
            f"unpacked the function has {mib(size_bytes)} ({named}), and Lambda takes {mib(most_bytes)} in an archive. "
            "Set package = 'image' in [tool.pipeline.deploy.aws-lambda], which may have 10 GiB."
        )
    try:
        _zip(files, file, f"{mib(size_bytes)} unpacked, of {mib(most_bytes)}")
    except OSError as error:
        raise DeployError(f"cannot write {file}: {error}. Make room there.") from error


def told(file: Path) -> str:
    """Say how large what `write` wrote is, packed and unpacked, and how large it may be."""
    with zipfile.ZipFile(file) as archive:
        return f"{mib(file.stat().st_size)}; {archive.comment.decode()}"


def machine() -> str:
    """Return what Lambda calls this machine's kind."""
    return _MACHINES.get(platform.machine(), platform.machine())


def mib(size_bytes: int) -> str:
    """Write a size."""
    return f"{size_bytes / 2**20:.0f} MiB"


def _files(folder: Path, packages: Sequence[Package]) -> Iterator[tuple[str, Path]]:
    for package in packages:
        yield from ((inner.as_posix(), path) for inner, path in package.files)
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path


def _zip(files: dict[str, Path], file: Path, comment: str) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        archive.comment = comment.encode()
        for name in sorted(files):
            told = zipfile.ZipInfo(name)
            told.external_attr = 0o644 << 16
            told.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(told, files[name].read_bytes())
