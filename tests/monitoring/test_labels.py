from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.goal import Goal, Task
from pipeline.monitoring import labels, performance
from pipeline.monitoring.performance import Watched

START = pd.Timestamp("2026-01-01", tz="UTC")
HOUR = pd.Timedelta("1h")
NOW = START + 1_000 * HOUR
PREDICTIONS = pd.DataFrame(
    {"id": [f"p{place}" for place in range(8)], "at": [START + place * HOUR for place in range(8)]}
).assign(prediction=np.linspace(0.1, 0.9, 8))
NOTHING = pd.DataFrame({"prediction": pd.Series(dtype=str), "at": pd.Series(dtype="datetime64[us, UTC]"), "label": []})
TOLD = st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 1))
"""Which prediction (two are of nobody's), after how many hours, what."""


def told(events: list[tuple[int, int, int]]) -> pd.DataFrame:
    rows = [
        {"prediction": f"p{place}", "at": START + (place + hours) * HOUR, "label": label}
        for place, hours, label in events
    ]
    return pd.DataFrame(rows) if rows else NOTHING


@settings(max_examples=80, deadline=None)
@given(st.lists(TOLD, max_size=30), st.randoms(use_true_random=False), st.integers(0, 12))
def test_labels_mean_the_same_in_whatever_order_and_however_often_they_come(
    events: list[tuple[int, int, int]], random: Random, hours: int
) -> None:
    again = [*events, *(each for each in events if random.random() < 0.3)]  # some are told twice
    random.shuffle(again)
    now = START + hours * HOUR
    first, second = (labels.settle(PREDICTIONS, told(each), now=now) for each in (events, again))
    pd.testing.assert_frame_equal(first, second)
    watched = Watched(goal=Goal(task=Task.BINARY, classes=(0, 1)), target="label", choice=0.5)
    scored = [performance.by_window({"all": each}, watched, resamples=5, seed=0) for each in (first, second)]
    pd.testing.assert_frame_equal(*scored)
    delays = [labels.usual_delay(each, now=now) for each in (first, second)]
    assert delays[0] == delays[1]
    ripe = [labels.maturity({"all": each}, now=now, delay=2 * HOUR) for each in (first, second)]
    pd.testing.assert_frame_equal(*ripe)


def test_the_label_that_was_told_last_holds() -> None:
    found = labels.settle(PREDICTIONS, told([(0, 3, 1), (0, 1, 0), (0, 2, 0), (1, 1, 1), (9, 1, 1)]), now=NOW)
    assert found["label"].iloc[:2].tolist() == [1, 1]
    assert found["label"].notna().sum() == 2
    assert found["first_told"].iloc[0] == START + HOUR
    assert found["last_told"].iloc[0] == START + 3 * HOUR
    assert found["corrections"].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert found["prediction"].tolist() == PREDICTIONS["prediction"].tolist()


def test_what_is_told_later_does_not_count_yet() -> None:
    events = told([(0, 3, 1), (0, 1, 0)])
    assert labels.settle(PREDICTIONS, events, now=START + 2 * HOUR)["label"].iloc[0] == 0
    assert labels.settle(PREDICTIONS, events, now=START)["label"].isna().all()


def test_predictions_of_one_id_are_refused() -> None:
    with pytest.raises(DataError, match="prediction 'p0' stands twice in the log, so no label can be told"):
        labels.settle(pd.concat([PREDICTIONS, PREDICTIONS]), NOTHING, now=NOW)


def test_the_usual_delay_is_not_that_of_the_quick_labels_alone() -> None:
    """Of young predictions only quick labels are in: a quantile of all that is known would be too short."""
    draw = np.random.default_rng(0)
    made = pd.DataFrame({"id": [f"p{place}" for place in range(2_000)], "at": START + np.arange(2_000) * HOUR})
    waits = draw.exponential(200, size=2_000).clip(max=900)
    events = pd.DataFrame({"prediction": made["id"], "at": made["at"] + pd.to_timedelta(waits, unit="h"), "label": 1})
    now = START + 2_000 * HOUR
    found = labels.settle(made, events, now=now)
    naive = (found["first_told"] - found["at"]).quantile(0.95)
    assert labels.usual_delay(found, now=now) == pytest.approx(np.log(20) * 200 * HOUR, rel=0.1)
    assert naive < labels.usual_delay(found, now=now)


def test_the_usual_delay_is_the_longest_where_little_is_known() -> None:
    found = labels.settle(PREDICTIONS, told([(0, 3, 1), (1, 5, 0)]), now=NOW)
    assert labels.usual_delay(found, now=NOW) == 5 * HOUR
    assert labels.usual_delay(labels.settle(PREDICTIONS, NOTHING, now=NOW), now=NOW) is None


def test_a_window_is_mature_when_it_is_old_enough_and_its_labels_are_in() -> None:
    found = labels.settle(PREDICTIONS, told([(place, 1, 1) for place in (0, 1, 2, 4, 5, 6)]), now=NOW)
    windows = {"full": found[:3], "thin": found[3:4], "new": found[4:7], "empty": found[:0]}
    ripe = labels.maturity(windows, now=START + 10 * HOUR, delay=5 * HOUR)
    assert ripe["mature"].tolist() == [True, False, False, False]
    assert ripe["coverage"].iloc[:3].tolist() == [1.0, 0.0, 1.0]
    assert ripe["reason"].tolist() == [
        "",
        "0% of its rows have a label, and 50% must",
        "its last prediction is 0 days 04:00:00 old, and labels take 0 days 05:00:00",
        "there are no rows",
    ]
    unknown = labels.maturity(windows, now=NOW, delay=None)
    assert not unknown["mature"].any()
    assert unknown["reason"].iloc[0] == "no label is in, so nobody knows how long they take"
