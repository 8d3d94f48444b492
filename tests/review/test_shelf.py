"""The shelf is derived from each run.json alone, and reads again only what is new."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.review.shelf import MEMORY, UNREADABLE, Metric, Shelf, metrics
from pipeline.runs.record import Git, RunRecord, ScrapRecord, StageRecord, Status

ESTIMATE = {"value": 0.74, "low": 0.71, "high": 0.76}


def keep(reports: Path, run: str, **facts: object) -> RunRecord:
    scrap = ScrapRecord(kind="literal", digest="d", size_bytes=1, inline=True, value={"roc_auc": ESTIMATE, "n": 3})
    stages = [StageRecord(name="judge", status=Status.SUCCEEDED, scraps={"metrics": scrap})]
    whole: dict[str, object] = {"started": "2026-01-01T00:00:00+00:00", "status": Status.SUCCEEDED, "stages": stages}
    record = RunRecord(run=run, **whole | facts)
    (reports / run).mkdir(parents=True)
    (reports / run / "run.json").write_bytes(record.as_json())
    return record


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    keep(tmp_path / "reports", "20260101T000000Z-00000a", by="ada", git=Git(commit="c0ffee", dirty="d"))
    version = {"name": "late", "version": 3}
    keep(tmp_path / "reports", "20260102T000000Z-00000b", model_version=version, verdict={"passed": True, "gates": []})
    return Shelf(tmp_path / "reports", tmp_path)


def test_runs_stand_newest_first_with_what_their_records_say(shelf: Shelf) -> None:
    newest, oldest = shelf.lines()
    assert (newest.run, newest.model, newest.version, newest.gates) == ("20260102T000000Z-00000b", "late", 3, "passed")
    assert (oldest.by, oldest.commit, oldest.dirty, oldest.gates) == ("ada", "c0ffee", True, "")
    assert oldest.metric == Metric(name="roc_auc", value=0.74, low=0.71, high=0.76)
    assert oldest.stages == (("judge", "succeeded"),)


@pytest.mark.parametrize("same", [True, False], ids=["in one process", "in the next"])
def test_run_that_went_on_is_read_again_and_others_are_not(shelf: Shelf, same: bool) -> None:  # noqa: FBT001 - a case
    first = shelf.lines()
    for line in first:
        path = shelf.reports / line.run / "run.json"
        known = path.stat()
        path.write_bytes(path.read_bytes().replace(b'"succeeded"', b'"cancelled"'))
        if line is first[0]:
            os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    again = shelf if same else Shelf(shelf.reports, shelf.state)
    assert [line.status for line in again.lines()] == ["succeeded", "cancelled"]


@pytest.mark.parametrize("damage", [None, "", "[]", '{"format": 0}'])
def test_memory_can_be_lost(shelf: Shelf, damage: str | None) -> None:
    before, memory = shelf.lines(), shelf.state / MEMORY
    memory.unlink() if damage is None else memory.write_text(damage)
    assert Shelf(shelf.reports, shelf.state).lines() == before
    assert len(json.loads(memory.read_text())["runs"]) == 2


def test_damaged_record_is_said_and_spoils_nothing(shelf: Shelf) -> None:
    (shelf.reports / "20260101T000000Z-00000a" / "run.json").write_text("{")
    assert [line.status for line in shelf.lines()] == ["succeeded", UNREADABLE]


def test_removed_run_leaves_the_shelf(shelf: Shelf) -> None:
    shelf.lines()
    (shelf.reports / "20260102T000000Z-00000b" / "run.json").unlink()
    assert [line.run for line in shelf.lines()] == ["20260101T000000Z-00000a"]


@pytest.mark.parametrize(
    "damage", [{"started": 5}, {"seconds": "x"}, {"model_version": "v3"}, {"verdict": []}, {"git": {"commit": None}}]
)
def test_record_of_other_types_is_said_and_spoils_nothing(shelf: Shelf, damage: dict[str, object]) -> None:
    path = shelf.reports / "20260101T000000Z-00000a" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    assert [line.status for line in shelf.lines()] == ["succeeded", UNREADABLE]


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        {"a": {"value": 1, "low": None, "high": 2}},
        {"a": 1},
        {"a": {"value": 1}},
        {"a": {"value": float("nan"), "low": 0, "high": 1}},
        {"a": {"value": "x", "low": 0, "high": 1}},
    ],
)
def test_what_is_no_estimate_is_no_metric(tmp_path: Path, value: object) -> None:
    record = keep(tmp_path, "20260101T000000Z-00000a")
    scrap = replace(record.stages[0].scraps["metrics"], value=value)
    assert [*metrics(replace(record, stages=[replace(record.stages[0], scraps={"metrics": scrap})]))] == []
