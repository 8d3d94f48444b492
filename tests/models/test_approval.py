"""An approval is signed by somebody who may, about what is there, and for a time; anything else is none."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kept import PASSED, RUN, Kept, git

from pipeline.errors import GateError, UsageError
from pipeline.models import approval, remark, signing
from pipeline.models.approval import Approved, Policy
from pipeline.models.remark import Decision, Ruling
from pipeline.review.remarks import Remarks
from pipeline.runs.record import Git

VERSION = {"name": "m", "version": 1, "model_digest": "sha256:" + 64 * "a", "data_digest": "sha256:" + 64 * "b"}


def key(path: Path) -> Path:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(words, check=True)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: key(folder / name) for name in ("ada", "eve")}


class Desk:
    """A run whose version waits for approval, and Ada, who may approve it."""

    def __init__(self, root: Path, keys: dict[str, Path]) -> None:
        self.kept, self.keys = Kept.at(root, "[tool.pipeline.data]\ntarget = 'late'\n"), keys
        self.folder = self.kept.judged(RUN, model_version=VERSION)
        (root / "approvers").write_text(f"ada@example.org {keys['ada'].with_suffix('.pub').read_text()}")

    def decide(self, ruling: Ruling = Ruling.APPROVED, by: str = "ada", **given: Any) -> Decision:  # noqa: ANN401 - any option
        path = self.keys[by] if by else None
        return Remarks(self.folder).decide(ruling, "I read it.", "Ada <ada@example.org>", key=path, **given)

    def require(self, **policy: Any) -> Approved:  # noqa: ANN401 - any field
        return approval.require(self.kept.root, self.kept.root / "reports", VERSION, Policy(**policy))


@pytest.fixture
def desk(tmp_path: Path, keys: dict[str, Path]) -> Desk:
    return Desk(tmp_path / "project", keys)


def test_signed_approval_holds_and_says_who_signed(desk: Desk) -> None:
    said = desk.decide()
    assert desk.require() == Approved(decision=said, signer="ada@example.org")
    assert said.until is not None
    assert said.until - said.written == timedelta(days=30)


def test_approval_comes_back_as_it_was_written(desk: Desk) -> None:
    said = desk.decide(lasts=timedelta(days=2))
    assert Remarks(desk.folder).decisions() == [said]
    assert set(said.binds) == {"model", "data", "verdict", "settings"}


def test_version_that_nobody_decided_about_is_not_approved(desk: Desk) -> None:
    with pytest.raises(
        GateError, match=r"'m' version 1 has no valid approval. Read its reports, then: pipeline approve"
    ):
        desk.require()


def test_approval_that_is_not_signed_is_none(desk: Desk) -> None:
    desk.decide(by="")
    with pytest.raises(GateError, match=r"approved by Ada .*: it is not signed"):
        desk.require()


def test_approval_by_somebody_who_is_not_on_the_list_is_none(desk: Desk) -> None:
    desk.decide(by="eve")
    with pytest.raises(GateError, match=r"nobody in .*approvers has the key that signed it"):
        desk.require()


def test_approval_is_none_where_there_is_no_list(desk: Desk) -> None:
    desk.decide()
    with pytest.raises(GateError, match=r"there is no list of signers .*nobody. Write `NAME PUBLIC-KEY`"):
        desk.require(signers="nobody")


def test_approval_ends(desk: Desk) -> None:
    desk.decide(lasts=timedelta(0))
    with pytest.raises(GateError, match=r"it ended on 20\d\d-\d\d-\d\d"):
        desk.require()


def test_approval_without_an_end_is_none(desk: Desk) -> None:
    said = desk.decide()
    path = Remarks(desk.folder).path(said)
    path.unlink()
    endless = approval.signed(replace(said, until=None), desk.keys["ada"])
    Remarks(desk.folder).path(endless).write_bytes(remark.render(endless))
    with pytest.raises(GateError, match="it says no end"):
        desk.require()


def test_signature_of_another_text_is_none(desk: Desk) -> None:
    said = desk.decide()
    forged = replace(said, reason="I did not read it.")
    Remarks(desk.folder).path(said).unlink()
    Remarks(desk.folder).path(forged).write_bytes(remark.render(forged))
    with pytest.raises(GateError, match="the signature does not fit"):
        desk.require()


def test_signature_for_another_purpose_is_none(desk: Desk) -> None:
    words = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(desk.keys["ada"])]
    other = subprocess.run(words, input=b"text", capture_output=True, check=True).stdout.decode()
    with pytest.raises(GateError, match="the signature does not fit"):
        signing.signer(b"text", other, desk.kept.root / "approvers")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda desk: (desk.folder / "a.ipynb").write_text("{}"), "a"),
        (
            lambda desk: desk.kept.judged(RUN, model_version=VERSION | {"data_digest": "sha256:" + 64 * "c"}),
            "data, run",
        ),
        (
            lambda desk: desk.kept.judged(RUN, model_version=VERSION, verdict=PASSED | {"against": "x"}),
            "run.json, verdict",
        ),
        (lambda desk: Kept.at(desk.kept.root, "[tool.pipeline.data]\ntarget = 'early'\n"), "settings"),
    ],
)
def test_approval_is_void_when_anything_changes_that_it_binds(desk: Desk, change: Any, named: str) -> None:  # noqa: ANN401 - a function of a desk
    desk.decide()
    change(desk)
    with pytest.raises(GateError, match=f"changed since: .*{named}"):
        desk.require()


def test_approval_survives_settings_that_say_how_to_run(desk: Desk) -> None:
    desk.decide()
    Kept.at(desk.kept.root, "jobs = 1\n[tool.pipeline.data]\ntarget = 'late'\n[tool.pipeline.publish]\nto = 'git'\n")
    assert desk.require().signer == "ada@example.org"


def test_newest_decision_counts(desk: Desk) -> None:
    desk.decide()
    desk.decide(Ruling.REFUSED, by="")
    with pytest.raises(GateError, match=r"refused by Ada .*: the model is refused: I read it."):
        desk.require()
    desk.decide()
    assert desk.require().decision.ruling is Ruling.APPROVED


def test_damaged_remark_approves_nothing_and_hides_no_other(desk: Desk) -> None:
    (desk.folder / "review").mkdir()
    (desk.folder / "review" / "x.md").write_text("+++\n")
    with pytest.raises(GateError, match="no valid approval"):
        desk.require()
    desk.decide()
    assert desk.require().signer == "ada@example.org"


def test_approval_of_another_model_is_none(desk: Desk) -> None:
    desk.decide()
    other = VERSION | {"model_digest": "sha256:" + 64 * "f"}
    with pytest.raises(GateError, match="no valid approval"):
        approval.require(desk.kept.root, desk.kept.root / "reports", other, Policy())


def test_author_of_the_commit_may_not_approve_it_unless_settings_say_so(desk: Desk) -> None:
    git(desk.kept.root, "init", "--quiet")
    git(desk.kept.root, "commit", "--quiet", "--allow-empty", "-m", "x")
    commit = git(desk.kept.root, "rev-parse", "HEAD").strip()
    desk.kept.judged(RUN, model_version=VERSION, git=Git(commit=commit))
    desk.decide()
    with pytest.raises(GateError, match=r"ada@example.org made the commit of the run; somebody else has to approve it"):
        desk.require()
    assert desk.require(own=True).signer == "ada@example.org"


def test_key_that_is_not_there_does_not_sign(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no key .*nothing to sign with. Make one: ssh-keygen"):
        signing.sign(b"text", tmp_path / "nothing")


def test_file_that_is_no_key_does_not_sign(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no key")
    (tmp_path / "text").chmod(0o600)
    with pytest.raises(UsageError, match=r"cannot sign with .*text: "):
        signing.sign(b"text", tmp_path / "text")


def test_signing_says_what_to_install_where_openssh_is_missing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match=r"checked with ssh-keygen. Install OpenSSH."):
        signing.sign(b"text", desk.keys["ada"])


def test_settings_digest_takes_dates(tmp_path: Path) -> None:
    kept = Kept.at(tmp_path, "[tool.pipeline.data]\ntrain_until = 2026-01-01\n")
    kept.judged(RUN, model_version=VERSION)
    assert Remarks(kept.folder()).decide(Ruling.APPROVED, "x", "Ada").binds["settings"].startswith("sha256:")
