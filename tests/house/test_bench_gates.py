import importlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.models.evidence import Said

ROOT = Path(__file__).resolve().parents[2]
Module = Callable[[str], ModuleType]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Module:
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "bench"))
    return importlib.import_module


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [False, True])
def test_gates_rarely_promote_what_they_should_not(bench: Module, clustered: object) -> None:
    chance = bench("chance")
    found = chance.tried(chance.World(rows=600, clustered=clustered), range(60), resamples=100)
    passed = {name: counted[Said.PASSED] for name, counted in found.items()}
    assert passed["as good, margin 0"] <= 4  # 2.5 % of 60 are 1.5
    assert passed["worse by the margin"] <= 4
    assert passed["worse by 0.03"] == 0
    assert found["worse by 0.03"][Said.REFUSED] > found["better by 0.02"][Said.REFUSED]
    assert passed["better by 0.02"] > passed["as good"]


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [False, True])
def test_models_of_the_trial_are_as_good_as_it_says(bench: Module, clustered: object) -> None:
    world = bench("chance").World(rows=10_000, clustered=clustered)
    aucs = [[roc_auc_score(target, each) for each in said.values()] for target, said in map(world.table, range(30))]
    # the champion's, and those of the challengers by their gain
    assert np.mean(aucs, axis=0) == pytest.approx([0.75, 0.72, 0.74, 0.75, 0.77], abs=0.004)


def test_table_of_the_trial_counts_what_passed_and_was_refused(bench: Module) -> None:
    gates = bench("gates")
    counted = {name: Counter({Said.PASSED: 1, Said.REFUSED: 2, Said.INCONCLUSIVE: 17}) for name in gates.TRIALS}
    found = gates.table({(1000, False): counted, (1000, True): counted})
    row, other = (line for line in found.splitlines() if line.startswith("| 1,000"))
    assert row == "| 1,000 | row | 20 | 5.0 % | 5.0 % | 5.0 % / 10.0 % | 5.0 % / 10.0 % | 5.0 % / 10.0 % |"
    assert other.startswith("| 1,000 | day | 20 |")
    assert "Over all 40 tables they were 5.0 % (0.6 to 16.9 %) and 5.0 % (" in found


def test_trial_refuses_a_share_that_means_nothing() -> None:
    command = [sys.executable, ROOT / "tests/bench", "gates", "--share", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--share is 0: give a number above 0, at most 1" in done.stderr


def test_readme_has_a_place_for_the_trial(bench: Module) -> None:
    place = bench("gates").PLACE
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<!-- {place}: begin -->" in readme
    assert f"<!-- {place}: end -->" in readme
