import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.models.trials import Mode
from pipeline.serving.evidence import Check

ROOT = Path(__file__).resolve().parents[2]
Module = Callable[[str], ModuleType]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Module:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "bench"))
    return importlib.import_module


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "share"), [(Mode.CANARY, 0.1), (Mode.CANARY, 0.5), (Mode.SHADOW, 1.0)])
def test_trials_rarely_end_where_they_should_not(bench: Module, mode: Mode, share: float) -> None:
    tried = bench("tried")
    world = tried.World(mode, share, 1200)
    ended = [each for kind in ("as good", "at the margins") for each in tried.tried(world, kind, range(30)) if each.why]
    assert len(ended) <= 3  # of 60, at most 5 %


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "check", "requests"),
    [
        ("fails at 20 %", Check.ERRORS, 300),
        ("slow 5 times as often", Check.LATENCY, 2500),
        ("squared error 50 % more", Check.OUTCOMES, 1500),
    ],
)
def test_trials_end_themselves_soon_for_the_right_reason(bench: Module, kind: str, check: Check, requests: int) -> None:
    tried = bench("tried")
    found = tried.tried(tried.World(Mode.CANARY, 0.5, requests), kind, range(20))
    assert [each.why for each in found].count((check,)) >= 18


@pytest.mark.slow
def test_challenger_that_is_as_good_may_be_called_so_in_the_end(bench: Module) -> None:
    tried = bench("tried")
    found = tried.tried(tried.World(Mode.CANARY, 0.5, 10_000), "as good", range(5))
    assert any(each.good for each in found)


def test_table_of_trials_counts_how_they_ended(bench: Module) -> None:
    trials = bench("trials")
    ended = bench("tried").Ended
    some = [ended(300, (Check.ERRORS,), good=False), ended(10_000, (), good=True), ended(10_000, (), good=False)]
    found = trials.table({(kind, name): some for kind in trials.KINDS for name in trials.WORLDS})
    row = next(line for line in found.splitlines() if line.startswith("| as good"))
    assert row == "| as good |" + " 33% after 300 (33%) |" * 3
    assert "Of the 18 trials in the first two\nrows 33.3% (13.3% to 59.0%) ended" in found


def test_trials_are_refused_when_their_number_means_nothing() -> None:
    command = [sys.executable, ROOT / "tests/bench", "trials", "--trials", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--trials is 0: give 1 or more" in done.stderr


def test_readme_has_a_place_for_the_trials(bench: Module) -> None:
    place = bench("trials").PLACE
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<!-- {place}: begin -->" in readme
    assert f"<!-- {place}: end -->" in readme
