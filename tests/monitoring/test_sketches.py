import json
from functools import reduce
from itertools import pairwise
from operator import add
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.monitoring import drift
from pipeline.monitoring.reference import Reference, Sketch
from pipeline.monitoring.tallies import STRANGERS

NUMBERS = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1.0, -1e300, 5e-324]))
WORDS = st.one_of(st.none(), st.sampled_from(["a", "b", "new"]), st.text(max_size=3))


def table(numbers: list[float], words: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"n": pd.Series(numbers, dtype="float64"), "w": pd.Series(words, dtype=object)})


REFERENCE = Reference.of(table([*np.linspace(-2, 9, 300), np.nan], ["a", "b", "c"] * 100 + [None]), ["n", "w"])
ROWS = st.lists(st.tuples(NUMBERS, WORDS), max_size=30)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.lists(st.integers(0, 30), max_size=4), st.randoms(use_true_random=False))
def test_sketches_of_parts_are_that_of_the_whole_in_whatever_order(
    rows: list[tuple[float, Any]], cuts: list[int], random: Random
) -> None:
    whole = table([number for number, _ in rows], [word for _, word in rows])
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [REFERENCE.sketch(whole[start:end]) for start, end in pairwise(bounds)]
    random.shuffle(parts)
    grouped = reduce(lambda right, left: left + right, reversed(parts))  # from the right
    expected = REFERENCE.sketch(whole).model_dump()
    assert reduce(add, parts).model_dump_json() == grouped.model_dump_json()
    found = reduce(add, parts).model_dump()
    assert json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True)


def test_sketches_keep_their_size_when_rows_and_words_are_many() -> None:
    draw = np.random.default_rng(0)
    few, many = (
        REFERENCE.sketch(table(list(draw.normal(size=size)), [f"id {number}" for number in range(size)]))
        for size in (1_000, 50_000)
    )
    assert len(many.columns["w"].strangers) == STRANGERS
    assert len(many.model_dump_json()) < 1.2 * len(few.model_dump_json())


def test_references_and_sketches_are_read_back_from_json() -> None:
    sketch = REFERENCE.sketch(table([1.0, np.inf, np.nan], ["a", "z", None]))
    again = Sketch.model_validate_json(sketch.model_dump_json())
    kept = Reference.model_validate_json(REFERENCE.model_dump_json())
    assert kept.digest == REFERENCE.digest
    pd.testing.assert_frame_equal(drift.judge(kept, {"now": again}), drift.judge(REFERENCE, {"now": sketch}))
    infinite = Reference.of(pd.DataFrame({"x": [-np.inf, 0.0, np.inf]}), ["x"])
    back = Reference.model_validate_json(infinite.model_dump_json())
    assert back.columns["x"].form.edges.tolist() == [-np.inf, 0.0, np.inf]


def test_sketches_by_other_references_are_not_added() -> None:
    other = Reference.of(table([1.0, 2.0], ["a", "b"]), ["n", "w"])
    rows = table([1.0], ["a"])
    with pytest.raises(DataError, match="sketches of 1 and 1 rows cannot be added: they were counted by different ref"):
        REFERENCE.sketch(rows) + other.sketch(rows)


def test_frequent_new_words_are_counted_exactly_beside_many_rare_ones() -> None:
    known = REFERENCE.sketch(table([0.0] * 500, ["x"] * 480 + [f"y{number}" for number in range(20)]))
    assert known.columns["w"].strangers["x"] == 480
    assert sum(known.columns["w"].strangers.values()) == 500


def test_days_are_put_together_where_there_are_many() -> None:
    days = np.repeat(pd.date_range("2024-01-01", periods=250).to_numpy(), 4)
    rows = pd.DataFrame({"day": days, "x": np.arange(1000) % 7})
    found = Reference.of(rows.sample(frac=1.0, random_state=0), ["x"], time="day")
    assert (found.unit, found.units, found.ordered) == ("day", 250, True)
    assert found.columns["x"].blocks.shape[0] == 84  # of three days each, but for the last
    assert found.columns["x"].blocks.sum() == 1000


def test_groups_are_units_that_have_no_order() -> None:
    rows = pd.DataFrame({"who": np.repeat(np.arange(40), 5), "x": np.arange(200.0)})
    found = Reference.of(rows, ["x"], groups="who")
    assert (found.unit, found.units, found.ordered) == ("who", 40, False)
    assert found.columns["x"].beyond == 10  # the first and the last group lie outside of all others
