import numpy as np
import pandas as pd
import pytest
from candidates import ROWS, archive, fitted

from pipeline.goal import Goal, Task
from pipeline.learning.scoring.resampling import Resampling
from pipeline.learning.scoring.scores import bootstrap
from pipeline.learning.slices import slice_table
from pipeline.models import inspection
from pipeline.models.evidence import Sample
from pipeline.models.gates import declared
from pipeline.models.inspection import NO_SLICES, Inspected
from pipeline.store.objects import project_store

GOAL = Goal(task=Task.BINARY, classes=(0, 1))
DRAWN = Resampling(count=50)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"flag": draw.random(400) < 0.5, "y": (draw.random(400) < 0.4).astype("int8")})
    frame["good"] = np.clip(0.5 + 0.2 * (frame["y"] - 0.5) + 0.1 * draw.normal(size=400), 0, 1)
    frame["bad"] = frame["good"].where(frame["flag"], draw.random(400))
    return frame


def counted(gates: object, strength: float = 1.0, unsent: tuple[str, ...] = ()) -> dict[str, float]:
    digest = project_store().put(archive(1.0))
    seen = Inspected(model=fitted(strength), digest=digest, features=ROWS, goal=GOAL, unsent=unsent)
    return inspection.counts(declared(gates), seen)


@pytest.mark.usefixtures("project")
def test_counts_measures_what_gates_ask_for_and_nothing_else() -> None:
    asked = {"schema": {"unsent_at_most": 0}, "size_mb": {"at_most": 1}, "latency_ms": {"p99_at_most": 1}}
    found = counted(asked, unsent=("new", "newer"))
    assert found["schema"] == 2
    assert found["size_mb"] == len(archive(1.0)) / 1e6
    assert found["latency_ms"] > 0
    assert counted({"roc_auc": {"low_at_least": 0.5}}) == {}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("strength", "rows"), [(1.0, 0), (0.5, len(ROWS))])
def test_counts_finds_rows_that_the_kept_model_predicts_otherwise(strength: float, rows: int) -> None:
    assert counted({"verified": {"differing_at_most": 0}}, strength) == {"verified": rows}


def test_slices_are_behind_all_rows_by_as_much_as_the_table_says(table: pd.DataFrame) -> None:
    sliced = slice_table(GOAL, table, ["flag"], table["y"], table["bad"], resampling=DRAWN)
    found = {each.title: each for each in inspection.behind_all(sliced, GOAL, 0.8)}
    worse = sliced[(sliced["slice"] == "False") & (sliced["metric"] == "roc_auc")].iloc[0]
    assert found["flag = False"].behind == pytest.approx(0.8 - worse["value"])
    assert (found["flag = False"].rows, found["flag = False"].error) == (worse["rows"], worse["error"])
    assert found["flag = True"].behind < found["flag = False"].behind


def test_slices_are_behind_the_champion_where_the_model_is_worse(table: pd.DataFrame) -> None:
    said = {"model": table["bad"].to_numpy(), "champion": table["good"].to_numpy()}
    given = {"choices": {}, "resampling": DRAWN}
    true, false = inspection.behind_champion(GOAL, table, ["flag"], table["y"], said, **given)[::-1]
    if true.title != "flag = True":
        true, false = false, true
    assert (true.behind, false.rows) == (0.0, int((~table["flag"]).sum()))
    assert false.behind > 3 * false.error > 0


def test_there_are_no_slices_when_nothing_is_sliced_by(table: pd.DataFrame) -> None:
    said = {"model": table["bad"].to_numpy(), "champion": table["good"].to_numpy()}
    assert inspection.behind_champion(GOAL, table, [], table["y"], said, choices={}, resampling=DRAWN) is NO_SLICES
    empty = slice_table(GOAL, table, [], table["y"], table["bad"], resampling=DRAWN)
    assert inspection.behind_all(empty, GOAL, 0.8) is NO_SLICES


def test_difference_is_to_the_best_rival_and_says_on_what(table: pd.DataFrame) -> None:
    said = {"model": table["bad"], "good": table["good"], "even": np.full(400, 0.5)}
    days = Resampling(count=50, units=np.arange(400) // 10)
    found = inspection.difference(bootstrap(GOAL, table["y"], said, resampling=days), ["good", "even"], "day")
    assert found.sample == Sample(rows=400, units=40, unit="day")
    assert found.estimates["roc_auc"]["value"] < 0
