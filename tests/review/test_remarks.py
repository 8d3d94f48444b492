"""Remarks stand beside a run, one file each; a damaged one hides no other, and a decision is about what was there."""

import json
import os
from pathlib import Path

import pytest
from kept import RUN, Kept

from pipeline.errors import RunError, StoreError, UsageError
from pipeline.models.remark import Ruling
from pipeline.review import remarks as module
from pipeline.review.remarks import Remarks
from pipeline.secrecy import Known


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Kept.at(tmp_path).add()


@pytest.fixture
def remarks(folder: Path) -> Remarks:
    return Remarks(folder)


def test_run_that_nobody_spoke_about_has_no_remarks(remarks: Remarks) -> None:
    assert (remarks.comments(), remarks.decisions(), remarks.problems(), remarks.standing()) == ([], [], [], None)


def test_comments_come_back_in_order(remarks: Remarks) -> None:
    first = remarks.comment("a", "work-1", " Why?\r\nReally. \n", "Zoë")
    second = remarks.comment("b", "title", "Good title.", "Ada <ada@example.org>")
    assert remarks.comments() == [first, second]
    assert first.text == "Why?\nReally."
    assert first.written.utcoffset() is not None


def test_same_words_twice_are_two_files(remarks: Remarks, folder: Path) -> None:
    for _ in range(20):
        remarks.comment("a", "work-1", "Yes", "Ada")
    assert len(remarks.comments()) == len(list((folder / "review").iterdir())) == 20


def test_file_of_a_remark_cannot_be_written_to(remarks: Remarks) -> None:
    path = remarks.path(remarks.comment("a", "work-1", "Yes", "Ada"))
    assert path.stat().st_mode & 0o777 == 0o444
    assert remarks.files() == [path]


