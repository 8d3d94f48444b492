"""A version is packed at S3, Google Cloud Storage and Azure Blob, and answers from there; real servers play them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import clouds
import pytest
from clouds import Cloud
from serving.served import bundled, project, promote

pytestmark = pytest.mark.slow
LOAD = (
    "import sys; from pipeline.serving import packing; found = packing.load(sys.argv[1]); "
    "print(found.manifest.version, found.predict(found.read(found.manifest.golden)[0])[0]['probability'])"
)


@pytest.fixture(params=["amazon", "google", "azure"])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cloud]:
    with getattr(clouds, request.param)(tmp_path) as found:
        yield found


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home").mkdir()
    return project(tmp_path / "home", monkeypatch)


def run(cloud: Cloud, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **cloud.variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_version_answers_from_a_cloud_when_it_was_packed_there(cloud: Cloud, root: Path) -> None:
    promote(bundled(1))
    second, place = bundled(2), f"{cloud.url}/late/now"
    for version, words in ((1, [place]), (2, ["2", place])):
        done = run(cloud, root, "-m", "pipeline", "pack", "--model", "m", *words)
        assert (done.returncode, done.stdout) == (0, f"'m' version {version} is packed at {place}\n"), done.stderr
    number, probability = run(cloud, Path("/"), "-c", LOAD, place).stdout.split()
    assert (number, float(probability)) == ("2", pytest.approx(second.predictions[0]))


def test_place_in_a_cloud_that_is_not_there_is_said_without_secrets(cloud: Cloud, root: Path) -> None:
    promote(bundled())
    url = f"{cloud.url.removesuffix(clouds.BUCKET)}of-nobody/m"
    done = run(cloud, root, "-m", "pipeline", "pack", "--model", "m", url)
    assert done.returncode == 1
    assert "StoreError: cannot write sha256/" in done.stderr
    assert f" at {url}: " in done.stderr
    assert cloud.secret not in done.stderr
    assert "Traceback" not in done.stderr
    said = run(cloud, Path("/"), "-c", LOAD, url)
    assert f"there is no bundle at {url}: " in said.stderr
    assert cloud.secret not in said.stderr
