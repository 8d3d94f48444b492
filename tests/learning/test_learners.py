import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from learning.tables import GOALS, ROWS, features, target
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pipeline.errors import DataError, SettingsError
from pipeline.goal import Goal, Task
from pipeline.learning import learners
from pipeline.learning.learners import both_classes, checked, choose, fit, predict
from pipeline.store.estimators import dump_estimator, load_estimator

SMALL: dict[str, dict[str, Any]] = {
    "boosting": {"max_iter": 10, "max_leaf_nodes": 5},
    "forest": {"n_estimators": 5},
    "xgboost": {"n_estimators": 10},
    "lightgbm": {"n_estimators": 10},
}
FOREIGN = {"classes": ["xgboost.XGBClassifier", "lightgbm.LGBMClassifier"]}
FOREIGN["numbers"] = [name.replace("Classifier", "Regressor") for name in FOREIGN["classes"]]
OWN = ["dummy", "linear", "boosting", "forest"]
CASES = [(task, name) for task in GOALS for name in OWN + FOREIGN["numbers" if task == "regression" else "classes"]]
LEARNERS = pytest.mark.parametrize(("task", "name"), CASES)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return features()


def make(task: str, name: str, frame: pd.DataFrame) -> Pipeline:
    return choose(name, frame, GOALS[task], params=SMALL.get(name.partition(".")[0])).make(frame)


def fitted(task: str, name: str, frame: pd.DataFrame) -> Pipeline:
    return fit(make(task, name, frame), frame, target(task, frame), GOALS[task])


@LEARNERS
def test_learner_tells_rows_apart_in_the_form_that_the_goal_asks_for(task: str, name: str, frame: pd.DataFrame) -> None:
    goal, truth = GOALS[task], target(task, frame)
    found = predict(fitted(task, name, frame), frame, goal)
    assert found.shape == ((ROWS, 3) if task == "multiclass" else (ROWS,))
    good = found[np.arange(ROWS), truth].mean() if task == "multiclass" else np.cov(found, truth)[0, 1]
    base = truth.value_counts(normalize=True).pow(2).sum() if task == "multiclass" else 0.0
    assert good == pytest.approx(base) if name == "dummy" else good > base + 0.02
    assert task == "regression" or (found.min() >= 0 and found.max() <= 1)


@pytest.mark.slow
@LEARNERS
def test_learner_is_kept_without_a_pickle_and_is_the_same_to_the_last_bit_when_fitted_again(
    task: str, name: str, frame: pd.DataFrame
) -> None:
    model = fitted(task, name, frame)
    archive = dump_estimator(model)
    loaded = load_estimator(archive)
    assert np.array_equal(predict(loaded, frame, GOALS[task]), predict(model, frame, GOALS[task]))
    assert dump_estimator(loaded) == archive == dump_estimator(fitted(task, name, frame))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*OWN, *FOREIGN["classes"]])
def test_learner_predicts_one_row_as_among_many_whatever_its_dtypes(name: str, frame: pd.DataFrame) -> None:
    model, rows = fitted("binary", name, frame), frame.head(15)
    together = predict(model, rows, GOALS["binary"])
    plain = rows.astype(object).where(rows.notna(), None)
    for place in range(len(rows)):
        alone = pd.DataFrame([plain.iloc[place].to_dict()])
        assert predict(model, alone, GOALS["binary"])[0] == pytest.approx(together[place], abs=1e-9)


@pytest.mark.parametrize("name", [*OWN, *FOREIGN["classes"]])
def test_learner_predicts_when_words_are_new_and_values_are_missing(name: str, frame: pd.DataFrame) -> None:
    model = fitted("binary", name, frame)
    strange = frame.head(3).assign(
        text="never seen", kind=[None, "never seen", "a"], code="new", number=np.nan, extra=1
    )
    assert np.isfinite(predict(model, strange, GOALS["binary"])).all()
    assert np.isfinite(predict(model, strange.assign(text=np.nan, said=None, flag=None), GOALS["binary"])).all()


def test_boosting_does_not_depend_on_the_number_of_threads(frame: pd.DataFrame) -> None:
    found = []
    for threads in (1, 2, 3):
        with threadpool_limits(limits=threads):
            model = make("binary", "boosting", frame).fit(frame, target("binary", frame))
            found.append(model.predict_proba(frame))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


@pytest.mark.parametrize("rows", [0, 50, 400, 1_000, 10_000, 1_000_000])
@pytest.mark.parametrize("name", ["linear", "boosting", "forest", "xgboost.XGBClassifier", "torch"])
def test_defaults_lie_within_the_space_that_is_searched(name: str, rows: int) -> None:
    learner, goal = learners.find(name), GOALS["binary"]
    defaults, space = learner.defaults(rows, goal), learner.space(rows, goal)
    assert defaults.keys() == space.keys()
    assert all(space[each].low <= value <= space[each].high for each, value in defaults.items())


