"""Context: the folder that an image is built from. It holds all but the base, and nothing by chance."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pipeline
from pipeline.deploy import requirements
from pipeline.deploy.target import Packed
from pipeline.errors import DeployError

BAKED, MOUNTED = "baked", "mounted"
_TEMPLATE = Path(__file__).parent / "templates" / "Containerfile"
_NOT_SERVED = shutil.ignore_patterns("__pycache__", "*.pyc", "template", "notebooks", "examples")


def base() -> str:
    """Name the image of the Python that runs here."""
    return f"docker.io/library/python:{sys.version_info.major}.{sys.version_info.minor}-slim-bookworm"


@dataclass(frozen=True, kw_only=True)
class Ingredients:
    """What goes into an image beside a packed version.

    Attributes
    ----------
    root
        The project, for its lock.
    base
        Image to start from; it has the Python that runs here.
    wheels
        Folder of wheels that are installed without asking any index; empty: an index is asked.
    packages
        Distributions that are needed besides, as the lock has them.
    bundle
        `baked`: the version is in the image; `mounted`: the image serves whatever is mounted at /bundle.
    """

    root: Path
    base: str
    wheels: str
    packages: tuple[str, ...]
    bundle: str


def write(folder: Path, packed: Packed, made_of: Ingredients) -> None:
    """Write the folder anew.

    Raises
    ------
    DeployError
        If the lock does not say what is installed here, or there is no folder of wheels where one is named.
    """
    manifest = packed.reference.manifest
    wheels = (made_of.root / made_of.wheels) if made_of.wheels else None
    if wheels is not None and not wheels.is_dir():
        raise DeployError(f"there is no folder of wheels at {wheels}. `pip download` fills one; or leave `wheels` out.")
    pins = requirements.pinned(made_of.root, manifest.libraries, made_of.packages)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text(pins, encoding="utf-8")
    shutil.copytree(Path(pipeline.__file__).parent, folder / "pipeline", ignore=_NOT_SERVED)
    shutil.copytree(packed.place, folder / "bundle")
    readable(folder / "bundle")
    (folder / "wheels").mkdir()
    if wheels is not None:
        for wheel in wheels.glob("*.whl"):
            shutil.copy2(wheel, folder / "wheels")
    words = {
        "title": manifest.title,
        "base": made_of.base,
        "index": "--no-index" if wheels else "",
        "bundle": "COPY bundle /bundle" if made_of.bundle == BAKED else "",
        "model": manifest.name,
        "version": str(manifest.version),
        "digest": manifest.digest,
    }
    text = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(words)
    (folder / "Containerfile").write_text(text, encoding="utf-8")


def readable(folder: Path) -> None:
    """Let whoever it is in a container read a folder."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
