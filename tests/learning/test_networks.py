"""The learners whose libraries are gigabytes: `nox -s tests_torch` makes an environment that has them."""

from importlib.util import find_spec
from pathlib import Path

import learned
import numpy as np
import pandas as pd
import pytest
from learning.tables import GOALS, features, target

from pipeline.errors import SettingsError
from pipeline.learning.learners import choose, fit, predict
from pipeline.runs.record import read_run
from pipeline.store.estimators import dump_estimator, load_estimator

FRAME = features()
SMALL = {"epochs": 8, "hidden": 16}
there = {"torch": find_spec("torch") and find_spec("skorch"), "keras": find_spec("torch") and find_spec("keras")}
NAMES = [
    pytest.param(name, marks=pytest.mark.skipif(not found, reason=f"no {name}: `nox -s tests_torch` has it"))
    for name, found in there.items()
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("task", GOALS)
def test_network_learns_and_is_kept_as_arrays_to_the_last_bit(name: str, task: str) -> None:
    goal, truth = GOALS[task], target(task, FRAME)
    weight = np.linspace(0.5, 1.5, len(FRAME))
    first, second = (
        fit(choose(name, FRAME, goal, params=SMALL).make(FRAME), FRAME, truth, goal, weight) for _ in range(2)
    )
    said = predict(first, FRAME, goal)
    good = said[np.arange(len(truth)), truth].mean() if task == "multiclass" else np.corrcoef(said, truth)[0, 1]
    assert good > 0.4
    archive = dump_estimator(first)
    assert archive == dump_estimator(second)
    assert np.array_equal(predict(load_estimator(archive), FRAME, goal), said)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.scenario
def test_network_is_searched_and_trained_in_a_run(name: str, tmp_path: Path) -> None:
    settings = f"[tool.pipeline.learning]\nlearner = '{name}'\ntrials = 2\nparameters = {{ epochs = 5 }}\n"
    table = pd.concat([FRAME, target("multiclass", FRAME).rename("target")], axis=1)
    project = learned.project(tmp_path, table, GOALS["multiclass"], settings)
    done = project.command("run", "train")
    assert done.returncode == 0, done.stdout + done.stderr
    stages = {stage.name: stage for stage in read_run(tmp_path / "reports/latest/run.json").stages}
    scraps = stages["train"].scraps
    assert scraps["learner"].value == name
    assert scraps["cv_score"].value["metric"] == "log_loss"
    assert scraps["cv_score"].value["mean"] < scraps["baselines"].value["dummy"]["mean"]


@pytest.mark.parametrize("name", [name for name, found in there.items() if not found])
def test_network_says_what_to_install_when_its_library_is_missing(name: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"the learner '{name}' needs a library .*pip install 'stagebook\[{name}\]'"
    ):
        choose(name, FRAME, GOALS["binary"])
