import numpy as np
import pandas as pd
import pytest

from pipeline.figures import judgements
from pipeline.goal import Goal, Task

PROMISED = {"value": 0.74, "low": 0.71, "high": 0.76}
ERROR = {"value": 40.0, "low": 38.0, "high": 42.0}


def goal(task: Task) -> Goal:
    return Goal(task=task, classes=() if task is Task.REGRESSION else ("no", "yes"))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.09, "0.050 (+0.010 to +0.090) better than the rest"),
        (-0.09, -0.01, "0.050 (-0.090 to -0.010) worse than the rest"),
        (-0.01, 0.11, "neither clearly better nor worse (-0.010 to +0.110) than the rest"),
        (np.nan, np.nan, "neither clearly better nor worse"),
    ],
)
def test_scored_calls_a_difference_only_what_is_one(low: float, high: float, expected: str) -> None:
    difference = {"value": 0.05 if high > 0 else -0.05, "low": low, "high": high}
    given = {"target": "y", "better": 1}
    assert expected in judgements.scored("ROC AUC", PROMISED, 1000, by={"the rest": difference}, **given)
    alone = judgements.scored("ROC AUC", PROMISED, 1000, by={}, **given)
    assert alone.endswith("where 0.5 is guessing and 1 perfect.")


def test_scored_calls_less_of_an_error_better_and_names_the_unit() -> None:
    difference = {"value": -95.84, "low": -99.72, "high": -92.42}
    said = judgements.scored("RMSE", ERROR, 10, target="cnt", by={"the rest": difference}, better=-1)
    assert "its RMSE is 40 (38 to 42), in the unit of `cnt`: 95.84 (-99.72 to -92.42) better than the rest" in said


def test_decided_says_what_predictions_come_to_in_each_task() -> None:
    names = ("recall", "precision", "accuracy", "balanced_accuracy", "coverage")
    metrics = {**dict.fromkeys(names, PROMISED), "median_absolute_error": ERROR}
    found = {task: judgements.decided(goal(task), metrics, level=0.9) for task in Task}
    assert found[Task.BINARY].startswith("It finds 74% (71 to 76%) of the positives")
    assert found[Task.MULTICLASS].startswith("It is right in 74% (71 to 76%) of the rows")
    assert found[Task.REGRESSION].endswith(
        "less than 40 (38 to 42); its intervals of 90% hold 74% (71 to 76%) of the rows."
    )
    assert judgements.decided(goal(Task.REGRESSION), metrics).endswith("less than 40 (38 to 42).")


def series(*values: float, spread: float = 0.03) -> pd.DataFrame:
    frame = pd.DataFrame({"window": [f"w{place}" for place in range(len(values))], "value": values})
    return frame.assign(low=frame["value"] - spread, high=frame["value"] + spread, metric="m")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([np.nan], "Nobody can tell yet"),
        ([0.75, 0.73], "Yes, the champion still holds: ROC AUC 0.730 (0.700 to 0.760) in w1"),
        ([0.6, 0.75], "Perhaps not; the champion may do worse"),
        ([0.72] * 5, "Perhaps not; the champion may do worse"),
        ([0.75, 0.6, np.nan], "No, the champion does worse than it promised: ROC AUC 0.600"),
    ],
)
def test_holding_judges_the_last_window_that_has_labels(values: list[float], expected: str) -> None:
    assert judgements.holding(series(*values), PROMISED, title="ROC AUC", better=1).startswith(expected)


def test_holding_calls_more_of_an_error_worse() -> None:
    given = {"title": "RMSE", "better": -1}
    assert judgements.holding(series(30.0, spread=1), ERROR, **given).startswith("Yes")
    assert judgements.holding(series(50.0, spread=1), ERROR, **given).startswith("No, the champion does worse")


def test_over_time_names_the_worst_window_and_says_where_there_is_none() -> None:
    given = {"name": "m", "title": "RMSE", "better": -1}
    whole = series(40.0, spread=2)
    said = judgements.over_time(series(30.0, 50.0, spread=1), whole, **given)
    assert said == "1 of 2 windows clearly worse than all rows; the worst has RMSE 50 (49 to 51) in w1"
    assert judgements.over_time(whole.head(0), whole, **given).startswith("No time column is named")
    assert judgements.over_time(series(np.nan), whole, **given) == "RMSE has no meaning in any window"


def test_off_names_the_window_whose_predictions_were_furthest_from_what_happened() -> None:
    rates = pd.DataFrame({"predicted": [0.3, 0.2], "observed": [0.31, 0.4]}, index=["may", "june"])
    assert (
        judgements.off(rates, goal(Task.BINARY)) == "Furthest off in june: 20.0% predicted on average, 40.0% happened"
    )
    assert "0.2 predicted" in judgements.off(rates, goal(Task.REGRESSION))
    assert judgements.off(rates.assign(observed=np.nan), goal(Task.BINARY)).startswith("No label is in")


def test_against_counts_the_windows_that_are_clearly_worse() -> None:
    said = judgements.against(series(0.75, 0.6).set_index("window"), PROMISED, title="ROC AUC", better=1)
    assert said == "ROC AUC was 0.740 (0.710 to 0.760); 1 of 2 windows clearly worse, the worst 0.6 in w1"
    nothing = judgements.against(series(np.nan).set_index("window"), PROMISED, title="ROC AUC", better=1)
    assert nothing.endswith("0 of 1 window clearly worse")


def test_sliced_names_what_is_surely_served_worse() -> None:
    table = pd.DataFrame({"column": ["a", "a"], "slice": ["x", "<b>"], "worse": [False, True]})
    assert (
        judgements.sliced(table) == "Surely served worse than all rows: 1 of 2 slices, such as `a` = `\u2039b\u203a`."
    )
    assert judgements.sliced(table.assign(worse=False)).startswith("None of 2 slices")
    assert judgements.sliced(table.head(0)) == ""
