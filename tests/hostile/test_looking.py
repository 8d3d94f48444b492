"""Every odd table is read, or refused in words that name it: nothing in it is taken for code."""

import re
import tomllib
from pathlib import Path

import contents
import pytest
import shapes
from tables import Case

from pipeline.console import start
from pipeline.errors import PipelineError
from pipeline.start import founding, looks

CASES = (*shapes.CASES, *contents.CASES)
FOREIGN = r"Traceback|pandas|pyarrow|numpy|0x[0-9a-f]{6}"
CONTROLS = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]"


def refusal(case: Case, folder: Path) -> str:
    """What somebody is told who asks for a project of this table; empty where there is one."""
    said = {"source": looks.address(case.file), "target": case.target, **case.given}
    try:
        found = looks.look(said, folder=folder)
    except PipelineError as error:
        return str(error)
    start.looks(found)
    written = tomllib.loads(founding.Founding(folder=folder, looks=found).pyproject())
    assert written["tool"]["pipeline"]["data"] == found.data
    assert (folder / str(found.data["source"])).resolve() == Path(case.file).resolve()
    return ""


@pytest.mark.parametrize("case", CASES, ids=[ascii(case.name) for case in CASES])
def test_odd_table_is_looked_at_or_refused_in_clear_words(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / case.file).write_bytes(case.content)
    told = refusal(case, tmp_path / "new")
    assert bool(told) == bool(case.error), told or "it was read"
    assert re.search(case.error, told), told
    assert not re.search(FOREIGN, told)
    assert not re.search(CONTROLS, capsys.readouterr().out)
