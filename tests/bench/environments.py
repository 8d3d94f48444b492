"""Owns the contenders' environments: each peer has one of its own, with the libraries of requirements.lock."""

import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from contender import Contender
from programs import Failed

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("pandas", "scikit-learn", "matplotlib", "numpy", "pyarrow", "scipy", "joblib", "ipykernel")
STAMP = "bench-stamp.txt"


def environment(contender: Contender) -> Path:
    """Return the folder of a contender's environment."""
    return made(contender.name, contender.requirements) if contender.requirements else Path(sys.prefix)


def made(name: str, requirements: Sequence[str], libraries: Sequence[str] = LIBRARIES) -> Path:
    """Make an environment where it is not there yet, and return its folder.

    Raises
    ------
    Failed
        If its requirements cannot be installed together with the libraries.
    """
    folder = ROOT / ".nox" / f"bench-{name}"
    wanted = [*map(_pinned, libraries), *requirements]
    if not (folder / STAMP).exists() or (folder / STAMP).read_text(encoding="utf-8") != "\n".join(wanted):
        _make(folder, wanted)
    return folder


def _make(folder: Path, wanted: Sequence[str]) -> None:
    uv, quiet = (sys.executable, "-m", "uv"), "--quiet"
    _run(*uv, "venv", quiet, "--clear", "--python", sys.executable, str(folder))
    target = ("--python", str(folder / "bin" / "python"))
    _run(*uv, "pip", "install", quiet, "--compile-bytecode", *target, *wanted)
    (folder / STAMP).write_text("\n".join(wanted), encoding="utf-8")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"cannot be installed: {' '.join(done.stderr.split())}")


def _pinned(name: str) -> str:
    return f"{name}=={metadata.version(name)}"


def versions() -> str:
    """Say which libraries all contenders have."""
    return ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
