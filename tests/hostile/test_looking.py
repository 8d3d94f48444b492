"""Every odd table is read, or refused in words that name it: nothing of a library's is shown, nothing is taken for code."""

import re
import tomllib
from pathlib import Path

import pytest
from tables import CASES, Case

from pipeline.console import start
from pipeline.errors import PipelineError
from pipeline.start import founding, looks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.encode("ascii", "backslashreplace").decode())
def test_odd_table_is_looked_at_or_refused_in_clear_words(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / case.file).write_bytes(case.content)
    folder = tmp_path / "new"
    try:
        found = looks.look({"source": looks.address(case.file), "target": case.target, **case.given}, folder=folder)
    except PipelineError as error:
        assert case.error, f"refused: {error}"
        assert re.search(case.error, str(error)), str(error)
        assert not re.search(r"Traceback|pandas|pyarrow|numpy|0x[0-9a-f]{6}", str(error))
        return
    assert not case.error, f"read: {found}"
    start.looks(found)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", capsys.readouterr().out)
    written = tomllib.loads(founding.Founding(folder=folder, looks=found).pyproject())
    assert written["tool"]["pipeline"]["data"] == found.data
    assert (folder / found.data["source"]).resolve() == tmp_path / case.file
