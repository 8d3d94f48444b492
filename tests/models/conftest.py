import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.models.connection import session

addresses: list[str] = []


def hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        addresses.append(str(arguments))


sys.addaudithook(hear)


@pytest.fixture(scope="session")
def called() -> list[str]:
    """Every address that this process called, since before MLflow was imported."""
    return addresses


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty registry once; every test starts from a copy."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "pyproject.toml").write_text("[tool.pipeline]\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with session("cannot start") as client:
            client.search_registered_models()
    return folder / ".pipeline" / "mlflow.db"


@pytest.fixture
def project(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a projéct"
    (folder / ".pipeline").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.pipeline]\n")
    shutil.copy(database, folder / ".pipeline")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


@pytest.fixture
def server(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a real MLflow server on loopback."""

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}"
    shutil.copy(project / ".pipeline" / "mlflow.db", tmp_path / "server.db")
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", uri.rpartition(":")[2]]
    places = [
        "--backend-store-uri",
        f"sqlite:///{tmp_path}/server.db",
        "--artifacts-destination",
        str(tmp_path / "served"),
    ]
    process = subprocess.Popen(
        [*command, *places, "--workers", "1"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{uri}/health", timeout=1).close()  # noqa: S310 - our own address
                break
            except OSError:
                time.sleep(0.2)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        yield uri
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # with its workers
        process.wait(timeout=30)