def test_choose_searches_only_what_nobody_wrote(frame: pd.DataFrame) -> None:
    found = choose("boosting", frame, GOALS["binary"], params={"max_iter": 7})
    assert "max_iter" not in found.space.keys() | found.first.keys()
    assert found.make(frame, learning_rate=0.2).steps[-1][1].max_iter == 7


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bosting", "`learner` in [tool.pipeline.learning] is 'bosting': did you mean 'boosting'?"),
        ("nowhere.Model", "'nowhere' is not installed"),
        ("sklearn.nowhere.Model", "'sklearn.nowhere' cannot be imported"),
        ("sklearn.svm.SVK", "sklearn.svm has no 'SVK'; did you mean "),
        ("sklearn.preprocessing.StandardScaler", "no scikit-learn-compatible class"),
        ("sklearn.metrics.roc_auc_score", "no scikit-learn-compatible class"),
        ("sklearn.svm.LinearSVC", "does not predict classes, with a probability of each, and the goal is binary"),
        ("xgboost.XGBRegressor", "does not predict classes"),
        ("sklearn.ensemble.VotingClassifier", "cannot be made without arguments"),
    ],
)
def test_choose_refuses_a_name_that_is_no_learner_for_the_goal(name: str, says: str, frame: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match=re.escape(says)):
        choose(name, frame, GOALS["binary"])


@pytest.mark.parametrize("name", ["linear", "xgboost.XGBClassifier"])
def test_choose_refuses_a_parameter_that_the_learner_does_not_take(name: str, frame: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match=rf"`parameters` .* has 'ranom_state', which {name} does not take: did you"):
        choose(name, frame, GOALS["binary"], params={"ranom_state": 1})


def test_weights_of_rows_count_as_rows_would(frame: pd.DataFrame) -> None:
    goal, truth = GOALS["binary"], target("binary", frame)
    twice = np.where(np.arange(ROWS) < 100, 2, 1)
    repeated = frame.loc[frame.index.repeat(twice)]
    params = {"C": 1.0, "tol": 1e-10}
    few = frame[["number", "flag"]].fillna(0.0)
    weighted = fit(choose("linear", few, goal, params=params).make(few)[-1:], few, truth, goal, twice)
    again = fit(
        choose("linear", few, goal, params=params).make(few)[-1:],
        few.loc[repeated.index],
        truth.loc[repeated.index],
        goal,
    )
    assert predict(weighted, few, goal) == pytest.approx(predict(again, few, goal), abs=1e-4)


@pytest.mark.parametrize("weight", [[-1.0], [np.nan], [0.0]])
def test_fit_refuses_weights_that_are_none(weight: list[float], frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"weights of rows .* are numbers from 0 up"):
        fit(make("binary", "linear", frame), frame, target("binary", frame), GOALS["binary"], weight * ROWS)


def test_fit_refuses_weights_when_the_learner_takes_none(frame: pd.DataFrame) -> None:
    model = choose("sklearn.neighbors.KNeighborsClassifier", frame, GOALS["binary"]).make(frame)
    with pytest.raises(DataError, match="KNeighborsClassifier takes no weights of rows"):
        fit(model, frame, target("binary", frame), GOALS["binary"], np.ones(ROWS))


def test_predict_gives_a_class_that_was_never_seen_no_probability(frame: pd.DataFrame) -> None:
    goal = Goal(task=Task.MULTICLASS, classes=("low", "middle", "high", "never"))
    model = fit(make("multiclass", "linear", frame), frame, target("multiclass", frame), goal)
    assert (predict(model, frame, goal)[:, 3] == 0).all()


def test_predict_refuses_rows_when_a_column_is_missing(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"refused the rows: columns are missing: \{'text'\}.*trained on"):
        predict(fitted("binary", "dummy", frame), frame.drop(columns="text"), GOALS["binary"])


def test_predict_names_the_column_when_a_number_is_infinite(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"column 'number' \(float64\) holds infinite numbers"):
        predict(fitted("binary", "linear", frame), frame.assign(number=np.inf), GOALS["binary"])


def test_fit_refuses_rows_when_a_number_is_infinite(frame: pd.DataFrame) -> None:
    infinite = frame.assign(number=np.inf)
    with pytest.raises(DataError, match=r"column 'number' .* holds infinite numbers"):
        fit(make("binary", "boosting", frame), infinite, target("binary", frame), GOALS["binary"])


@pytest.mark.parametrize("values", [[1, 1], [0, 2], [0, 1, np.nan], [], ["0", "1"]])
def test_both_classes_refuses_other_targets(values: object) -> None:
    with pytest.raises(DataError, match="needs rows of both classes, 0 and 1"):
        both_classes(values)


@pytest.mark.parametrize("values", [[1, 1], [0, 3], [-1, 0], []])
def test_checked_refuses_classes_that_the_goal_does_not_know(values: list[int]) -> None:
    with pytest.raises(DataError, match="needs rows of several classes, 0 to 2"):
        checked(np.array(values, dtype=int), GOALS["multiclass"])


@pytest.mark.parametrize("values", [[1.0, 1.0], [0.0, np.nan], [np.inf, 0.0], []])
def test_checked_refuses_numbers_that_cannot_be_learned(values: list[float]) -> None:
    with pytest.raises(DataError, match="must be finite numbers that are not all the same"):
        checked(values, GOALS["regression"])


def test_both_classes_takes_booleans_and_floats() -> None:
    assert both_classes([True, False]).tolist() == [1, 0]
    assert both_classes([1.0, 0.0]).dtype == np.int8