@pytest.mark.parametrize(
    ("about", "why"),
    [
        (("c", "work-1", "x"), "has no stage 'c': there are 'a', 'b'"),
        (("a", "wrok-1", "x"), r"has no cell 'wrok-1': did you mean 'work-1'\?"),
        (("a", "work-1", " \n"), "the comment is empty"),
    ],
)
def test_comment_on_nothing_is_refused(remarks: Remarks, folder: Path, about: tuple[str, str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        remarks.comment(*about, "Ada")
    assert not (folder / "review").exists()


def test_comment_that_is_a_book_is_refused(remarks: Remarks) -> None:
    with pytest.raises(UsageError, match=r"the most is 65536. Say it shorter"):
        remarks.comment("a", "work-1", "ä" * 2**15, "Ada")


def test_secret_in_a_comment_is_not_kept(remarks: Remarks, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known()
    known.learn("WAREHOUSE", "s3cr3t-of-ours")
    monkeypatch.setattr("pipeline.runs.scrubbing.KNOWN", known)
    said = remarks.comment("a", "work-1", "The password s3cr3t-of-ours is in it", "Ada")
    assert said.text == "The password [secret WAREHOUSE] is in it"
    assert b"s3cr3t-of-ours" not in remarks.path(said).read_bytes()


def test_damaged_and_foreign_files_are_problems_and_hide_no_other(remarks: Remarks, folder: Path) -> None:
    said = remarks.comment("a", "work-1", "Yes", "Ada")
    changed = remarks.path(remarks.comment("a", "work-1", "No", "Ada"))
    changed.chmod(0o644)
    changed.write_text(changed.read_text().replace("No", "Yes"))
    (folder / "review/todo.txt").write_text("x")
    (folder / "review/folder").mkdir()
    (folder / "review" / changed.name.replace("ada", "eve")).symlink_to(remarks.path(said))
    (folder / "review/.ipynb_checkpoints").mkdir()
    (folder / "review/.x.md.1234.tmp").write_text("half")
    assert remarks.comments() == [said]
    assert sorted(problem.message.partition(" ")[2][:13] for problem in remarks.problems()) == [
        "is no remark:",
        "is no remark:",
        "is no remark:",
        "was changed a",
    ]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_stands_in_the_place_of_the_folder_is_a_problem(remarks: Remarks, folder: Path, kind: str) -> None:
    if kind == "file":
        (folder / "review").write_text("x")
    else:
        (folder / "review").symlink_to(folder.parent)
    assert [problem.path for problem in remarks.problems()] == [folder / "review"]
    with pytest.raises(StoreError, match=r"cannot write .*review|is a link to another place"):
        remarks.comment("a", "work-1", "Yes", "Ada")


def test_decision_stands_while_everything_is_as_it_was(remarks: Remarks) -> None:
    decision = remarks.decide(Ruling.APPROVED, "Holds on every slice.", "Ada")
    assert remarks.decisions() == [decision]
    assert set(decision.reports) == {"a", "b"}
    assert not remarks.stale(decision)
    assert remarks.standing() == decision


def test_newest_decision_stands(remarks: Remarks) -> None:
    remarks.decide(Ruling.APPROVED, "Fine.", "Ada")
    second = remarks.decide(Ruling.REFUSED, "It leaks.", "Bob")
    assert remarks.standing() == second


def test_decision_is_stale_when_a_report_has_changed(remarks: Remarks, folder: Path) -> None:
    decision = remarks.decide(Ruling.APPROVED, "Fine.", "Ada")
    with (folder / "b.ipynb").open("a") as report:
        report.write("\n")
    assert remarks.stale(decision) == "b changed since"
    assert remarks.standing() is None
    (folder / "a.ipynb").unlink()
    assert remarks.stale(decision) == "a, b changed since"


def test_decision_is_bound_to_the_record_but_not_to_what_was_measured(remarks: Remarks, folder: Path) -> None:
    decision = remarks.decide(Ruling.APPROVED, "Fine.", "Ada")
    record = json.loads((folder / "run.json").read_bytes())
    record["seconds"] = record["stages"][0]["seconds"] = 99.0
    record["stages"][0]["peak_memory_bytes"] = 1
    (folder / "run.json").write_text(json.dumps(record))
    assert not remarks.stale(decision)
    record["verdict"] = {"passed": True}
    (folder / "run.json").write_text(json.dumps(record))
    assert remarks.stale(decision) == "run.json changed since"


def test_decision_is_stale_when_the_record_cannot_be_read(remarks: Remarks, folder: Path) -> None:
    decision = remarks.decide(Ruling.APPROVED, "Fine.", "Ada")
    (folder / "run.json").write_text('{"schema_version": 1, "stages": [{"scraps": 5}]}')
    assert "cannot read the record" in remarks.stale(decision)
    with pytest.raises(RunError, match="cannot read the record"):
        remarks.decide(Ruling.APPROVED, "Fine.", "Ada")


def test_decision_without_a_reason_is_refused(remarks: Remarks) -> None:
    with pytest.raises(UsageError, match="the reason is empty"):
        remarks.decide(Ruling.REFUSED, "", "Ada")


def test_decision_about_a_run_that_goes_on_is_refused(tmp_path: Path) -> None:
    folder = Kept.at(tmp_path / "other").add(ended=None)
    with pytest.raises(UsageError, match=f"the run {RUN} has not ended"):
        Remarks(folder).decide(Ruling.APPROVED, "Fine.", "Ada")


def test_decision_about_a_report_that_is_gone_is_refused(remarks: Remarks, folder: Path) -> None:
    (folder / "a.ipynb").unlink()
    with pytest.raises(UsageError, match="the report of 'a' is not in"):
        remarks.decide(Ruling.APPROVED, "Fine.", "Ada")


def test_remarks_hold_in_a_folder_that_was_moved(remarks: Remarks, folder: Path, tmp_path: Path) -> None:
    decision = remarks.decide(Ruling.APPROVED, "Fine.", "Ada")
    os.rename(folder, tmp_path / folder.name)  # noqa: PTH104 - the folder, not what it is called
    moved = module.Remarks(tmp_path / folder.name)
    assert moved.standing() == decision
    assert moved.comment("a", "work-1", "Still here", "Ada")
