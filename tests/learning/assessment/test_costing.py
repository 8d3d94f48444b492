import numpy as np
import pytest

from pipeline.errors import SettingsError
from pipeline.goal import Goal, Task
from pipeline.learning.assessment import costing
from pipeline.learning.scoring.resampling import Resampling

BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))
COSTS = {"false_positive": 1.0, "false_negative": 5.0}
DRAWN = Resampling(count=50)


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    probability = generator.beta(2, 3, 500).round(2)
    return (generator.random(500) < probability).astype(np.int8), probability


def test_curve_says_what_errors_cost_at_each_threshold(rows: tuple[np.ndarray, np.ndarray]) -> None:
    target, probability = rows
    table = costing.curve(BINARY, target, probability, COSTS, threshold=0.3, resampling=DRAWN)
    for row in table.iloc[:: len(table) // 7].itertuples():
        called = probability >= row.threshold
        cost = (called & (target == 0)).sum() + 5 * (~called & (target == 1)).sum()
        assert row.cost == pytest.approx(1000 * cost / 500)
        assert row.low <= row.cost <= row.high
    assert table.loc[table["chosen"], "threshold"].tolist() == [0.3]
    assert table["cost"].iloc[0] == pytest.approx(1000 * (target == 0).mean())  # all are called positive
    assert table["cost"].iloc[-1] == pytest.approx(5000 * (target == 1).mean())  # none is


def test_curve_counts_rows_as_much_as_the_table_says(rows: tuple[np.ndarray, np.ndarray]) -> None:
    target, probability = rows
    counts = np.where(target == 1, 3.0, 1.0)
    drawn = Resampling(count=5, counts=counts)
    table = costing.curve(BINARY, target, probability, COSTS, threshold=0.3, resampling=drawn)
    assert table["cost"].iloc[-1] == pytest.approx(5000 * counts[target == 1].sum() / counts.sum())


def test_there_is_no_curve_where_nobody_states_costs(rows: tuple[np.ndarray, np.ndarray]) -> None:
    assert costing.curve(BINARY, *rows, {}, threshold=0.3, resampling=DRAWN) is None


@pytest.mark.parametrize(
    ("goal", "costs", "match"),
    [
        (BINARY, {"false_positive": 1.0}, "`costs` in .* it names what a false_positive and what a false_negative"),
        (
            Goal(task=Task.REGRESSION),
            COSTS,
            "a wrong yes and a wrong no, and this is a regression goal. Leave them out",
        ),
    ],
)
def test_curve_refuses_costs_that_say_nothing_here(
    rows: tuple[np.ndarray, np.ndarray], goal: Goal, costs: dict[str, float], match: str
) -> None:
    with pytest.raises(SettingsError, match=match):
        costing.curve(goal, *rows, costs, threshold=0.3, resampling=DRAWN)
