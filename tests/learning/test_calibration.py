import numpy as np
import pytest
from learning.tables import GOALS
from sklearn.linear_model import LogisticRegression

from pipeline.learning.calibration import choose, corrected, restated
from pipeline.learning.crossfit import Held
from pipeline.store import codecs

ROWS = 3_000


def held(*, classes: int = 2, wrong: float = 1.0) -> Held:
    """Predict the right probabilities, whose odds are then raised to a power that makes them too sure or too shy."""
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(ROWS, classes)) * 1.5
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    target = (generator.random(ROWS)[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    said = shares**wrong / (shares**wrong).sum(axis=1, keepdims=True)
    fold = np.arange(ROWS) % 3 + 1
    return Held(
        places=np.arange(ROWS), target=target, predicted=said if classes > 2 else said[:, 1], fold=fold, score={}
    )


@pytest.mark.parametrize(("goal", "classes"), [("binary", 2), ("multiclass", 3)])
def test_choose_corrects_what_is_too_sure_and_leaves_what_is_right(goal: str, classes: int) -> None:
    assert choose(held(classes=classes), GOALS[goal], "auto").method == "none"
    found = choose(held(classes=classes, wrong=3.0), GOALS[goal], "auto")
    assert found.method in {"sigmoid", "isotonic"}
    assert found.losses[found.method] < found.losses["none"] - 0.1


def test_choose_does_as_it_is_told_and_leaves_numbers_alone() -> None:
    assert choose(held(), GOALS["binary"], "isotonic").method == "isotonic"
    assert choose(held(wrong=3.0), GOALS["binary"], "none").method == "none"
    assert choose(held(), GOALS["regression"], "auto").method == "none"


def test_choose_tries_no_steps_when_rows_are_few() -> None:
    few = held(wrong=3.0).only(np.arange(ROWS) < 300)
    assert set(choose(few, GOALS["binary"], "auto").losses) == {"none", "sigmoid"}


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("classes", [2, 3])
def test_corrected_is_one_model_that_is_kept_without_a_pickle(method: str, classes: int) -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(300, 2))
    model = LogisticRegression().fit(rows, np.arange(300) % classes)
    found = corrected(model, held(classes=classes, wrong=3.0), method)
    said = found.predict_proba(rows)
    assert said.sum(axis=1) == pytest.approx(np.ones(300))
    assert np.array_equal(codecs.decode("model", codecs.encode(found).payload).predict_proba(rows), said)
    assert set(found.predict(rows)) <= set(range(classes))
    assert corrected(model, held(), "none") is model


def test_restated_predicts_as_the_corrected_model_does() -> None:
    wrong = held(wrong=3.0)
    again = restated(wrong, "sigmoid")
    assert again.predicted.mean() == pytest.approx(again.target.mean(), abs=0.01)
    assert (np.diff(again.predicted[np.argsort(wrong.predicted)]) >= 0).all()
    assert restated(wrong, "none") is wrong
