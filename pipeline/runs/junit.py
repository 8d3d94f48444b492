"""JUnit: a run in the form in which CI systems read results: one test case for each stage."""

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pipeline.runs.record import RunRecord, StageRecord, Status, said

VERDICT = "verdict"
_NOT_RUN = {Status.SKIPPED, Status.CANCELLED, Status.PENDING}
_ERRORS = {Status.DIED, Status.TIMED_OUT}
_FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML 1.0 cannot hold


def render(record: RunRecord) -> bytes:
    """Write a run as the bytes of a JUnit file.

    What a stage raised is a failure, a kernel that died or took too long an error; a stage whose verdict refused has
    failed too.
    """
    cases = [_case(record, stage) for stage in record.stages]
    suite = Element("testsuite", _attributes(record.run, record.seconds, cases), timestamp=record.started)
    properties = SubElement(suite, "properties")
    for name, value in {"status": record.status, "commit": record.git.commit, "python": record.python}.items():
        SubElement(properties, "property", name=name, value=_text(value))
    suite.extend(cases)
    whole = Element("testsuites", _attributes("pipeline", record.seconds, cases))
    whole.append(suite)
    indent(whole)
    written: bytes = tostring(whole, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _attributes(name: str, seconds: float, cases: list[Element]) -> dict[str, str]:
    counts = {each: sum(case.find(each) is not None for case in cases) for each in ("failure", "error", "skipped")}
    return {
        "name": name,
        "tests": str(len(cases)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
        "time": f"{seconds:.3f}",
    }


def _case(record: RunRecord, stage: StageRecord) -> Element:
    # A reused stage took its time in another run.
    seconds = 0.0 if stage.status is Status.REUSED else stage.seconds
    case = Element("testcase", classname="pipeline", name=stage.name, time=f"{seconds:.3f}")
    if stage.report:
        case.set("file", stage.report)
    if stage.status in _NOT_RUN:
        SubElement(case, "skipped", message=_text(f"{stage.status}: {stage.reason}"))
    elif stage.failure is not None:
        where = f"{stage.status} in cell {stage.failure.cell}" if stage.failure.cell else str(stage.status)
        kind = "error" if stage.status in _ERRORS else "failure"
        found = SubElement(case, kind, type=_text(stage.failure.name), message=_text(stage.failure.message))
        found.text = _text(f"{where}: {stage.failure.name}: {stage.failure.message}\n{stage.report}")
    elif record.status is Status.REFUSED and VERDICT in stage.scraps:
        SubElement(case, "failure", type="refused", message="the gates refused").text = _gates(record.verdict or {})
    return case


def _gates(verdict: dict[str, Any]) -> str:
    lines = [
        f"{'passed' if gate.get('passed') else said(gate).upper()} {gate.get('message')}"
        for gate in verdict.get("gates", [])
    ]
    return _text("\n".join([*lines, *filter(None, [verdict.get("problem")])]))


def _text(value: str) -> str:
    return _FORBIDDEN.sub("?", str(value))
