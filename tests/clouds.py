"""Clouds on loopback: servers of others that play S3 and Lambda, Google Cloud Storage and Azure Blob."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BUCKET = "models-of-ours"
_START_S = 90
_DEVELOPER = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # Azurite's own


@dataclass(frozen=True)
class Cloud:
    """A cloud that listens.

    Attributes
    ----------
    url
        Of an empty bucket.
    variables
        With which its clients reach it.
    secret
        What nobody may ever print.
    """

    url: str
    variables: Mapping[str, str]
    secret: str


@contextmanager
def amazon(folder: Path) -> Iterator[Cloud]:
    """Serve S3 and Lambda."""
    for name in ("moto", "s3fs"):
        pytest.importorskip(name)
    with listening(folder, sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "PORT") as url:
        _ask(f"{url}/{BUCKET}", "PUT")
        names = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any-secret-word", "AWS_ENDPOINT_URL": url}
        yield Cloud(f"s3://{BUCKET}", names | {"AWS_DEFAULT_REGION": "us-east-1"}, "any-secret-word")


@contextmanager
def google(folder: Path) -> Iterator[Cloud]:
    """Serve Google Cloud Storage."""
    for name in ("gcp_storage_emulator", "gcsfs"):
        pytest.importorskip(name)
    start = ("start", "--host=127.0.0.1", "--port=PORT", "--in-memory")
    with listening(folder, sys.executable, "-m", "gcp_storage_emulator", *start) as url:
        _ask(f"{url}/storage/v1/b?project=any", "POST", f'{{"name": "{BUCKET}"}}'.encode())
        names = {"STORAGE_EMULATOR_HOST": url, "FSSPEC_GS_TOKEN": "anon"}
        # Else every call waits a minute for an interface that the emulator lacks.
        yield Cloud(f"gs://{BUCKET}", names | {"GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}, "anon-nothing")


@contextmanager
def azure(folder: Path) -> Iterator[Cloud]:
    """Serve Azure Blob."""
    pytest.importorskip("adlfs")
    if not (program := shutil.which("azurite")):
        pytest.skip("no azurite on the PATH: npm install --global azurite")
    ports = ("--blobHost", "127.0.0.1", "--blobPort", "PORT", "--queuePort", "0", "--tablePort", "0")
    still = ("--silent", "--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry")
    with listening(folder, program, *still, *ports) as url:
        account = f"AccountName=devstoreaccount1;AccountKey={_DEVELOPER};BlobEndpoint={url}/devstoreaccount1"
        names = {"AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;{account};"}
        make = "import adlfs, sys; adlfs.AzureBlobFileSystem().mkdir(sys.argv[1])"
        subprocess.run([sys.executable, "-c", make, BUCKET], env={**os.environ, **names}, check=True)
        yield Cloud(f"az://{BUCKET}", names, _DEVELOPER)


@contextmanager
def listening(folder: Path, *command: str, variables: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a server at a free port, which stands as PORT in its command, until the block ends; gives its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    words = [word.replace("PORT", str(port)) for word in command]
    told = {**os.environ, **(variables or {})}
    with log.open("wb") as file, subprocess.Popen(words, cwd=folder, env=told, stdout=file, stderr=file) as server:
        try:
            until = time.monotonic() + _START_S
            while not _listens(port):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _ask(url: str, method: str, body: bytes | None = None) -> None:
    headers = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - loopback
    urllib.request.urlopen(request).close()  # noqa: S310 - loopback
