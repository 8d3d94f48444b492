import json
from typing import Any

import pandas as pd
import pytest

from pipeline.data import roles
from pipeline.errors import DataError
from pipeline.goal import Goal, Task


def series(values: list[object], dtype: str | None = None) -> pd.Series:
    return pd.Series(values, name="column", dtype=dtype)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["2024-01-31", "2024-02-01"], "2024-01-31"),
        (["2024-01-31T10:00:00", "2024-02-01T11:30:00"], "2024-01-31 10:00"),
        (["1/31/24", "2/1/24"], "2024-01-31"),
        (["31/1/2024 10:00", "1/2/2024 11:30"], "2024-01-31 10:00"),
        (["31.1.2024", "1.2.2024"], "2024-01-31"),
        ([20240131, 20240201], "2024-01-31"),
    ],
)
def test_moments_reads_dates_that_can_be_read_in_one_way(written: list[object], expected: str) -> None:
    assert roles.moments(series(written), "rows.csv").iloc[0] == pd.Timestamp(expected)


def test_moments_reads_offsets_that_change_with_the_clocks() -> None:
    read = roles.moments(series(["2024-01-01 05:00-05:00", "2024-07-01 05:00-04:00"]), "rows.csv")
    assert read.tolist() == [pd.Timestamp("2024-01-01 10:00Z"), pd.Timestamp("2024-07-01 09:00Z")]


