import re

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import StoreError
from pipeline.goal import Goal, Task
from pipeline.models.comparison import FEWEST, Asked, meeting
from pipeline.models.evidence import NO_OTHER, Evidence, Said, Sample
from pipeline.models.gates import judge
from pipeline.models.promotion import Promotion
from pipeline.store import codecs
from pipeline.store.objects import project_store

pytestmark = pytest.mark.usefixtures("project")
ROWS = pd.DataFrame({"key": range(1000), "size": range(1000), "y": (np.arange(1000) % 2).astype("int8")})
METRICS = {"roc_auc": {"value": 0.8, "low": 0.7, "high": 0.9}}
BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))


def champion(learnt: pd.DataFrame) -> Promotion:
    digest = project_store().put(codecs.encode(learnt).payload)
    made_of = {"model_digest": "sha256:0", "data_digest": digest, "test_digest": "sha256:1", "threshold": 0.5}
    return Promotion(name="model", version=1, run="run", **made_of)


def asked(goal: Goal = BINARY, target: str = "y") -> Asked:
    return Asked(goal=goal, target=target, name="key")


def test_meeting_is_on_the_rows_that_the_champion_has_not_learnt_from() -> None:
    found = meeting(champion(ROWS[:600]), ROWS[500:], asked())
    assert (found.rows.tolist(), found.is_on) == (list(range(100, 500)), True)


def test_meeting_asks_the_champion_by_its_own_features_when_there_are_new_ones() -> None:
    found = meeting(champion(ROWS[:600]), ROWS[500:].assign(new=1), asked())
    assert (found.features, found.is_on, found.unsent) == (("size",), True, ("new",))


def test_a_column_of_another_kind_is_one_that_clients_do_not_send() -> None:
    found = meeting(champion(ROWS[:600].assign(kind=1)), ROWS[500:].assign(kind="a"), asked())
    assert found.unsent == ("kind",)


def test_there_is_no_meeting_when_there_is_no_champion() -> None:
    found = meeting(None, ROWS, asked())
    assert (len(found.rows), found.obstacle, found.is_on) == (0, NO_OTHER, False)


def test_meeting_cannot_be_found_when_the_training_table_is_gone() -> None:
    gone = Promotion(**{**vars(champion(ROWS)), "data_digest": "sha256:" + 64 * "0"})
    with pytest.raises(StoreError, match="is not in the store"):
        meeting(gone, ROWS, asked())


def test_too_few_fair_rows_refuse_the_model_and_say_why() -> None:
    found = meeting(champion(ROWS[:900]), ROWS, asked())
    assert len(found.rows) < FEWEST
    told = {"baseline": NO_OTHER, "champion": found.obstacle}
    evidence = Evidence(metrics=METRICS, sample=Sample(rows=100, units=100), differences=told)
    verdict = judge({"champion": {"roc_auc": 0.01}}, Task.BINARY, evidence)
    assert verdict.said is Said.INCONCLUSIVE
    assert verdict.outcomes[0].message == (
        "cannot compare: the champion has learnt from 900 of 1,000 test rows; use a later test window."
    )


@pytest.mark.parametrize(
    ("learnt", "wanted", "message"),
    [
        (ROWS, asked(target="z"), "the champion predicts another column than 'z'"),
        (ROWS, asked(Goal(task=Task.REGRESSION)), "answers a binary goal, the question is now a regression one"),
        (ROWS.astype({"y": "float64"}), asked(), "answers a regression goal, the question is now a binary one"),
        (ROWS.astype({"y": "int16"}), asked(), "answers a multiclass goal, the question is now a binary one"),
        (
            ROWS.astype({"y": "int16"}),
            asked(Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))),
            "knows 2 classes, there are now 3",
        ),
        (ROWS.astype({"size": "str"}), asked(), "1 features that the champion needs are gone or .* such as 'size'"),
        (ROWS.assign(old=1), asked(), "are gone or of another kind, such as 'old'"),
    ],
)
def test_models_that_answer_different_questions_are_not_compared(
    learnt: pd.DataFrame, wanted: Asked, message: str
) -> None:
    found = meeting(champion(learnt), ROWS, wanted)
    assert not found.is_on
    assert found.obstacle.said is Said.REFUSED
    assert re.search(message, found.obstacle.message)
    assert "a name of its own: [tool.pipeline.models] name" in found.obstacle.message
