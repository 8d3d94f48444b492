"""CI systems read from a run's JUnit file what became of each stage."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pipeline.runs import junit
from pipeline.runs.record import Failure, RunRecord, ScrapRecord, StageRecord, Status

FAILURE = Failure(cell=6, name="KeyError", message="'price' <&> \x1b[31m\x00")


def render(*stages: StageRecord, **rest: object) -> ET.Element:
    record = RunRecord(run="r", started="2026-01-01T00:00:00+00:00", seconds=2.5, stages=list(stages), **rest)
    return ET.fromstring(junit.render(record))  # noqa: S314 - our own words


def test_each_stage_is_a_test_case_with_its_seconds() -> None:
    found = render(
        StageRecord(name="a", status=Status.SUCCEEDED, seconds=1.25, report="reports/r/a.ipynb"),
        StageRecord(name="b", status=Status.REUSED, seconds=9.0),
    )
    cases = found.findall(".//testcase")
    assert [(case.get("name"), case.get("time"), len(case)) for case in cases] == [("a", "1.250", 0), ("b", "0.000", 0)]
    assert cases[0].get("file") == "reports/r/a.ipynb"
    assert {name: found.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "0",
        "errors": "0",
        "skipped": "0",
    }


@pytest.mark.parametrize(
    ("status", "kind", "count"),
    [(Status.FAILED, "failure", "failures"), (Status.DIED, "error", "errors"), (Status.TIMED_OUT, "error", "errors")],
)
def test_bad_ending_is_told_with_its_cell(status: Status, kind: str, count: str) -> None:
    found = render(StageRecord(name="a", status=status, failure=FAILURE, report="reports/r/a.ipynb"))
    case = found.find(f".//{kind}")
    assert case.get("type") == "KeyError"
    assert case.get("message") == "'price' <&> ?[31m?"
    assert case.text.startswith(f"{status} in cell 6: KeyError")
    assert found.get(count) == "1"


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.CANCELLED, Status.PENDING])
def test_stage_that_did_not_run_is_skipped(status: Status) -> None:
    found = render(StageRecord(name="a", status=status, reason="b did not succeed"))
    assert found.find(".//skipped").get("message") == f"{status}: b did not succeed"
    assert found.get("skipped") == "1"


def test_refused_verdict_is_a_failure_of_the_stage_that_gave_it() -> None:
    stages = [
        StageRecord(name="a", status=Status.SUCCEEDED),
        StageRecord(
            name="b",
            status=Status.SUCCEEDED,
            scraps={"verdict": ScrapRecord(kind="literal", digest="d", size_bytes=1)},
        ),
    ]
    unsure = {"passed": False, "outcome": "inconclusive", "message": "too few rows"}
    verdict = {"passed": False, "gates": [{"passed": False, "message": "0.5 < 0.6"}, unsure], "problem": "odd"}
    found = render(*stages, status=Status.REFUSED, verdict=verdict)
    assert [len(case) for case in found.findall(".//testcase")] == [0, 1]
    assert found.find(".//failure").text == "REFUSED 0.5 < 0.6\nINCONCLUSIVE too few rows\nodd"


def test_file_is_whole_xml(tmp_path: Path) -> None:
    record = RunRecord(run="r", started="now", stages=[StageRecord(name="a", status=Status.FAILED, failure=FAILURE)])
    (tmp_path / "junit.xml").write_bytes(junit.render(record))
    assert (tmp_path / "junit.xml").read_bytes().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert ET.parse(tmp_path / "junit.xml").getroot().tag == "testsuites"  # noqa: S314 - our own words
