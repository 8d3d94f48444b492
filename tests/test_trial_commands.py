"""The commands with which a version is tried, as an operator runs them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from candidates import candidate
from kept import Kept
from projects import Project
from serving.served import contents

from pipeline.models import registry, trials
from pipeline.serving import bundle
from pipeline.store.objects import project_store

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.slow
RUNS = ["20260101T000000Z-00000a", "20260102T000000Z-00000b"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A champion, and a second version that nobody has approved, in a project that asks for approvals."""
    kept = Kept.at(tmp_path / "project", 'promotion = "approval"\n')
    monkeypatch.chdir(kept.root)
    rows = project_store().put(b"rows")
    for number, run in enumerate(RUNS, start=1):
        made = candidate(float(number), run=run, data_digest=rows, test_digest=rows)
        found = registry.register("model", made)
        told, examples = contents(number, name="model")
        bundle.write(told, examples)
        kept.judged(run, model_version=found.as_scrap(), verdict={"passed": True, "gates": [], "against": None})
        if number == 1:
            registry.promote("model", 1, run=run, against=None)
    return Project(kept.root)


def said(done: "subprocess.CompletedProcess[str]", code: int = 0) -> str:
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_version_is_tried_and_what_became_of_it_is_told(desk: Project) -> None:
    assert "no version of 'model' is tried" in said(desk.command("trial", "status"))
    assert said(desk.command("trial", "history")) == "no version was ever tried\n"
    refused = said(desk.command("trial", "canary", "2", "--reason", "see", "--author", "Ada"), 3)
    assert "'model' version 2 has no valid approval" in refused
    begun = said(desk.command("trial", "shadow", "challenger", "--reason", "to see", "--author", "Ada"))
    assert "the shadow of 'model' version 2 on 100 % of the traffic is tried from now on" in begun
    status = said(desk.command("trial", "status"))
    assert "beside version 1, since 20" in status
    assert "begun by Ada: to see" in status
    assert "errors: not known: 0 of 0 requests failed" in status
    assert "outcomes: not known: no truth of 100 requests of each is known yet" in status
    ended = said(desk.command("trial", "stop", "--reason", "seen", "--author", "Bo"))
    assert "ended at 20" in ended
    assert "by Bo: seen" in ended
    assert "no version of 'model' is tried" in said(desk.command("trial", "stop", "--reason", "x"), 2)
    assert said(desk.command("trial", "history")).splitlines()[1].endswith("by Bo: seen")
    assert "each bound to the one before it" in said(desk.command("audit"))
    log = trials.log_file()
    log.write_text(log.read_text().replace("to see", "to win"))
    assert "trials.jsonl, line 1: it was changed after it was written" in said(desk.command("audit"), 1)
