import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from pipeline.goal import Goal, Task
from pipeline.learning.assessment.importance import FEATURES, importance

ROWS = 800


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(ROWS, 4)), columns=["strong", "weak", "none", "idle"])
    return frame.assign(y=3 * frame["strong"] + frame["weak"] + generator.normal(size=ROWS))


def test_features_are_worth_what_the_headline_loses_without_them(table: pd.DataFrame) -> None:
    features = table.drop(columns="y")
    model = LinearRegression().fit(features, table["y"])
    found = importance(model, features, table["y"], Goal(task=Task.REGRESSION)).set_index("feature")
    assert list(found.index[:2]) == ["strong", "weak"]
    assert found.loc["strong", "low"] > 2 * found.loc["weak", "high"] > 0
    assert found.loc["none", "low"] < 0.02
    assert (found["low"] <= found["value"]).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_looked_at_by_their_headline(table: pd.DataFrame, classes: int) -> None:
    features = table.drop(columns="y")
    target = pd.Series(pd.qcut(table["y"], classes, labels=False))
    goal = Goal(task=Task.BINARY if classes == 2 else Task.MULTICLASS, classes=tuple(range(classes)))
    found = importance(LogisticRegression().fit(features, target), features, target, goal)
    assert found["feature"].iloc[0] == "strong"
    assert 0.1 < found["value"].iloc[0] < 1


def test_importance_is_the_same_to_the_last_digit_with_one_seed(table: pd.DataFrame) -> None:
    features = table.drop(columns="y")
    model, goal = LinearRegression().fit(features, table["y"]), Goal(task=Task.REGRESSION)
    first, again, other = (importance(model, features, table["y"], goal, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert not first.equals(other)


def test_of_many_features_those_are_tried_that_go_with_what_is_predicted(table: pd.DataFrame) -> None:
    noise = np.random.default_rng(1).normal(size=(ROWS, FEATURES + 20))
    features = pd.concat([pd.DataFrame(noise).add_prefix("n"), table.drop(columns="y")], axis=1)
    features["word"] = np.where(features["strong"] > 0, "up", "down")
    numbers = features.drop(columns="word")
    model = LinearRegression().fit(numbers, table["y"])
    found = importance(_Numbers(model, list(numbers)), features, table["y"], Goal(task=Task.REGRESSION))
    assert len(found) == FEATURES
    assert found["feature"].iloc[0] == "strong"


class _Numbers:
    """A model that leaves words aside."""

    def __init__(self, model: LinearRegression, names: list[str]) -> None:
        self.model, self.names = model, names

    def fit(self) -> None: ...

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        return self.model.predict(rows[self.names])
