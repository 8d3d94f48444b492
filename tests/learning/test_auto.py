import pytest

from pipeline.errors import SettingsError
from pipeline.figures import found
from pipeline.learning import crossfit, naming


@pytest.mark.parametrize(
    ("gains", "better", "expected"),
    [
        ([0.1, 0.1, 0.1], 1, True),
        ([0.3, -0.1, -0.1], 1, True),
        ([-0.3, 0.1, 0.1], 1, False),
        ([0, 0, 0], 1, False),
        ([-2, -3, -2], -1, True),
    ],
)
def test_score_is_ahead_by_its_mean_over_the_folds(gains: list[float], better: int, expected: bool) -> None:  # noqa: FBT001 - a case's outcome
    base = [5.0, 6.0, 7.0]
    ours = {"folds": [own + gain for own, gain in zip(base, gains, strict=True)]}
    assert crossfit.is_ahead(ours, {"folds": base}, better) is expected


def test_unnamed_learner_is_searched_as_the_strong_one() -> None:
    assert naming.check(naming.AUTO) == "auto"
    assert (naming.searched("auto"), naming.searched("forest")) == ("boosting", "forest")
    assert naming.SIMPLE in naming.names()
    assert naming.STRONG in naming.names()
    with pytest.raises(SettingsError, match="'autos': did you mean 'auto'"):
        naming.check("autos")


def test_report_says_which_learner_the_folds_chose() -> None:
    assert found.taken("boosting", "auto") == "What is kept is boosting, which beats linear on the folds."
    assert found.taken("linear", "auto").startswith("What is kept is linear")
    assert not found.taken("forest", "forest")
