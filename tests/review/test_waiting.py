"""What waits for a decision is listed once, newest first."""

from pathlib import Path

import pytest
from kept import Kept

from pipeline.models.remark import Ruling
from pipeline.review.remarks import Remarks
from pipeline.review.waiting import decided, waiting

RUNS = [f"2026010{day}T000000Z-00000a" for day in range(1, 6)]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept.at(tmp_path)


def test_runs_with_a_version_that_passed_wait_newest_first(kept: Kept) -> None:
    kept.judged(RUNS[0])
    kept.judged(RUNS[2], verdict={"passed": False})
    kept.judged(RUNS[3], model_version=None)
    kept.judged(RUNS[4], ended=None)
    kept.judged(RUNS[1])
    assert [record.run for record in waiting(kept.reports.runs())] == [RUNS[1], RUNS[0]]


def test_run_that_only_reused_the_registration_does_not_wait(kept: Kept) -> None:
    kept.judged(RUNS[0])
    kept.judged(RUNS[1], by=RUNS[0])
    assert [record.run for record in waiting(kept.reports.runs())] == [RUNS[0]]


def test_run_with_a_damaged_record_does_not_wait(kept: Kept) -> None:
    (kept.judged(RUNS[0]) / "run.json").write_text("{")
    assert waiting(kept.reports.runs()) == []


@pytest.mark.parametrize("ruling", Ruling)
def test_run_waits_no_longer_once_it_is_decided_about(kept: Kept, ruling: Ruling) -> None:
    folder = kept.judged(RUNS[0])
    remarks = Remarks(folder)
    remarks.comment("a", "work-1", "Hm.", "Ada")
    assert waiting(kept.reports.runs())
    decision = remarks.decide(ruling, "So it is.", "Ada")
    assert waiting(kept.reports.runs()) == []
    assert [(each.run, each.decision, each.stale) for each in decided(kept.reports.runs())] == [(RUNS[0], decision, "")]


def test_run_waits_again_when_a_report_has_changed(kept: Kept) -> None:
    folder = kept.judged(RUNS[0])
    Remarks(folder).decide(Ruling.APPROVED, "Fine.", "Ada")
    (folder / "a.ipynb").write_text("{}")
    assert [record.run for record in waiting(kept.reports.runs())] == [RUNS[0]]
    assert [each.stale for each in decided(kept.reports.runs())] == ["a changed since"]


def test_decisions_come_newest_first(kept: Kept) -> None:
    first, second = kept.judged(RUNS[0]), kept.judged(RUNS[1])
    Remarks(second).decide(Ruling.APPROVED, "Fine.", "Ada")
    Remarks(first).decide(Ruling.REFUSED, "Leaks.", "Ada")
    assert [each.run for each in decided(kept.reports.runs())] == [RUNS[0], RUNS[1]]
