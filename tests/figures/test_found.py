import pandas as pd

from pipeline.figures import found


def test_searched_compares_with_the_best_baseline_fold_by_fold() -> None:
    best = {"mean": 0.7, "std": 0.01, "folds": [0.69, 0.71]}
    baselines = {
        "dummy": {"mean": 0.5, "std": 0.0, "folds": [0.5, 0.5]},
        "other": {"mean": 0.695, "std": 0.0, "folds": [0.70, 0.69]},
    }
    trials = pd.DataFrame({"trial": [1, 2], "mean": [0.6, 0.7], "pruned": False})
    said = found.searched(best, baselines, trials, score="ROC AUC", better=1)
    assert "best of 2 trials, number 2, reaches ROC AUC 0.7 ± 0.01 (mean and spread of 2 folds)" in said
    assert "where 0.5 is guessing and 1 perfect" in said
    assert said.endswith("best baseline (other, 0.695) in 1 of 2 folds.")
    less = found.searched(best, baselines, trials, score="RMSE", better=-1)
    assert "number 1, reaches RMSE 0.7 ± 0.01" in less
    assert less.endswith("less is better. It beats the best baseline (dummy, 0.5) in 0 of 2 folds.")


def test_stopped_says_that_another_run_may_differ() -> None:
    assert found.stopped(12, 12, None) == ""
    assert "after 1 of 12 trials: another run may stop elsewhere" in found.stopped(1, 12, 0.5)


def test_corrected_says_what_a_correction_is_worth() -> None:
    losses = {"none": 0.5, "sigmoid": 0.45}
    assert found.corrected("sigmoid", losses).endswith("corrected (sigmoid): log loss 0.5000 before, 0.4500 after.")
    assert found.corrected("none", losses) == "Its probabilities are left as they are (log loss 0.5000)."
    assert found.corrected("none", {}) == ""


def test_settled_names_the_threshold_and_what_it_follows_from() -> None:
    costs = {"false_positive": 1.0, "false_negative": 5.0}
    assert "25.0% on, which costs least where a miss costs 5 times" in found.settled(0.25, None, costs=costs)
    assert found.settled(None, None, costs={}) == ""
