import pandas as pd
import pytest

from pipeline.data import roles
from pipeline.errors import DataError
from pipeline.goal import Task


def words(values: list[str]) -> pd.Series:
    return pd.Series(values, name="column")


PRICES = [f"{number / 7:.2f}" for number in range(60)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([f"{price} €" for price in PRICES], r"number in 60 of 60 rows that is written with a unit, such as '0.00 €'"),
        (
            [f"${price}" for price in PRICES],
            r"written with a unit, such as '\$0.00', .* Take the unit out of the table",
        ),
        ([f"1.{each:03},50 EUR" for each in range(60)], "is written with a unit"),
        ([f"{each} %" for each in range(60)], "is written with a unit"),
        (["n/k", *PRICES], "reads as a number in 60 of 61 rows, and not where it is 'n/k'. Make those numbers or miss"),
        ([*PRICES[:20] * 5, *["low"] * 20], "reads as a number in 100 of 120 rows, and not where it is 'low'"),
    ],
)
def test_goal_refuses_amounts_that_would_be_taken_for_classes(values: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.goal(words(values), "rows.csv")


@pytest.mark.parametrize(
    "values", [["1", "2", "x"] * 20, ["s1", "s2", "s3"] * 20, ["10 %", "20 %"] * 20, ["1-5", "6-9", "10+"] * 20]
)
def test_goal_takes_codes_and_words_with_digits_for_classes(values: list[str]) -> None:
    assert set(roles.goal(words(values), "rows.csv").classes) == set(values)


def test_goal_takes_amounts_for_classes_where_settings_say_so() -> None:
    goal = roles.goal(words([*PRICES[:20] * 5, *["low"] * 20]), "rows.csv", task="multiclass")
    assert (goal.task, len(goal.classes)) == (Task.MULTICLASS, 21)


def test_goal_refuses_classes_where_many_rows_would_be_set_aside() -> None:
    values = [*["a", "b", "c"] * 30, *(f"name {each}" for each in range(10))]
    message = "13 different values in 100 rows, and 10 of them, such as 'name 0', .* in fewer than 2: 10 rows would be"
    with pytest.raises(DataError, match=message):
        roles.goal(words(values), "rows.csv")
    assert len(roles.goal(words(values[:94]), "rows.csv").classes) == 3


def test_goal_refuses_a_task_that_is_none_with_the_choices() -> None:
    with pytest.raises(DataError, match="there is no task 'magic': there are 'binary', 'multiclass', 'regression'"):
        roles.goal(words(["a", "b"] * 5), "rows.csv", task="magic")
