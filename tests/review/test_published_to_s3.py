"""A run that is published to S3 comes back whole in a fresh clone; a real server on loopback plays S3."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from kept import git
from projects import Project

from pipeline import handoff
from pipeline.review.remarks import Remarks

pytest.importorskip("moto")
pytest.importorskip("s3fs")
pytestmark = pytest.mark.scenario
START_S = 60
BUCKET = "reports-of-ours"


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=1) as answer:  # noqa: S310 - loopback
            return bool(answer.status)
    except OSError:
        return False


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Serve an empty bucket; gives the variables with which it is reached."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            until = time.monotonic() + START_S
            while not answers(url):
                assert time.monotonic() < until, (tmp_path / "log").read_text()
                time.sleep(0.1)
            bucket = urllib.request.Request(f"{url}/{BUCKET}", method="PUT")  # noqa: S310 - loopback
            urllib.request.urlopen(bucket).close()  # noqa: S310 - loopback
            yield {
                "AWS_ACCESS_KEY_ID": "any",
                "AWS_SECRET_ACCESS_KEY": "any-secret-word",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": url,
            }
        finally:
            server.terminate()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path / "project")
    found.write("pyproject.toml", f'[tool.pipeline]\npublish.to = "s3://{BUCKET}/runs"\n')
    found.write(".gitignore", "/reports/*\n/.pipeline/\n")
    found.notebook("first", "rows: int = 3", "glue('rows', list(range(rows)))")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "A project"]):
        git(found.root, *command)
    return found


def test_run_is_published_to_s3_and_opens_in_a_fresh_clone(
    project: Project, s3: dict[str, str], tmp_path: Path
) -> None:
    run = project.run().run
    project.command("comment", run, "first", "work-1", "So few?", "--author", "Ada")
    for new in ("4", "none"):
        done = project.command("publish", run, **s3)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"published {run} to s3://{BUCKET}/runs/{run}: 4 files, ")
        assert f", {new} of them new there" in done.stdout
    git(tmp_path, "clone", "-q", str(project.root), "clone")
    clone = Project(tmp_path / "clone")
    for new in ("4 files new", "no files new"):
        done = clone.command("fetch", "latest", "--from", f"s3://{BUCKET}/runs", **s3)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"fetched {run}: {new} in reports/{run}\n"
    report = f"reports/{run}/first.ipynb"
    assert (clone.root / report).read_bytes() == (project.root / report).read_bytes()
    assert handoff.read(str(clone.root / report))["rows"] == [0, 1, 2]
    assert [said.text for said in Remarks(clone.root / "reports" / run).comments()] == ["So few?"]
    assert clone.command("site", "public").returncode == 0
    assert "So few?" in (clone.root / f"public/runs/{run}/stages/first.html").read_text()


def test_bucket_that_is_not_there_is_said_and_not_made(project: Project, s3: dict[str, str]) -> None:
    run = project.run().run
    for _ in range(2):
        done = project.command("publish", run, "--to", "s3://nobodys/runs", **s3)
        assert done.returncode == 1
        assert f"StoreError: cannot write run.json at s3://nobodys/runs/{run}: FileNotFoundError: " in done.stderr
        assert "any-secret-word" not in done.stderr
