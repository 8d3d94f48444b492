"""A podman that keeps all it has in a folder of its own, and knows the base of images."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deploy import dockerd

from pipeline.deploy import context

_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
_STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/root"
runroot = "{folder}/run"
"""


@contextmanager
def alone() -> Iterator[dict[str, str]]:
    """Yield the variables by which podman finds its folder; what it runs ends with the block."""
    for program in ("podman", "runc", "catatonit", "mmdebstrap"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the base has Python 3.11, and an image serves with the Python that runs here")
    if os.getuid() != 0:
        pytest.skip("this podman needs root")
    folder = Path(tempfile.mkdtemp(prefix="podman-"))
    (folder / "containers.conf").write_text(_CONTAINERS)
    (folder / "storage.conf").write_text(_STORAGE.format(folder=folder))
    places = {
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
    }
    try:
        _begin(places)
        yield places
    finally:
        podman(places, "system", "reset", "--force")
        shutil.rmtree(folder, ignore_errors=True)


def podman(places: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """Ask podman something."""
    asked = ["podman", *words]
    return subprocess.run(asked, capture_output=True, text=True, check=False, env={**os.environ, **places})


def _begin(places: dict[str, str]) -> None:
    """Give it the base, and see that it can run a container here at all."""
    known = podman(places, "import", str(dockerd.base()), context.base())
    ran = podman(places, "run", "--rm", "--network=host", context.base(), "true")
    if known.returncode or ran.returncode:
        pytest.skip(f"podman runs no container here: {(known.stderr + ran.stderr)[-300:]}")
