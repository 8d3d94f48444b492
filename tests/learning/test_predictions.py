import numpy as np
import pandas as pd
import pytest

from pipeline.goal import Goal, Task
from pipeline.learning import predictions

BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))
SEVERAL = Goal(task=Task.MULTICLASS, classes=tuple("abc"))


@pytest.mark.parametrize(("goal", "shape"), [(BINARY, (4,)), (SEVERAL, (4, 3))])
def test_predictions_beside_rows_are_read_back_to_the_last_digit(goal: Goal, shape: tuple[int, ...]) -> None:
    rows = pd.DataFrame({"x": range(4)}, index=[3, 1, 2, 0])
    predicted = np.random.default_rng(0).random(shape)
    table = predictions.beside(rows, predicted, goal)
    assert list(table.columns) == ["x", *predictions.columns(goal)]
    assert np.array_equal(predictions.of(table, goal), predicted)
    assert table.index.tolist() == rows.index.tolist()


def test_outcomes_are_what_happened_and_what_was_said_of_it() -> None:
    truth, said = predictions.outcomes(SEVERAL, [0, 2], np.array([[0.6, 0.3, 0.1], [0.1, 0.7, 0.2]]))
    assert (truth.tolist(), said.tolist()) == ([1, 0], [0.6, 0.7])
    truth, said = predictions.outcomes(BINARY, [0, 1], np.array([0.2, 0.7]))
    assert (truth.tolist(), said.tolist()) == ([0, 1], [0.2, 0.7])


def test_golden_rows_spread_from_the_lowest_to_the_highest_prediction() -> None:
    probability = np.random.default_rng(0).random(300)
    frame = pd.DataFrame({"p": probability, "text": "x"})
    found = predictions.golden(frame, probability, rows=11)
    assert len(found) == 11
    assert (found["p"].min(), found["p"].max()) == (probability.min(), probability.max())
    assert found.dtypes.equals(frame.dtypes)


def test_golden_rows_of_several_classes_have_every_class_that_is_predicted() -> None:
    shares = np.random.default_rng(0).dirichlet([1, 1, 1], 300)
    found = predictions.golden(pd.DataFrame({"called": shares.argmax(axis=1)}), shares, rows=20)
    assert (len(found), set(found["called"])) == (20, {0, 1, 2})


def test_golden_rows_are_all_rows_when_there_are_few() -> None:
    frame = pd.DataFrame({"p": [0.2, 0.1]})
    pd.testing.assert_frame_equal(predictions.golden(frame, frame["p"].to_numpy(), rows=5), frame)
