import pandas as pd
import pytest

from pipeline.errors import StoreError
from pipeline.models.comparison import FEWEST, fair, too_few
from pipeline.models.gates import judge
from pipeline.models.promotion import Promotion
from pipeline.store import codecs
from pipeline.store.objects import project_store

pytestmark = pytest.mark.usefixtures("project")
ROWS = pd.DataFrame({"key": range(1000), "size": range(1000)})
METRICS = {"roc_auc": {"value": 0.8, "low": 0.7, "high": 0.9}}


def champion(learnt: pd.DataFrame) -> Promotion:
    digest = project_store().put(codecs.encode(learnt).payload)
    made_of = {"model_digest": "sha256:0", "data_digest": digest, "test_digest": "sha256:1", "threshold": 0.5}
    return Promotion(name="model", version=1, run="run", **made_of)


def test_fair_rows_are_those_that_the_champion_has_not_learnt_from() -> None:
    assert fair(champion(ROWS[:600]), ROWS[500:], name="key", time=None).tolist() == list(range(100, 500))
    assert fair(champion(ROWS[:600]), ROWS[600:], name="key", time=None).tolist() == list(range(400))


def test_fair_rows_cannot_be_found_when_the_training_table_is_gone() -> None:
    gone = Promotion(**{**vars(champion(ROWS)), "data_digest": "sha256:" + 64 * "0"})
    with pytest.raises(StoreError, match="is not in the store"):
        fair(gone, ROWS, name="key", time=None)


def test_too_few_fair_rows_refuse_the_model_and_say_why() -> None:
    found = fair(champion(ROWS[:900]), ROWS, name="key", time=None)
    assert len(found) < FEWEST
    told = {"baseline": METRICS, "champion": too_few(len(found), len(ROWS))}
    verdict = judge({"champion": {"roc_auc": 0.01}}, METRICS, told)
    assert not verdict.passed
    assert verdict.outcomes[0].message == (
        "cannot compare: the champion has learnt from 900 of 1,000 test rows; use a later test window."
    )
