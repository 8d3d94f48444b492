import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
Module = Callable[[str], ModuleType]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Module:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "bench"))
    return importlib.import_module


@pytest.fixture
def shifts(bench: Module, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The worlds of the trial, with fewer columns and windows."""
    found = bench("shifts")
    for name, fewer in {"COLUMNS": 21, "WINDOWS": 60, "ONSET": 5}.items():
        monkeypatch.setattr(found, name, fewer)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("rows", [300, 1_000, 1_000_000])
def test_nothing_is_found_without_drift_and_shifts_are_found_soon(shifts: ModuleType, rows: int) -> None:
    for outcome in shifts.tried(shifts.World(rows), range(3)):
        assert outcome["none"].found == 0
        assert outcome["by 1"].share == 1
        assert set(outcome["by 1"].delays) == {0}
        slow = outcome["by 1, growing over 50 windows"]
        assert 3 <= min(slow.delays) <= max(slow.delays) <= 35
        assert outcome["by 0.4"].false == 0


@pytest.mark.slow
def test_days_that_share_luck_are_no_drift(shifts: ModuleType) -> None:
    found = shifts.tried(shifts.World(2_100, days=True), range(4))
    assert sum(outcome["none"].found > 0 for outcome in found) == 0


@pytest.mark.slow
def test_columns_of_the_trial_are_counted_as_their_rows_would_be(shifts: ModuleType) -> None:
    world, draw = shifts.World(200_000), np.random.default_rng(0)
    reference = world.usual(draw)
    for name, column in zip(shifts.KINDS, reference.columns.values(), strict=False):
        kind = shifts.Kind(name)
        shift = np.full(world.rows, 0.5)
        real = column.bins(column.form.tally(kind.values(draw, shift))) / world.rows
        assert real == pytest.approx(kind.shares(column, shift[:1])[0], abs=0.005)


def test_table_of_the_trial_counts_what_was_found(bench: Module) -> None:
    drifting = bench("drifting")
    right = drifting.Outcome(found=200, false=0, share=1.0, delays=(0.0, 0.0, 3.0))
    never = drifting.Outcome(found=4, false=4, share=0.0, delays=(np.inf, np.inf, np.inf))
    none = drifting.Outcome(found=0, false=0)
    some = {"none": none, **dict.fromkeys(drifting.TRIALS, right), "by 0.4": never}
    found = drifting.table({drifting.World(1_000): 19 * [some] + [{**some, "none": never}]})
    row = next(line for line in found.splitlines() if line.startswith("| 1,000"))
    assert row.startswith("| 1,000 | row | 20 | 5.0% | 25.00% | 0.0%; never, never | 100.0%; 0, 3 | ")
    assert "Over all 20 they were 5.0% (0.1% to 24.9%)" in found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--share", "0"), "--share is 0: give a number above 0, at most 1"),
        (("--only", "all"), "there is no part all: choose from chance, speed, wide"),
        (("--rounds", "0"), "--rounds is 0: give 1 or more"),
    ],
)
def test_trial_refuses_what_means_nothing(wrong: tuple[str, ...], said: str) -> None:
    command = [sys.executable, ROOT / "tests/bench", "drift", *wrong]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.slow
def test_wide_tables_are_counted_in_memory_that_does_not_grow(bench: Module) -> None:
    found = bench("watching").wide(rows=60_000, columns=20, usual=2_000, block=3_000)
    row = next(line for line in found.splitlines() if line.startswith("| 60,000"))
    peak, early = (float(cell) for cell in row.strip("| ").split(" | ")[-2:])
    assert peak < early + 30


def test_readme_has_a_place_for_each_part(bench: Module) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for place in (bench("drifting").PLACE, "drift speed", "drift wide"):
        assert f"<!-- {place}: begin -->" in readme
        assert f"<!-- {place}: end -->" in readme
