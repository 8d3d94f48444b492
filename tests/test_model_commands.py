"""The commands about models, as an operator runs them: approve, promote, roll back, and see what happened."""

import subprocess
from pathlib import Path

import pytest
from candidates import candidate
from kept import Kept
from projects import Project

from pipeline.models import registry
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow
RUNS = ["20260101T000000Z-00000a", "20260102T000000Z-00000b"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two versions that passed, in a project that asks for approvals."""
    kept = Kept.at(tmp_path / "project", 'promotion = "approval"\n')
    monkeypatch.chdir(kept.root)
    against = None
    for number, run in enumerate(RUNS, start=1):
        kept_rows = project_store().put(b"rows")
        made = candidate(float(number), run=run, data_digest=kept_rows, test_digest=kept_rows)
        verdict = {"passed": True, "gates": [], "against": against}
        kept.judged(run, model_version=registry.register("model", made).as_scrap(), verdict=verdict)
        against = made.model_digest
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "../key"], check=True)
    (kept.root / "approvers").write_text(f"ada@example.org {(tmp_path / 'key.pub').read_text()}")
    return Project(kept.root)


def said(done: "subprocess.CompletedProcess[str]", code: int = 0) -> str:
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_version_is_approved_promoted_and_rolled_back(desk: Project) -> None:
    assert "no valid approval" in said(desk.command("promote", "1", "--reason", "first"), 3)
    for number, run in enumerate(RUNS, start=1):
        said(desk.command("approve", run, "--reason", "I read it.", "--author", "Ada", "--key", "../key"))
        promoted = said(desk.command("promote", str(number), "--reason", "better", "--author", "Ada"))
        assert f"champion: 'model' version {number}, since 20" in promoted
    back = said(desk.command("rollback", "--reason", "it times out", "--author", "Ada"))
    assert "champion: 'model' version 1, since 20" in back

    past = said(desk.command("history")).splitlines()
    assert [line.split()[3:5] for line in past[1:]] == [["model", "1"], ["model", "2"], ["model", "1"]]
    assert past[-1].endswith("it times out")
    chain = said(desk.command("trace", "2"))
    assert "'model' version 2" in chain
    assert "(Ada: better)" in chain
    assert "approved 20" in chain
    assert "'model' version 1 answered at 2100-01-01" in said(desk.command("trace", "--at", "2100-01-01T12:00Z"))
    assert "nothing answered at 2000-01-01" in said(desk.command("trace", "--at", "2000-01-01"))
    assert "registry and store agree with it" in said(desk.command("audit"))


def test_key_of_an_approval_can_stand_in_the_environment(desk: Project) -> None:
    said(desk.command("approve", RUNS[0], "--reason", "By CI.", PIPELINE_APPROVAL_KEY="../key"))
    said(desk.command("promote", "1", "--reason", "first"))


def test_audit_names_the_line_that_was_changed(desk: Project) -> None:
    said(desk.command("approve", RUNS[0], "--reason", "x", "--key", "../key"))
    said(desk.command("promote", "challenger", "--reason", "newest"), 3)
    said(desk.command("promote", "1", "--reason", "first"))
    log = desk.root / ".pipeline/models/log.jsonl"
    log.write_text(log.read_text().replace("first", "other"))
    assert "log.jsonl, line 1: it was changed after it was written" in said(desk.command("audit"), 1)


def test_history_is_empty_before_the_first_promotion(desk: Project) -> None:
    assert said(desk.command("history")) == "no model was ever champion\n"
    assert "cannot go back to nothing" in said(desk.command("rollback", "--reason", "x"), 1)


def test_version_is_approved_by_its_number_or_alias(desk: Project) -> None:
    approved = said(desk.command("approve", "1", "--reason", "x", "--key", "../key"))
    assert RUNS[0] in approved
    assert RUNS[1] in said(desk.command("refuse", "challenger", "--reason", "x"))


def test_card_is_printed_and_written_as_a_page(desk: Project) -> None:
    assert said(desk.command("card", "1")) == "# A model\n"
    said(desk.command("card", "1", "--html", "card.html"))
    page = (desk.root / "card.html").read_text()
    assert "A model</h1>" in page
    assert "default-src &#x27;none&#x27;" in page
