"""A podman that keeps all it has in a folder of its own, and knows the base of images."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import getuid
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
lock_type = "file"
tmp_dir = "{folder}/tmp"
image_copy_tmp_dir = "{folder}"
[network]
network_config_dir = "{folder}/networks"
"""
_STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/root"
runroot = "{folder}/run"
"""


@contextmanager
def alone() -> Iterator[None]:
    """Let podman find its folder; what it runs ends with the block, and no other podman of this machine knows of it."""
    for program in ("podman", "runc", "catatonit", "mmdebstrap"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the base has Python 3.11, and an image serves with the Python that runs here")
    if getuid() != 0:
        pytest.skip("this podman needs root")
    folder = Path(tempfile.mkdtemp(prefix="podman-"))
    with pytest.MonkeyPatch.context() as patch:
        for variable, text in (("CONTAINERS_CONF", _CONTAINERS), ("CONTAINERS_STORAGE_CONF", _STORAGE)):
            (folder / variable).write_text(text.format(folder=folder))
            patch.setenv(variable, str(folder / variable))
        try:
            _begin()
            yield
        finally:  # a mount that is left behind fails the removal of the folder
            podman("system", "reset", "--force")
            shutil.rmtree(folder)


def podman(*words: str) -> "subprocess.CompletedProcess[str]":
    """Ask podman something."""
    return subprocess.run(["podman", *words], capture_output=True, text=True, check=False)


def _begin() -> None:
    """Give it the base, and see that it can run a container here at all."""
    known = podman("import", str(dockerd.base()), context.base())
    ran = podman("run", "--rm", context.base(), "true")
    if known.returncode or ran.returncode:
        pytest.skip(f"podman runs no container here: {(known.stderr + ran.stderr)[-300:]}")
