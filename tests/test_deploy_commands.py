"""The commands that let a version answer elsewhere, as an operator runs them."""

import subprocess
from pathlib import Path

import pytest
from kept import Kept
from projects import Project
from serving.served import bundled, promote

from pipeline.deploy import conformance, standing

pytestmark = pytest.mark.slow
RUN = "20260101T000000Z-00000a"
SETTINGS = """promotion = "approval"
models = { name = "m" }
deploy = { local = { port = 0, patience_s = 300.0 } }
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A champion, in a project that asks for approvals, and a key of somebody who may approve it."""
    kept = Kept.at(tmp_path / "project", SETTINGS)
    monkeypatch.chdir(kept.root)
    manifest = bundled()
    promote(manifest)
    named = {"name": "m", "version": 1, "model_digest": manifest.model_digest, "data_digest": manifest.model_digest}
    kept.judged(RUN, model_version=named, verdict={"passed": True, "gates": [], "against": None})
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "../key"], check=True)
    (kept.root / "approvers").write_text(f"ada@example.org {(tmp_path / 'key.pub').read_text()}")
    return Project(kept.root)


def said(done: "subprocess.CompletedProcess[str]", code: int = 0) -> str:
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_champion_is_deployed_once_it_is_approved_and_withdrawn(desk: Project) -> None:
    for command in (("deploy",), ("deploy", "--version", "1"), ("serve", "--port", "0")):
        assert "'m' version 1 has no valid approval" in said(desk.command(*command), 3)
    assert "nothing was ever released" in said(desk.command("deployments"))
    said(desk.command("approve", RUN, "--reason", "I read it.", "--author", "Ada", "--key", "../key"))
    try:
        released = said(desk.command("deploy"))
        assert "from there it reproduced 30 golden rows, and refused 3" in released
        assert "local: 'm' version 1 is ready since 20" in released
        assert "local: 'm' version 1 is ready" in said(desk.command("deployments"))
        found = standing.read(desk.root / ".pipeline/deployments/m/local", standing.Standing)
        assert found is not None
        assert conformance.over_http(found.url)({"rows": [{}]})[0] == 422
    finally:
        withdrawn = desk.command("withdraw")
    assert "local: 'm' version 1 is withdrawn since 20" in said(withdrawn)
    assert "no process of 'm' is supervised on this machine" in said(desk.command("withdraw"), 1)


def test_wrong_words_are_refused_before_anything_is_built(desk: Project) -> None:
    assert "the target 'locl' in the command line is none: did you mean 'local'?" in said(
        desk.command("deployments", "--model", "x")
    ) + said(desk.command("withdraw", "--target", "locl"), 2)
    assert "no version of 'x' is champion" in said(desk.command("deploy", "--model", "x"), 1)
    assert "'m' version 7 has no bundle" in said(desk.command("deploy", "--version", "7"), 1)
    assert "leave out --model, or --bundle" in said(desk.command("serve", "--bundle", ".", "--model", "m"), 2)
    assert "there is no bundle at" in said(desk.command("serve", "--bundle", "nowhere"), 1)
