"""Tables are read from S3, Google Cloud Storage and Azure Blob; real servers play them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import clouds
import pandas as pd
import pytest
from clouds import Cloud

pytestmark = pytest.mark.slow
TABLE = pd.DataFrame({"a": [1, 2, 3, 4], "kind": ["b", "a", "b", "a"], "y": ["yes", "no", "no", "yes"]})
WRITE = """
import sys, fsspec
for name, place in zip(sys.argv[1::2], sys.argv[2::2]):
    system, path = fsspec.core.url_to_fs(place)
    system.pipe_file(path, open(name, "rb").read())
"""
READ = """
import sys, json
from pipeline.data import columns, sources
from pipeline.data.fingerprints import fingerprint
from pipeline.errors import DataError
def seen(source):
    try:
        frame = sources.load(source, target="y")
    except DataError as error:
        return str(error)
    return [columns.names(source), frame.sort_values("a")["kind"].tolist(), fingerprint(source)]
print(json.dumps([seen(source) for source in sys.argv[1:]]))
"""


@pytest.fixture(params=["amazon", "google", "azure"])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cloud]:
    with getattr(clouds, request.param)(tmp_path) as found:
        yield found


def run(cloud: Cloud, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    known = {**os.environ, **cloud.variables, **variables}
    return subprocess.run([sys.executable, *words], env=known, capture_output=True, text=True, check=False)


def read(cloud: Cloud, *sources: str, **variables: str) -> list[str | list[list[str]]]:
    done = run(cloud, "-c", READ, *(f"{cloud.url}/{source}" for source in sources), **variables)
    assert done.returncode == 0, done.stderr
    assert cloud.secret not in done.stdout + done.stderr
    found: list[str | list[list[str]]] = json.loads(done.stdout)
    return found


@pytest.fixture
def written(cloud: Cloud, tmp_path: Path) -> None:
    """Put a table there: as text, as Parquet, and as a folder of Parquet; and a folder of nothing that is read."""
    here = tmp_path / "here"
    here.mkdir()
    TABLE.to_csv(here / "rows.csv", index=False)
    TABLE.to_parquet(here / "rows.parquet")
    TABLE.to_parquet(here / "parts", partition_cols=["kind"])
    (here / "none").mkdir()
    (here / "none/README.md").write_text("no table")
    places = [path for path in here.rglob("*") if path.is_file()]
    pairs = [word for path in places for word in (str(path), f"{cloud.url}/{path.relative_to(here).as_posix()}")]
    done = run(cloud, "-c", WRITE, *pairs)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("written")
def test_load_reads_from_a_cloud(cloud: Cloud) -> None:
    text, file, folder, nothing, absent = read(cloud, "rows.csv", "rows.parquet", "parts", "none", "no.csv")
    for found, names in ((text, ["a", "kind", "y"]), (file, ["a", "kind", "y"]), (folder, ["a", "y", "kind"])):
        assert found[:2] == [names, ["b", "a", "b", "a"]]
        assert found[2].startswith("sha256:")
    assert "/none is a folder without Parquet files. Name one file in it" in nothing
    assert "/no.csv is not there. Check the URL, and who may read it." in absent
    [elsewhere] = read(Cloud(cloud.url.replace(clouds.BUCKET, "of-nobody"), cloud.variables, cloud.secret), "rows.csv")
    assert "/rows.csv is not there. Check the URL" in elsewhere


def test_load_says_whose_credentials_are_wrong(tmp_path: Path) -> None:
    with clouds.azure(tmp_path) as cloud:
        forged = cloud.variables["AZURE_STORAGE_CONNECTION_STRING"].replace("AccountKey=E", "AccountKey=A")
        [said] = read(cloud, "rows.csv", AZURE_STORAGE_CONNECTION_STRING=forged)
    assert "Server failed to authenticate the request" in said
    assert "Check the URL, and who asks: AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with" in said
    assert forged.partition("AccountKey=")[2][:20] not in said


def test_load_says_that_no_credentials_are_there(tmp_path: Path) -> None:
    bare = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    with clouds.amazon(tmp_path) as cloud:
        [said] = read(cloud, "rows.csv", HOME=str(tmp_path), **bare)
    assert "NoCredentialsError" in said
    assert "who asks: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile" in said


@pytest.mark.usefixtures("written")
def test_new_project_on_a_table_in_a_cloud_names_the_extra_that_reads_it(cloud: Cloud, tmp_path: Path) -> None:
    source = f"{cloud.url}/rows.csv"
    done = run(cloud, "-m", "pipeline", "new", str(tmp_path / "mine"), "--data", source, "--target", "y")
    assert done.returncode == 0, done.stderr
    project = (tmp_path / "mine/pyproject.toml").read_text()
    assert f'source = "{source}"' in project
    assert "stagebook[cloud,lab,review]==" in project
    assert cloud.secret not in project + done.stdout
    gone = run(cloud, "-m", "pipeline", "new", str(tmp_path / "no"), "--data", f"{cloud.url}/no.csv", "--target", "y")
    assert gone.returncode == 1
    assert "/no.csv is not there" in gone.stderr
    assert "Traceback" not in gone.stderr
