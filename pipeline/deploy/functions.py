"""Functions: the folder that a function in a cloud is made of, written and proven from within."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pipeline
from pipeline.deploy import closure, conformance, requirements
from pipeline.deploy.closure import Package
from pipeline.deploy.target import Ask, Build, Home, Packed, Proof, short
from pipeline.errors import DeployError
from pipeline.serving import packing
from pipeline.serving.doors.packed import BUNDLE, TERMS
from pipeline.serving.predictor import Predictor
from pipeline.store.objects import open_store, write_atomic

NOT_TRIED = (
    "the folder is built and proven, but nothing here can try a release to {}, which has no emulator, so it is yours."
)
_CODE = Path(pipeline.__file__).parent
_NOT_SERVED = ("start", "__pycache__")  # what founds other projects
_START = """
import sys
_, folder, packages, target = sys.argv
sys.path[:0] = [folder, packages]
from pipeline.deploy import rehearsal
rehearsal.main(folder, target)
"""


def folder(home: Home, packed: Packed) -> Path:
    """Return where the build of a version stands."""
    manifest = packed.reference.manifest
    return home.folder / "builds" / f"{manifest.version}-{short(manifest.digest)}"


def write(packed: Packed, home: Home, folder: Path, needs: Sequence[str], files: Mapping[str, str]) -> list[Package]:
    """Write a function's folder anew: the bundle, the code that serves it, its terms, and what it needs, pinned.

    Parameters
    ----------
    needs
        Packages that the cloud's door imports.
    files
        What else stands in it, by name.

    Returns
    -------
        What it needs.

    Raises
    ------
    SettingsError
        If `[tool.pipeline.serve]` is wrong.
    DeployError
        If a package is not installed here, or the folder cannot be written.
    StoreError
        As above.
    """
    manifest = packed.reference.manifest
    packages = closure.serving(manifest, [*needs, *requirements.of(home.terms)])
    try:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(_CODE, folder / "pipeline", ignore=shutil.ignore_patterns(*_NOT_SERVED))
    except OSError as error:
        raise DeployError(f"cannot write {folder}: {error}. Make room there.") from error
    packing.pack(manifest, open_store(packed.place), str(folder / BUNDLE))
    said = {TERMS: home.terms.model_dump_json(), "requirements.txt": closure.pinned(packages), **files}
    for name, text in said.items():
        write_atomic(folder / name, text.encode())
    return packages


def prove(folder: Path, target: str, packages: Sequence[Package], packed: Packed) -> Proof:
    """Start what was written with its packages alone, nothing else of this machine, and let it prove itself.

    Raises
    ------
    ModelError
        If it does not answer as the version.
    DeployError
        If it cannot be started.
    """
    with TemporaryDirectory(prefix="packages-", dir=folder.parent) as beside:
        closure.link(packages, Path(beside))
        with _rehearsed(folder, Path(beside), target) as ask:
            return conformance.require(ask, packed.reference, f"the function in {folder}")


@contextmanager
def _rehearsed(folder: Path, packages: Path, target: str) -> Iterator[Ask]:
    """Start a function in a process of its own, and ask it as its cloud does."""
    alone = [sys.executable, "-I", "-S", "-B", "-c", _START, str(folder), str(packages), target]
    with (
        (packages / "log").open("w+b") as log,
        subprocess.Popen(  # noqa: S603 - our own command
            alone, cwd=packages, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            yield _asking(process, log)
        finally:
            process.kill()


def _asking(process: "subprocess.Popen[str]", log: IO[bytes]) -> Ask:
    def ask(body: object) -> tuple[int, Any]:
        assert process.stdin is not None  # noqa: S101 - they were asked for above
        assert process.stdout is not None  # noqa: S101 - as above
        try:
            process.stdin.write(f"{json.dumps(body)}\n")
            process.stdin.flush()
            status, content = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            log.seek(0)
            said = log.read().decode(errors="replace").strip()[-2000:]
            raise DeployError(f"the function does not start with the packages that it names: {said}") from error
        return status, content

    return ask


def reference(build: Build) -> Predictor:
    """Load the version that a build holds, to compare with."""
    return packing.load(str(Path(build.place) / BUNDLE))
