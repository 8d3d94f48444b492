import numpy as np
import pytest
from learning.tables import GOALS

from pipeline.errors import DataError
from pipeline.learning.parting import Fold, Rows, forward, how, parted, scorable

BINARY = np.array([0] * 80 + [1] * 20)
GROUPS = np.arange(100) % 20


def rows(goal: str = "binary", *, timed: bool = False, groups: np.ndarray | None = None) -> Rows:
    return Rows(target=BINARY, goal=GOALS[goal], timed=timed, groups=groups)


def test_forward_scores_only_what_follows_when_rows_have_a_time() -> None:
    found = forward(rows(timed=True), 4)
    assert len(found) == 4
    assert all(fold.train.max() < fold.test.min() for fold in found)


def test_parted_scores_each_row_once_by_all_around_it_when_rows_have_a_time() -> None:
    assert [fold.test.tolist() for fold in parted(rows(timed=True), 4)] == [
        list(range(at, at + 25)) for at in range(0, 100, 25)
    ]
    assert all(sorted([*fold.train, *fold.test]) == list(range(100)) for fold in parted(rows(timed=True), 4))


@pytest.mark.parametrize("make", [forward, parted])
def test_folds_keep_the_shares_of_classes_and_score_each_row_once(make: object) -> None:
    found = make(rows(), 4)
    assert sorted(np.concatenate([fold.test for fold in found])) == list(range(100))
    assert [BINARY[fold.test].mean() for fold in found] == [0.2] * 4


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("goal", ["binary", "regression"])
@pytest.mark.parametrize("make", [forward, parted])
def test_folds_never_have_a_group_on_both_sides(make: object, goal: str, timed: bool) -> None:  # noqa: FBT001 - a case
    blocks = np.arange(100) // 3
    for fold in make(rows(goal, timed=timed, groups=blocks), 4):
        assert not set(blocks[fold.train]) & set(blocks[fold.test])


def test_how_gives_the_reason() -> None:
    assert how(rows(timed=True, groups=GROUPS)) == (
        "forward in time, because rows have one; rows of one group are never on both sides"
    )
    assert how(rows(groups=GROUPS)) == "drawn at random in whole groups, with the same shares of classes in each"
    assert how(rows("regression")) == "drawn at random, because rows have neither time nor groups"


@pytest.mark.parametrize(("timed", "goal"), [(True, "binary"), (False, "binary"), (False, "regression")])
def test_folds_are_refused_when_there_are_too_few_rows(timed: bool, goal: str) -> None:  # noqa: FBT001 - a case
    few = Rows(target=np.array([0, 1]), goal=GOALS[goal], timed=timed)
    with pytest.raises(DataError, match=r"2 rows make no 3 folds: .*Take fewer folds"):
        forward(few, 3)


def test_folds_are_refused_when_all_rows_are_one_group() -> None:
    with pytest.raises(DataError, match=r"100 rows make no 4 folds: too few groups"):
        forward(rows(timed=True, groups=np.zeros(100)), 4)


def test_scorable_refuses_a_fold_of_one_class() -> None:
    with pytest.raises(DataError, match="fold 1 trains on rows of one class only"):
        scorable([Fold(train=np.arange(10), test=np.arange(100))], rows())
    with pytest.raises(DataError, match="fold 1 is scored on rows of one class only"):
        scorable([Fold(train=np.arange(100), test=np.arange(10))], rows())
    assert scorable([Fold(train=np.arange(10), test=np.arange(10))], rows("regression"))
