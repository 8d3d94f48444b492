import sys

import pytest
from pasts import code
from projects import cell, document

from pipeline.errors import UsageError
from pipeline.review.changes import Change
from pipeline.review.code import CellChange, cells

LONG = "\n".join(f"line_{number} = {number}" for number in range(20))


def changed(before: list[dict], after: list[dict]) -> dict[str, CellChange]:
    return {each.id: each for each in cells(document(before), document(after))}


def marked(found: CellChange) -> list[str]:
    return [f"{line.mark}{line.text}" for line in found.lines]


def test_changed_line_stands_between_the_lines_around_it() -> None:
    found = changed([code("fit", LONG)], [code("fit", LONG.replace("= 9\n", "= 900\n"))])["fit"]
    assert found.change is Change.CHANGED
    assert marked(found)[2:5] == [" line_8 = 8", "-line_9 = 9", "+line_9 = 900"]
    assert (len(found.lines), found.count("+"), found.count("-")) == (8, 1, 1)


def test_lines_left_out_between_two_changes_are_marked() -> None:
    now = LONG.replace("line_0 ", "first ").replace("line_19", "last")
    assert "@" in marked(changed([code("fit", LONG)], [code("fit", now)])["fit"])


def test_cell_that_came_or_went_is_named_with_its_lines() -> None:
    before = [code("load", "rows = 1"), code("old", "import this\nold()")]
    found = changed(before, [code("new", "something(entirely=different)"), code("load", "rows = 1")])
    assert {name: (each.change, marked(each)) for name, each in found.items()} == {
        "new": (Change.ADDED, ["+something(entirely=different)"]),
        "old": (Change.REMOVED, ["-import this", "-old()"]),
    }


def test_cell_written_anew_under_its_name_is_changed() -> None:
    found = changed([code("fit", "alpha(1)")], [code("fit", "while True:\n    zebra = {}\n    break")])
    assert found["fit"].change is Change.CHANGED


def test_cells_after_one_that_came_are_paired_with_themselves() -> None:
    before = [code("a", "aaa = 1"), code("b", f"{LONG}\nb = 1")]
    after = [code("a", "aaa = 1"), code("new", "zzz()"), code("b", f"{LONG}\nb = 2")]
    found = changed(before, after)
    assert list(found) == ["new", "b"]
    assert (found["b"].count("+"), found["b"].count("-")) == (1, 1)


def test_cell_that_only_stands_elsewhere_was_moved() -> None:
    first, second, third = code("a", "one = 1"), code("b", "import os\nos.getcwd()"), code("c", "print('three')")
    found = changed([first, second, third], [second, third, first])
    assert {name: each.change for name, each in found.items()} == {"a": Change.MOVED}
    assert found["a"].lines == ()


def test_prose_outputs_injected_parameters_and_names_of_cells_are_no_code() -> None:
    before = [cell("markdown", "title", "# A"), code("params", "x = 1", "injected-parameters"), code("fit", "f()")]
    shown = code("train", "f()") | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]}
    after = [cell("markdown", "title", "# B"), code("params", "x = 2", "injected-parameters"), shown]
    assert changed(before, after) == {}


def test_missing_nbdime_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nbdime", None)
    with pytest.raises(UsageError, match=r"nbdime, which is not installed.*stagebook\[review\]"):
        cells(document([code("a", "1")]), document([code("a", "2")]))
