"""The notebook that trains, run on small tables of each task."""

from pathlib import Path
from typing import Any

import learned
import numpy as np
import pandas as pd
import pytest
from learning.tables import GOALS, ROWS, features, target
from projects import Project
from sklearn.datasets import load_diabetes, load_wine

from pipeline.goal import Goal, Task
from pipeline.runs.record import read_run

pytestmark = pytest.mark.scenario
SEARCH = "[tool.pipeline.learning]\ntrials = 2\n"


def scraps(project: Project) -> dict[str, Any]:
    done = project.command("run", "train")
    assert done.returncode == 0, done.stdout + done.stderr
    stages = {stage.name: stage for stage in read_run(project.root / "reports/latest/run.json").stages}
    return {name: scrap.value for name, scrap in stages["train"].scraps.items()}


def test_numbers_get_an_interval_and_no_threshold(tmp_path: Path) -> None:
    table = load_diabetes(as_frame=True).frame.sample(frac=1, random_state=0)
    found = scraps(learned.project(tmp_path, table, GOALS["regression"], SEARCH))
    assert found["cv_score"]["metric"] == "rmse"
    assert 50 < found["cv_score"]["mean"] < 65  # published: 54 to 60
    assert found["interval"]["level"] == 0.9
    assert 60 < found["interval"]["half_width"] < 130
    assert (found["threshold"], found["thresholds"]) == (None, {})


def test_several_classes_get_probabilities_and_no_threshold(tmp_path: Path) -> None:
    table = load_wine(as_frame=True).frame.sample(frac=1, random_state=0)
    goal = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
    found = scraps(learned.project(tmp_path, table, goal, SEARCH))
    assert found["cv_score"]["metric"] == "log_loss"
    assert found["cv_score"]["mean"] < 0.3
    assert (found["threshold"], found["interval"]) == (None, None)


def test_two_classes_are_told_by_a_class_of_another_library_with_weights_groups_and_costs(tmp_path: Path) -> None:
    table = features().assign(person=np.arange(ROWS) // 4, count=1.0 + np.arange(ROWS) % 2)
    table["target"] = target("binary", table)
    settings = (
        "[tool.pipeline.learning]\nlearner = 'xgboost.XGBClassifier'\ntrials = 2\nparameters = { max_depth = 3 }\n"
    )
    costs = "[tool.pipeline.evaluation]\ncosts = { false_positive = 1, false_negative = 9 }\n"
    made = learned.project(tmp_path, table, GOALS["binary"], settings + costs, groups="person", weight="count")
    found = scraps(made)
    assert found["learner"] == "xgboost.XGBClassifier"
    assert found["best_params"]["max_depth"] == 3
    assert found["cv_score"]["mean"] > 0.65
    assert found["threshold"] < 0.3
    assert list((tmp_path / ".pipeline" / "searches").glob("*.jsonl"))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("learner = 'bosting'", "`learner` in [tool.pipeline.learning] is 'bosting': did you mean 'boosting'?"),
        ("learner = 'catboots.CatBoostClassifier'", "'catboots' is not installed"),
        ("calibration = 'platt'", "calibration"),
        ("trials = 0", "trials"),
    ],
)
def test_a_wrong_setting_is_refused_before_a_kernel_starts(settings: str, says: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "target": [0, 1]})
    project = learned.project(tmp_path, table, GOALS["binary"], f"[tool.pipeline.learning]\n{settings}\n")
    done = project.command("run", "train")
    assert done.returncode == 2
    assert says in " ".join((done.stdout + done.stderr).split())
    assert not list(tmp_path.glob("reports/2*/train.ipynb"))
