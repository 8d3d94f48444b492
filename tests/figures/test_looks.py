import doctest

import pandas as pd
import pytest

from pipeline.figures import looks
from pipeline.goal import Goal, Task

BINARY = Goal(task=Task.BINARY, classes=("no", "<b>"))
SEVERAL = Goal(task=Task.MULTICLASS, classes=("a", "b", "c", "d"))
NUMBER = Goal(task=Task.REGRESSION)
ALONE = {"metric": "AUC", "guess": 0.5}


def test_examples_are_true() -> None:
    assert doctest.testmod(looks).failed == 0


@pytest.mark.parametrize(
    ("goal", "values", "said"),
    [
        (BINARY, [0, 1, 0, 0], "To predict is `paid = \u2039b\u203a`, true of 25.0% of the rows that have a label."),
        (NUMBER, [1.0, 3.5], "To predict is the number `paid`, 2.25 in the mean, from 1 to 3.5."),
        (
            SEVERAL,
            [0] * 4 + [1] * 3 + [2] * 2 + [3],
            "To predict is which of 4 classes `paid` is: `a` 40.0%, `b` 30.0%, `c` 20.0%, the rarest is `d` 10.0%.",
        ),
    ],
)
def test_target_says_what_is_predicted(goal: Goal, values: list[float], said: str) -> None:
    assert looks.target(pd.Series(values), goal, name="paid") == said


def test_strongest_names_suspects_and_why() -> None:
    leaks = pd.DataFrame({"column": ["<b>", "b", "c", "d"], "reason": "is y"})
    said = "4 leaks are suspected: `\u2039b\u203a` is y, `b` is y, `c` is y and 1 more. Explain that before any score."
    assert looks.strongest(leaks, leaks, **ALONE) == said


def test_strongest_says_so_where_nothing_is_suspected_or_there() -> None:
    table = pd.DataFrame({"column": ["a"], "score": [0.6]})
    said = "No column gives the answer away; alone `a` (AUC 0.60) tells most, where 0.5 tells nothing and 1 all."
    assert looks.strongest(table, table.head(0), **ALONE) == said
    assert looks.strongest(table.head(0), table.head(0), **ALONE) == "There is no column to tell it from."


def test_moved_counts_the_periods_that_differ() -> None:
    periods = pd.DataFrame({"curve": "a", "value": [0.1, 0.3], "low": [0.05, 0.1], "high": [0.15, 0.5]})
    said = "It moves over time: 1 of 2 periods clearly differ from the whole, between 10.0% and 30.0%."
    assert looks.moved(periods, {"a": 0.2}, BINARY) == said
    assert looks.moved(periods.tail(1), {"a": 0.2}, BINARY).startswith("It hardly moves over time: 0 of 1 period")
    assert looks.moved(periods, {"a": 0.2}, NUMBER).endswith("between 0.1 and 0.3.")
    assert looks.moved(None, {}, NUMBER).startswith("No time column is named")


def test_moved_names_the_class_that_moves_most() -> None:
    periods = pd.DataFrame({"curve": ["a", "b"], "value": [0.1, 0.3], "low": [0.05, 0.25], "high": [0.15, 0.35]})
    assert "most of all `b`: 1 of 1 period" in looks.moved(periods, {"a": 0.1, "b": 0.9}, SEVERAL)


def test_odd_counts_findings() -> None:
    found = pd.DataFrame({"column": ["<b>", "b"]})
    assert looks.odd(found) == "2 findings on its columns want a look."
    assert looks.odd(found.head(1)) == "1 finding on its columns wants a look."
    assert looks.odd(found.head(0)) == "Nothing else in it wants a look."