def test_moments_leaves_datetimes_as_they_are() -> None:
    given = pd.Series(pd.date_range("2024", periods=3, tz="Europe/Berlin"))
    assert roles.moments(given, "rows.csv") is given


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["2024-01-31", None], "rows.csv: column 'column', named as time, is missing in 1 of 2 rows"),
        (["2024-01-31", "soon"], "no date, such as 'soon'. Write dates as 2026-11-23"),
        (["1/31/24", "never"], "no date, such as '1/31/24', 'never'"),
        (["1/2/2024", "2/3/2024"], "can be read as %m/%d/%Y or as %d/%m/%Y"),
        ([1.5, 2.5], "no date, such as '1.5', '2.5'"),
    ],
)
def test_moments_refuses_what_is_no_date_or_two(written: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.moments(series(written), "rows.csv")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", None], "named as id, is missing in 1 of 2 rows"),
        (["a", "b", "a"], "names 2 rows more than once, such as 'a'. Remove repeated rows"),
    ],
)
def test_unique_refuses_ids_that_name_no_row_or_two(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.unique(series(values), "rows.csv")


@pytest.mark.parametrize(
    ("values", "dtype", "classes"),
    [
        ([True, False, None] * 2, "boolean", (False, True)),
        ([True, False, None] * 2, "object", (False, True)),
        ([0, 1, 1, 0], "int64", (0, 1)),
        ([1.0, 2.0, None] * 2, "float64", (1, 2)),
        ([1.5, 2.0] * 2, "float64", (1.5, 2.0)),
        (["Yes", "No", "No", "Yes "], "str", ("No", "Yes")),
        (["good", "bad", "good"] * 2, "str", ("good", "bad")),
        (["good", "bad", "good"] * 2, "category", ("good", "bad")),
        ([2, 4, None] * 2, "category", (2, 4)),
        (["0", "1", ""] * 2, "str", ("0", "1")),
    ],
)
def test_goal_of_two_values_ends_with_yes_or_the_larger_or_the_rarer(
    values: list[object], dtype: str, classes: tuple[object, ...]
) -> None:
    found = roles.goal(series(values, dtype), "rows.csv")
    assert found == Goal(task=Task.BINARY, classes=classes)
    assert list(map(type, found.classes)) == list(map(type, classes))


@pytest.mark.parametrize("positive", ["good", "good "])
def test_goal_takes_the_positive_that_is_named(positive: str) -> None:
    values = series(["good", "bad", positive] * 2)
    assert roles.goal(values, "rows.csv", positive="good").positive == "good"


@pytest.mark.parametrize(
    ("values", "name", "classes"),
    [
        (["b", "a", "c"] * 4, "column", ("a", "b", "c")),
        (["10", "9", "1"] * 4, "column", ("1", "9", "10")),
        ([3, 1, 2] * 4, "column", (1, 2, 3)),
        ([-1, 0, 1] * 4, "column", (-1, 0, 1)),
        (list(range(10)) * 4, "column", tuple(range(10))),
        ([0] * 90 + [1] * 60 + [2] * 30 + [3] * 20 + [4] * 10 + [5] * 5, "poker_class", (0, 1, 2, 3, 4, 5)),
    ],
)
def test_goal_takes_words_and_codes_for_classes(values: list[object], name: str, classes: tuple[object, ...]) -> None:
    target = series(values).rename(name)
    found = roles.goal(target, "rows.csv")
    assert found == Goal(task=Task.MULTICLASS, classes=classes)
    assert Goal(**json.loads(found.model_dump_json())) == found


@pytest.mark.parametrize(
    ("values", "name", "why"),
    [
        ([1.5, 2, 7] * 9, "column", "column has 3 different numbers"),
        (["1.5", " 2", "7e1"] * 9, "column", "column has 3 different numbers"),
        (list(range(30)) * 9, "column", "column has 30 different numbers"),
        ([1, 2, 3, 4, 5], "column", "column has 5 different numbers in 5 rows"),
        ([1, 2, 3] * 9, "room_count", "room_count has 3 different numbers, and its name says that they are amounts"),
        ([3, 4, 5, 6, 7, 8] * 9, "column", "from 3 to 8, which are no codes that begin with 0 or 1"),
        (
            [0] * 30 + [1] * 60 + [2] * 30 + [3] * 20 + [4] * 10 + [5] * 5,
            "column",
            "most often 1 and ever less often away from it",
        ),
    ],
)
def test_goal_takes_amounts_for_a_regression_and_says_why(values: list[object], name: str, why: str) -> None:
    target = series(values).rename(name)
    found = roles.goal(target, "rows.csv")
    assert found == Goal(task=Task.REGRESSION)
    assert roles.reason(target, found).startswith("a regression, since ")
    assert roles.reason(target, found).endswith(why)


def test_goal_does_as_the_settings_say() -> None:
    target = series([1.5, 2.5, 3.5] * 3)
    found = roles.goal(target, "rows.csv", task="multiclass")
    assert found.classes == (1.5, 2.5, 3.5)
    assert roles.reason(target, found, task="multiclass") == "one of 3 classes, as the settings say"
    assert roles.goal(series([1, 2] * 3), "rows.csv", task="regression").task is Task.REGRESSION


def test_goal_sets_a_class_of_one_row_aside() -> None:
    target = series(["a", "b", "c", "d", None, " "] + ["a", "b", "c"] * 3)
    found = roles.goal(target, "rows.csv")
    assert found.classes == ("a", "b", "c")
    assert roles.set_aside(target, found) == {"": 2, "d": 1}
    assert roles.labelled(target, found).sum() == 12
    assert roles.goal(series([0, 1] * 5 + [7]), "rows.csv").task is Task.BINARY


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([None, None], "named as target, is missing in every row"),
        (["yes", "yes", None], "is 'yes' wherever there is a value: nothing to learn"),
        ([7, 7, 7], "is 7 wherever there is a value: nothing to learn"),
        (
            ["yes"] * 9 + ["no"],
            "2 different values in 10 rows, and 1 of them in more than one: it is 'yes' in all rows",
        ),
        ([f"n{row}" for row in range(30)], "30 different values in 30 rows, and 0 .* a name for each row, no class"),
        ([f"n{row}" for row in range(101)] * 2, r"has 101 classes \('n0', 'n1', 'n10', ...\), and .* 100 at most"),
        (["2024-01-01", "2024-01-02"] * 2, "holds dates, such as '2024-01-01', and a model predicts"),
        (list(pd.date_range("2024-01-01", periods=3)), "holds dates, such as '2024-01-01"),
        ([1.5, 2, float("inf"), 3], "is infinite in 1 of 4 rows"),
    ],
)
def test_goal_refuses_what_nobody_can_learn(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.goal(series(values), "rows.csv")


@pytest.mark.parametrize(
    ("values", "told", "message"),
    [
        (["a", "b"], {"task": "regression"}, "values that are no numbers, such as 'a', 'b'"),
        ([1, 2, 3], {"task": "binary"}, 'has 3 classes .* and is said to be binary. Set data.task to "multiclass"'),
        ([1, 2], {"task": "multiclass"}, 'has 2 classes .* and is said to be multiclass. Set data.task to "binary"'),
        ([1, 2], {"positive": 3}, "and 3, named as positive, is none of them"),
        ([1, 2, 3], {"positive": 3}, "and 3 is named as positive, which is for two"),
        ([1.5, 2, 3], {"positive": 3}, "a number to predict, and 3 is named as positive"),
    ],
)
def test_goal_refuses_settings_that_do_not_fit(values: list[object], told: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.goal(series(values * 5), "rows.csv", **told)


@pytest.mark.parametrize(
    ("values", "codes", "dtype"),
    [
        (["yes", "no"] * 2, [1, 0, 1, 0], "int8"),
        (["b", "a", "c"] * 2, [1, 0, 2, 1, 0, 2], "int16"),
        (["1.5", "2"] * 2 + ["3"], [1.5, 2.0, 1.5, 2.0, 3.0], "float64"),
    ],
)
def test_encode_writes_labels_as_models_learn_them(values: list[object], codes: list[float], dtype: str) -> None:
    target = series(values)
    coded = roles.encode(target, roles.goal(target, "rows.csv"))
    assert coded.tolist() == codes
    assert (coded.dtype, coded.name) == (dtype, "column")


@pytest.mark.parametrize("later", [[1.0, None], [1, 1], ["1", " 1"], [True, False]])
def test_encode_knows_a_class_when_its_column_has_another_type_today(later: list[object]) -> None:
    goal = Goal(task=Task.BINARY, classes=(0, 1))
    values = series(later)
    known = roles.labelled(values, goal)
    assert known.tolist() == [isinstance(value, int | float | str) and not isinstance(value, bool) for value in later]
    assert roles.encode(values[known], goal).tolist() == [1] * int(known.sum())


def test_encode_refuses_rows_without_a_label_that_the_goal_knows() -> None:
    with pytest.raises(DataError, match="holds 'c', nan in 2 rows, which is no class of the goal"):
        roles.encode(series(["a", "c", None]), Goal(task=Task.BINARY, classes=("a", "b")))
    with pytest.raises(DataError, match="must be a number in every row"):
        roles.encode(series(["1", None]), Goal(task=Task.REGRESSION))


def test_weights_are_numbers_of_zero_or_more() -> None:
    assert roles.weights(series(["1", "0.5"]), "rows.csv").tolist() == [1.0, 0.5]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, None], "named as weight, is missing in 1 of 2 rows. A row that counts nothing has the weight 0"),
        ([1, -1], "must hold numbers of zero or more"),
        ([1, float("inf")], "must hold numbers of zero or more"),
        ([0, 0], "not all zero"),
        (["a", "b"], "must hold numbers of zero or more"),
    ],
)
def test_weights_refuses_all_else(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        roles.weights(series(values), "rows.csv")


def test_grouped_refuses_rows_without_a_group() -> None:
    roles.grouped(series(["a", "b"]), "rows.csv")
    with pytest.raises(DataError, match=r"named as groups, is missing in 1 of 2 rows\. Give each such row a group"):
        roles.grouped(series(["a", None]), "rows.csv")
