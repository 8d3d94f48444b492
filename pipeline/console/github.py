"""GitHub: lines that GitHub Actions shows on the page of a commit or pull request."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.console import words
from pipeline.past.excerpt import excerpt, without_colours
from pipeline.runs.record import BAD, RunRecord, StageRecord, Status

_IN_MESSAGES = "%\r\n"


def annotations(record: RunRecord, root: Path) -> Iterator[str]:
    """Yield an annotation for each stage that did not end well, at its notebook, and for a verdict that refused."""
    yield from (_of(stage, root) for stage in record.stages if stage.status in BAD)
    if record.status is Status.REFUSED:
        refused = [
            str(gate.get("message")) for gate in (record.verdict or {}).get("gates", []) if not gate.get("passed")
        ]
        yield _error({"title": words.judgement(record.verdict or {})}, "\n".join(refused) or "the verdict did not pass")


def _of(stage: StageRecord, root: Path) -> str:
    failure = stage.failure
    if failure is None:
        return _error({"title": f"{stage.name} {stage.status}"}, stage.reason)
    found = excerpt(root / stage.report, failure) if stage.report else None
    where = f" in cell {failure.cell} ({found.cell})" if found else ""
    file = {"file": found.notebook} if found and found.notebook else {}
    traceback = "\n".join(map(without_colours, found.traceback)) if found else ""
    message = f"{failure.name}: {failure.message}\n{traceback}".strip()
    return _error({**file, "title": f"{stage.name} {stage.status}{where}"}, message)


def _error(properties: dict[str, str], message: str) -> str:
    """Write a workflow command; what would end it or one of its values is escaped as GitHub asks."""
    written = ",".join(f"{name}={_escaped(value, _IN_MESSAGES + ':,')}" for name, value in properties.items())
    return f"::error {written}::{_escaped(message, _IN_MESSAGES)}"


def _escaped(text: str, characters: str) -> str:
    return "".join(f"%{ord(each):02X}" if each in characters else each for each in text)
