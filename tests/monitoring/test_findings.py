"""Findings: they come back from JSON as they were."""

import json

import pytest

from pipeline.errors import DataError
from pipeline.monitoring import findings
from pipeline.monitoring.findings import Finding, Kind, Outcome, Severity, Window


def _finding(**changed: object) -> Finding:
    known: dict[str, object] = {
        "kind": Kind.INPUT,
        "subject": "age",
        "window": "2026-02",
        "windows": ("2026-01", "2026-02"),
        "size": 0.31,
        "unit": "psi",
        "threshold": 0.25,
        "severity": Severity.CRITICAL,
        "message": "age moved",
        "version": 3,
        "reports": {"train": "reports/a/train.ipynb"},
        "rows": ({"age": 4.0, "name": None},),
        "rank": 1,
    }
    return Finding.model_validate(known | changed)


def test_outcome_comes_back_equal_from_json() -> None:
    told = Outcome(
        model="m",
        version=3,
        source="traffic",
        windows=(Window(name="2026-02", rows=10, labelled=4, is_mature=True),),
        findings=(_finding(),),
        unknown=("too few labels",),
    )

    assert findings.outcome(json.loads(json.dumps(told.as_dict()))) == told


@pytest.mark.parametrize(
    ("changed", "alarms"), [({}, 1), ({"severity": "warning"}, 0), ({"stands": False}, 0)], ids=["bad", "mild", "over"]
)
def test_outcome_alarms_only_of_critical_findings_that_stand(changed: dict[str, object], alarms: int) -> None:
    assert len(Outcome(findings=(_finding(**changed),)).alarms) == alarms


def test_finding_keeps_its_name_when_it_grows() -> None:
    assert _finding().name == _finding(size=0.9, window="2026-03").name == "input:age"


@pytest.mark.parametrize("found", [None, {"findings": [{"kind": "mood"}]}, {"alarms": []}])
def test_outcome_refuses_what_is_none(found: object) -> None:
    with pytest.raises(DataError, match="no outcome of a watch"):
        findings.outcome(found)
