from collections.abc import Callable
from functools import partial

import numpy as np
import optuna
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.errors import DataError
from pipeline.learning.learners import Span, boosting, fit, probability
from pipeline.learning.tuning import Fold, Search, block_folds, forward_folds, search, stratified_folds

ROWS = 400
SPACE = {"max_leaf_nodes": Span(low=3, high=9), "learning_rate": Span(low=0.05, high=0.5, scale="log")}
FIRST = {"max_leaf_nodes": 4, "learning_rate": 0.2}
make = partial(boosting, seed=0, max_iter=5, min_samples_leaf=10)


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    return frame.assign(text=np.where(frame["a"] > 1, "high", "low"), late=frame["b"].where(frame.index >= ROWS // 2))


@pytest.fixture(scope="module")
def target(features: pd.DataFrame) -> pd.Series:
    noise = np.random.default_rng(1).normal(size=ROWS)
    return (features["a"] - features["b"] + noise > 0).astype("int8")


def run(features: pd.DataFrame, target: pd.Series, *, trials: int = 4, **changes: object) -> Search:
    given = {"space": SPACE, "folds": forward_folds(ROWS, 3), "seed": 3, "first": FIRST, **changes}
    return search(make, features, target, trials=trials, **given)


def test_forward_folds_score_only_what_follows() -> None:
    folds = forward_folds(100, 4)
    assert len(folds) == 4
    assert all(fold.train.max() < fold.test.min() for fold in folds)


def test_block_folds_score_each_row_once_by_all_rows_around_it() -> None:
    folds = block_folds(90, 3)
    assert [fold.test.tolist() for fold in folds] == [list(range(start, start + 30)) for start in (0, 30, 60)]
    assert all(sorted([*fold.train, *fold.test]) == list(range(90)) for fold in folds)


def test_stratified_folds_keep_the_base_rate_and_score_each_row_once() -> None:
    target = np.array([0] * 80 + [1] * 20)
    folds = stratified_folds(target, 4, seed=0)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(100))
    assert [target[fold.test].mean() for fold in folds] == [0.2] * 4


@pytest.mark.parametrize(
    "make_folds", [lambda: forward_folds(2, 3), lambda: block_folds(2, 3), lambda: stratified_folds([0, 1], 3, 0)]
)
def test_folds_are_refused_when_there_are_too_few_rows(make_folds: Callable[[], list[Fold]]) -> None:
    with pytest.raises(DataError, match=r"2 rows make no 3 folds: .*Take fewer folds"):
        make_folds()


@pytest.mark.slow
def test_search_is_the_same_to_the_last_digit_whatever_the_cores(features: pd.DataFrame, target: pd.Series) -> None:
    alone, together = run(features, target), run(features, target, cores=3)
    pd.testing.assert_frame_equal(alone.trials, together.trials, check_exact=True)
    pd.testing.assert_frame_equal(alone.validation, together.validation, check_exact=True)
    assert alone.params == together.params


def test_search_tries_first_what_it_is_told_and_keeps_types(features: pd.DataFrame, target: pd.Series) -> None:
    found = run(features, target)
    assert found.trials.loc[0, list(FIRST)].to_dict() == FIRST
    assert {name: type(value) for name, value in found.params.items()} == {
        "max_leaf_nodes": int,
        "learning_rate": float,
    }
    assert found.trials["max_leaf_nodes"].between(3, 9).all()


def test_search_reports_the_best_trial_with_its_spread(features: pd.DataFrame, target: pd.Series) -> None:
    found = run(features, target)
    best = found.trials.nlargest(1, "mean").iloc[0]
    assert found.auc["mean"] == best["mean"] == np.mean(found.auc["folds"])
    assert found.auc["std"] == pytest.approx(np.std(found.auc["folds"], ddof=1))
    assert found.params == best[list(SPACE)].to_dict()
    assert found.trials["best"].tolist() == found.trials["mean"].cummax().tolist()


def test_search_scores_as_a_learner_fitted_by_itself_would(features: pd.DataFrame, target: pd.Series) -> None:
    found = run(features, target, trials=1)
    for number, fold in enumerate(forward_folds(ROWS, 3), start=1):
        train = features.iloc[fold.train]
        model = fit(make(train, **found.params), train, target.iloc[fold.train])
        predicted = probability(model, features.iloc[fold.test])
        rows = found.validation[found.validation["fold"] == number]
        assert rows["position"].tolist() == fold.test.tolist()
        assert rows["target"].tolist() == target.iloc[fold.test].tolist()
        assert np.array_equal(rows["probability"], predicted)
        assert found.auc["folds"][number - 1] == roc_auc_score(target.iloc[fold.test], predicted)


def test_search_works_when_there_is_one_fold_and_no_first_guess(features: pd.DataFrame, target: pd.Series) -> None:
    fold = Fold(train=np.arange(300), test=np.arange(300, ROWS))
    found = run(features, target, folds=[fold], first=None, trials=2)
    assert found.auc["std"] == 0.0


def test_search_tells_of_each_trial_that_is_better_and_leaves_optuna_as_it_was(
    features: pd.DataFrame, target: pd.Series, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    before = optuna.logging.get_verbosity()
    found = run(features, target, tell=told.append)
    assert told[0].startswith("trial 1 of 4: ROC AUC ")
    assert len(told) == found.trials["best"].nunique()
    assert optuna.logging.get_verbosity() == before
    assert capsys.readouterr() == ("", "")


def test_search_refuses_a_fold_when_it_has_one_class_only(features: pd.DataFrame) -> None:
    target = np.r_[np.zeros(ROWS // 2), np.ones(ROWS // 2)]
    with pytest.raises(DataError, match="fold 1 trains on rows of one class only"):
        run(features, target)
    with pytest.raises(DataError, match="fold 1 is scored on rows of one class only"):
        run(features, target, folds=[Fold(train=np.arange(ROWS), test=np.arange(10))])
