"""The cell that failed is found in a report, with the end of its traceback."""

import json
from pathlib import Path

import pytest
from projects import cell, document

from pipeline.past.excerpt import SOURCE_LINES, TRACEBACK_LINES, excerpt, shortened, without_colours
from pipeline.past.lookup import PastRun
from pipeline.runs.record import Failure

FIRST = Failure(cell=1, name="E", message="")


def report(folder: Path, **outputs: object) -> Path:
    failed = cell("code", "fit", "fit()") | {
        "outputs": [{"output_type": "error", "ename": "E", "evalue": ""} | outputs]
    }
    (folder / "a.ipynb").write_text(json.dumps(document([cell("markdown", "stagebook-banner", "!"), failed])))
    return folder / "a.ipynb"


@pytest.mark.kernel
def test_excerpt_has_the_cell_that_failed_below_the_notice(past: PastRun) -> None:
    stage = past.stage("train")
    found = excerpt(past.report(stage), stage.failure)
    assert (found.cell, found.notebook) == ("work-2", "notebooks/train.ipynb")
    assert found.source == ["def fit(rows):", "    raise KeyError('price')", "", "", "fit(total)"]
    assert without_colours(found.traceback[-1]) == "KeyError: 'price'"


def test_only_the_end_of_a_traceback_is_taken(tmp_path: Path) -> None:
    path = report(tmp_path, traceback=["\n".join(f"{number}" for number in range(30)), "last"])
    assert excerpt(path, FIRST).traceback == [*map(str, range(11, 30)), "last"]
    assert len(excerpt(path, FIRST).traceback) == TRACEBACK_LINES


def test_middle_of_a_long_cell_is_left_out() -> None:
    lines = shortened("\n".join(map(str, range(100))))
    assert len(lines) == SOURCE_LINES + 1
    assert lines[5:8] == ["5", "... 88 more lines", "94"]


@pytest.mark.parametrize("number", [0, 9])
def test_no_excerpt_where_no_cell_failed(tmp_path: Path, number: int) -> None:
    assert excerpt(report(tmp_path), Failure(cell=number, name="E", message="")) is None


def test_no_excerpt_of_a_damaged_report(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{")
    assert excerpt(tmp_path / "a.ipynb", FIRST) is None


def test_colours_and_carriage_returns_are_taken_away() -> None:
    assert without_colours("\x1b[0;31mred\x1b[0m\r\x1b]x") == "red\x1b]x"
