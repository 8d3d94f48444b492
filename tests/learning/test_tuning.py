import json
from functools import partial
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from learning.tables import GOALS, ROWS, features, target
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

from pipeline.errors import DataError
from pipeline.learning import crossfit, learners, tuning
from pipeline.learning.parting import Fold, Rows, parted
from pipeline.learning.spans import Span
from pipeline.learning.tuning import Budget, Search, search

SPACE = {"max_leaf_nodes": Span(low=3, high=9), "learning_rate": Span(low=0.05, high=0.5, scale="log")}
FIRST = {"max_leaf_nodes": 4, "learning_rate": 0.2}
SCORES = {
    "binary": roc_auc_score,
    "multiclass": partial(log_loss, labels=[0, 1, 2]),
    "regression": root_mean_squared_error,
}
FRAME = features().drop(columns=["said", "code"])


def made(task: str = "binary", cores: int = 1) -> crossfit.Task:
    rows = Rows(target=learners.checked(target(task, FRAME), GOALS[task]), goal=GOALS[task])
    return crossfit.Task(features=FRAME, rows=rows, cores=cores)


def make(task: str = "binary") -> tuning.MakeLearner:
    return learners.choose("boosting", FRAME, GOALS[task], params={"max_iter": 5, "min_samples_leaf": 10}).make


def run(task: str = "binary", *, trials: int = 4, cores: int = 1, **changes: object) -> Search:
    what = made(task, cores)
    given = {"space": SPACE, "folds": parted(what.rows, 3), "seed": 3, "first": FIRST, "budget": Budget(trials=trials)}
    return search(make(task), what, **(given | changes))


@pytest.mark.slow
def test_search_is_the_same_to_the_last_digit_whatever_the_cores() -> None:
    alone, together = run(trials=9), run(trials=9, cores=3)
    pd.testing.assert_frame_equal(alone.trials, together.trials, check_exact=True)
    assert alone.params == together.params


def test_search_tries_first_what_it_is_told_and_keeps_types() -> None:
    found = run()
    assert found.trials.loc[0, list(FIRST)].to_dict() == FIRST
    assert {name: type(value) for name, value in found.params.items()} == {
        "max_leaf_nodes": int,
        "learning_rate": float,
    }
    assert found.trials["max_leaf_nodes"].between(3, 9).all()


@pytest.mark.parametrize("task", GOALS)
def test_search_finds_the_trial_that_is_best_by_the_score_of_its_task(task: str) -> None:
    found = run(task)
    whole = found.trials[~found.trials["pruned"]]
    more = task == "binary"
    best = whole.loc[whole["mean"].idxmax() if more else whole["mean"].idxmin()]
    assert found.score["metric"] == {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[task]
    assert found.score["mean"] == best["mean"] == np.mean(found.score["folds"])
    assert found.score["std"] == pytest.approx(np.std(found.score["folds"], ddof=1))
    assert found.params == best[list(SPACE)].to_dict()
    assert found.trials["best"].tolist() == (whole["mean"].cummax() if more else whole["mean"].cummin()).tolist()


@pytest.mark.parametrize("task", GOALS)
def test_search_and_hold_out_score_as_a_learner_fitted_by_itself_would(task: str) -> None:
    what, goal = made(task), GOALS[task]
    folds = parted(what.rows, 3)
    found = run(task, trials=1)
    held = crossfit.hold_out(partial(make(task), **found.params), what, folds)
    for number, fold in enumerate(folds, start=1):
        train = FRAME.iloc[fold.train]
        model = learners.fit(make(task)(train, **found.params), train, what.rows.target[fold.train], goal)
        predicted = learners.predict(model, FRAME.iloc[fold.test], goal)
        mine = held.fold == number
        assert np.array_equal(held.places[mine], fold.test)
        assert np.array_equal(held.predicted[mine], predicted)
        score = SCORES[task](what.rows.target[fold.test], predicted)
        assert found.score["folds"][number - 1] == held.score["folds"][number - 1] == pytest.approx(score)


def test_search_gives_up_what_starts_badly() -> None:
    bad = {"learning_rate": Span(low=1e-6, high=0.5, scale="log")}
    trials = run(trials=14, space=bad, first={"learning_rate": 0.3}).trials
    pruned = trials[trials["pruned"]]
    assert 0 < len(pruned) < 9
    assert not trials["pruned"].head(5).any()
    assert pruned["fold_3"].isna().all()
    assert pruned["fold_2"].notna().all()
    assert trials.loc[~trials["pruned"], "fold_3"].notna().all()


def test_search_goes_on_where_it_was_stopped_and_finds_the_same(tmp_path: Path) -> None:
    stopped = run(trials=3, remember=tmp_path)
    (kept,) = tmp_path.iterdir()
    lines = kept.read_text().splitlines()
    assert len(lines) == 9
    kept.write_text("\n".join([*lines, '["cut o']))
    resumed = run(trials=7, remember=tmp_path)
    pd.testing.assert_frame_equal(resumed.trials, run(trials=7).trials, check_exact=True)
    pd.testing.assert_frame_equal(resumed.trials.head(3), stopped.trials, check_exact=True)


def test_search_believes_what_it_remembers_only_of_the_same_rows_and_learner(tmp_path: Path) -> None:
    run(trials=1, remember=tmp_path)
    (kept,) = tmp_path.iterdir()
    lied = [json.dumps([json.loads(line)[0], 0.123]) for line in kept.read_text().splitlines()]
    kept.write_text("\n".join(lied) + "\n")
    assert run(trials=1, remember=tmp_path).score["mean"] == pytest.approx(0.123)
    assert run("multiclass", trials=1, remember=tmp_path).score["mean"] != pytest.approx(0.123)
    assert run(trials=1, remember=tmp_path, folds=parted(made().rows, 3, seed=1)).score["mean"] > 0.5


def test_search_ends_after_one_trial_when_its_time_is_up_and_says_so() -> None:
    found = run(budget=Budget(trials=50, seconds=1e-9))
    assert (len(found.trials), found.timed_out) == (1, True)
    assert not run(trials=1).timed_out


def test_search_makes_one_trial_when_there_is_nothing_to_search() -> None:
    found = run(space={}, first=None)
    assert (len(found.trials), found.params, found.timed_out) == (1, {}, False)


def test_search_works_when_there_is_one_fold_and_no_first_guess() -> None:
    fold = Fold(train=np.arange(300), test=np.arange(300, ROWS))
    assert run(folds=[fold], first=None, trials=2).score["std"] == 0.0


def test_search_tells_of_each_trial_that_is_better_and_leaves_optuna_as_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = []
    before = optuna.logging.get_verbosity()
    found = run(tell=told.append)
    assert told[0].startswith("trial 1 of 4: ROC AUC ")
    assert len(told) == found.trials["best"].nunique()
    assert optuna.logging.get_verbosity() == before
    assert capsys.readouterr() == ("", "")


def test_search_refuses_a_fold_when_it_has_one_class_only() -> None:
    with pytest.raises(DataError, match="fold 1 is scored on rows of one class only"):
        run(folds=[Fold(train=np.arange(ROWS), test=np.arange(1))])


def test_learning_curve_scores_ever_more_rows() -> None:
    what = made()
    found = crossfit.learning_curve(make(), what, parted(what.rows, 3))
    assert found["rows"].tolist() == [50, 100, 200, 400]
    assert (found["learnt"] > found["new"]).all()
    assert found["new"].iloc[-1] > 0.6
