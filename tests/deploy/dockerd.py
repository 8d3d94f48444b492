"""A real daemon of docker in a folder of its own, and all that a build without a network needs."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.deploy import context, requirements
from pipeline.serving.terms import Terms

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stagebook-tests"
LOCK = Path(__file__).parents[2] / "requirements.lock"
_LOGGED = Terms(traffic="postgresql://db/traffic")
_PACKAGES = "ca-certificates,python3,python3-venv,python3-pip"


def base() -> Path:
    """Make the files of a Debian with Python once; no image can be fetched where no registry is reached."""
    path = CACHE / "bookworm.tar"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half.tar")
        _do("mmdebstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", str(half))
        half.rename(path)
    return path


def wheels(folder: Path) -> Path:
    """Fetch what the lock says once, and put it into a folder."""
    pins = folder / "pins.txt"
    pins.write_text(requirements.pinned(LOCK.parent, ["numpy", "pandas", "sklearn"], requirements.of(_LOGGED)))
    kept = CACHE / "wheels"
    fetch = ("download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement")
    python = Path(sys.base_prefix) / "bin" / "python3"
    _do(str(python), "-m", "pip", *fetch, str(pins), "--dest", str(kept), PIP_FIND_LINKS=str(kept))
    shutil.copytree(CACHE / "wheels", folder / "wheels")
    return folder / "wheels"


@contextmanager
def running() -> Iterator[str]:
    """Start a daemon that knows the base, and end it with the block; yields its address."""
    folder = Path(tempfile.mkdtemp(prefix="dockerd-"))
    try:
        yield from _started(folder)
    finally:  # it leaves a mount behind, on which whoever removes a folder stumbles
        subprocess.run(["umount", folder / "exec-root" / "netns" / "default"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Iterator[str]:
    for program in ("dockerd", "docker", "mmdebstrap"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the base has Python 3.11, and an image serves with the Python that runs here")
    if os.getuid() != 0:
        pytest.skip("a daemon of docker needs root")
    places = [f"--{name}={folder / name}" for name in ("data-root", "exec-root", "pidfile")]
    address = f"unix://{folder}/docker.sock"
    nothing = ["--bridge=none", "--iptables=false", "--ip6tables=false"]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(["dockerd", "--host", address, *places, *nothing], stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while subprocess.run(["docker", "--host", address, "info"], capture_output=True, check=False).returncode:
            if daemon.poll() is not None or time.monotonic() > until:
                pytest.skip(f"no daemon of docker starts here: {(folder / 'log').read_text()[-300:]}")
            time.sleep(0.5)
        _do("docker", "--host", address, "import", str(base()), context.base())
        yield address
    finally:
        daemon.terminate()
        daemon.wait()


def _do(*command: str, **variables: str) -> None:
    environment = {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        pytest.skip(f"{command[0]} cannot prepare what the test needs: {(done.stderr or done.stdout)[-300:]}")
