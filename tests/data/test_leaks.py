import numpy as np
import pandas as pd
import pytest

from pipeline.data import leaks, outcomes, profile
from pipeline.goal import Goal, Task

ROWS = 3000
BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))
SEVERAL = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
NUMBER = Goal(task=Task.REGRESSION)


def found(frame: dict[str, object] | pd.DataFrame, target: object, goal: Goal) -> dict[str, str]:
    table, outcome = pd.DataFrame(frame), outcomes.of(pd.Series(target), goal, "y")
    told = leaks.find(table, outcome, profile.associations(table, outcome))
    assert told["score"].between(0, 1).all()
    return dict(zip(told["column"], told["reason"], strict=True))


@pytest.fixture
def drawn() -> np.random.Generator:
    return np.random.default_rng(0)


def test_columns_that_know_a_class_are_found(drawn: np.random.Generator) -> None:
    target = (drawn.random(ROWS) < 0.3).astype(int)
    codes = np.array([f"c{place}" for place in drawn.permutation(200)])
    frame = {
        "same": np.where(target == 1, "yes", "no"),
        "after": target + drawn.normal(size=ROWS) * 0.2,
        "code": codes[target * 100 + drawn.integers(0, 100, ROWS)],
        "near": target + drawn.normal(size=ROWS),
        "noise": drawn.normal(size=ROWS),
        "group": drawn.integers(0, 500, ROWS).astype("str"),
    }
    assert found(frame, target, BINARY) == {
        "same": leaks.RENAMED,
        "after": leaks.TOO_GOOD,
        "code": leaks.RECODED,
    }


def test_columns_that_know_one_of_several_classes_are_found(drawn: np.random.Generator) -> None:
    target = drawn.integers(0, 3, ROWS)
    frame = {"same": 7 - 2 * target, "one": target == 1, "noise": drawn.normal(size=ROWS)}
    assert found(frame, target, SEVERAL) == {"same": leaks.RENAMED}


def test_columns_that_know_a_number_are_found(drawn: np.random.Generator) -> None:
    target = np.exp(drawn.normal(size=ROWS) * 3).round(2)
    levels = pd.factorize(target.round(-1))[0]
    frame = {
        "copy": 5 - 2 * target,
        "ranked": np.log(target + 1) ** 3,
        "noise": drawn.normal(size=ROWS),
        "near": np.log(target + 1) + drawn.normal(size=ROWS),
        "half": np.where(drawn.random(ROWS) < 0.7, target, np.nan),
    }
    told = found(frame, target, NUMBER)
    assert {name: told.get(name) for name in ("copy", "noise", "near")} == {
        "copy": leaks.RENAMED,
        "noise": None,
        "near": None,
    }
    assert told["ranked"] in {leaks.ORDERED, leaks.TOO_GOOD, leaks.RENAMED}
    coded = np.array([f"v{place}" for place in drawn.permutation(levels.max() + 1)])[levels]
    assert found({"coded": coded}, target.round(-1), NUMBER).keys() == {"coded"}


def test_sums_and_differences_are_found(drawn: np.random.Generator) -> None:
    parts = pd.DataFrame(drawn.poisson(30, (ROWS, 12)), columns=[f"p{place}" for place in range(12)])
    parts["p0"] *= 3
    cases = {
        "p0 + p1": parts["p0"] + parts["p1"],
        "p0 - p3": parts["p0"] - parts["p3"],
        "p0 + 0.5 p1 - p2": parts["p0"] + parts["p1"] / 2 - parts["p2"],
    }
    for formula, target in cases.items():
        assert found(parts, target.astype("float64"), NUMBER) == {formula: leaks.SUMMED}
    noisy = parts["p0"] + parts["p1"] + drawn.normal(size=ROWS)
    assert found(parts, noisy, NUMBER) == {}
    assert found(parts, parts.sum(axis=1).astype("float64"), NUMBER) == {}


def test_sums_are_found_among_gaps_words_and_many_columns(drawn: np.random.Generator) -> None:
    frame = pd.DataFrame(drawn.normal(size=(ROWS, 400)), columns=[f"c{place}" for place in range(400)])
    target = frame["c0"] + frame["c1"]
    frame["c0"] = frame["c0"].mask(drawn.random(ROWS) < 0.1)
    frame["word"] = "a"
    frame["empty"] = np.nan
    assert found(frame, target, NUMBER) == {"c0 + c1": leaks.SUMMED}


def test_giveaways_are_counted_apart_from_what_is_suspected() -> None:
    reasons = [leaks.SUMMED, leaks.TOO_GOOD, leaks.RENAMED, leaks.RECODED, f"2.0% of rows {leaks.COPIED}"]
    assert leaks.giveaways(pd.DataFrame({"reason": reasons})) == 2


def test_nothing_is_found_where_there_is_no_column_or_no_number() -> None:
    assert found(pd.DataFrame(index=range(20)), np.arange(20.0), NUMBER) == {}
    assert found({"word": ["a", "b"] * 10}, np.arange(20.0), NUMBER) == {}


def test_copies_are_found_where_they_are_no_accident() -> None:
    frame = pd.DataFrame({"a": [*range(99), 5], "b": [None] * 100, "c": [[1]] * 100})
    assert leaks.copies(frame).to_dict("records") == [
        {"column": "(rows)", "score": 0.01, "reason": f"1.0% of rows {leaks.COPIED}"}
    ]
    assert leaks.copies(pd.concat([frame.head(99)] * 1)).empty
    assert leaks.copies(frame[[]]).empty


def test_across_finds_rows_groups_and_moments_on_the_wrong_side() -> None:
    train = pd.DataFrame({"a": range(100), "when": pd.date_range("2024-01-01", periods=100), "who": range(100)})
    test = pd.DataFrame({"a": range(200, 250), "when": pd.date_range("2024-06-01", periods=50), "who": range(200, 250)})
    assert leaks.across(train, test, ["a"], time="when", groups="who").empty
    mixed = pd.concat([test, train.tail(25)])
    found = leaks.across(train, mixed, ["a"], time="when", groups="who")
    assert sorted(found["reason"]) == [
        f"24.0% {leaks.EARLY}",
        f"33.3% {leaks.IN_BOTH}",
        f"33.3% {leaks.IN_BOTH}, by who",
    ]
    assert leaks.across(train, mixed, ["a"], time=None)["score"].tolist() == [pytest.approx(1 / 3)]
