import math
from random import Random

import pytest

from pipeline.errors import SettingsError
from pipeline.goal import Task
from pipeline.models.contests import FALSE_ALARMS, needed
from pipeline.models.evidence import NO_OTHER, Difference, Evidence, NoDifference, Outcome, Said, Sample, Slice, Verdict
from pipeline.models.gates import declared, judge

MANY = Sample(rows=5000, units=61, unit="day")
GOOD = {"roc_auc": {"value": 0.8, "low": 0.79, "high": 0.81}}


def verdict(gates: object, champion: object, sample: Sample = MANY, **found: object) -> Verdict:
    if isinstance(champion, tuple):
        low, value, high = champion
        estimates = {"roc_auc": {"value": value, "low": low, "high": high}, "brier": {"value": 1, "low": 1, "high": 1}}
        champion = Difference(estimates=estimates, sample=sample)
    asked = {"model": found.pop("model", None), "against": found.pop("against", None)}
    both = {"baseline": NO_OTHER, "champion": champion}
    evidence = Evidence(**{"metrics": GOOD, "sample": MANY, "differences": both, **found})
    return judge(gates, Task.BINARY, evidence, **asked)


def versus(champion: object, margin: float = 0.01, sample: Sample = MANY) -> Outcome:
    return verdict({"champion": {"roc_auc": margin}}, champion, sample).outcomes[0]


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ((-0.005, 0.0, 0.005), Said.PASSED),
        ((-0.01, 0.0, 0.01), Said.PASSED),
        ((-0.02, 0.0, 0.02), Said.INCONCLUSIVE),
        ((-0.03, -0.02, -0.005), Said.INCONCLUSIVE),
        ((-0.03, -0.02, -0.01), Said.INCONCLUSIVE),
        ((-0.03, -0.02, -0.011), Said.REFUSED),
    ],
)
def test_difference_passes_or_refuses_only_as_a_whole(difference: tuple[float, ...], said: Said) -> None:
    found = versus(difference)
    assert (found.said, found.passed, found.limit) == (said, said is Said.PASSED, 0.01)
    low, _, high = difference
    assert (found.low, found.value, found.high) == (0.0 - high, 0.0 - low, 0.0 - low)


def test_inconclusive_gate_says_how_many_rows_would_tell() -> None:
    assert versus((-0.02, 0.0, 0.02)).message == (
        "ROC AUC may be worse than the champion's by 0.02, more than the margin of 0.01, or not "
        "(-0.02 to 0.02, below 0: better): 5,000 rows are too few to tell, about 20,000 would be needed."
    )
    assert versus((-0.04, -0.03, 0.0)).message.endswith("about 12,000 would be needed.")


def test_no_number_of_rows_tells_when_the_difference_is_the_margin() -> None:
    assert "no number within reach" in versus((-0.02, -0.01, 0.0)).message
    assert needed(-0.1, 0.01, 0.1, 0.01, 100).endswith("would be enough")


def test_a_few_more_rows_are_needed_when_it_is_a_close_thing() -> None:
    assert needed(0.0, 0.02, 0.08, 0.0, rows=45) == "about 50 would be needed"


def test_refused_gate_says_by_how_much_it_is_worse_at_least() -> None:
    assert versus((-0.03, -0.02, -0.011)).message == (
        "ROC AUC is worse than the champion's by 0.011 or more, beyond the margin of 0.01."
    )


def test_gates_are_inconclusive_when_there_are_too_few_units() -> None:
    few = Sample(rows=5000, units=29, unit="day")
    found = versus((0.01, 0.02, 0.03), sample=few)
    assert (found.said, found.message) == (
        Said.INCONCLUSIVE,
        "ROC AUC was measured on 29 days alone: at least 30 are needed to tell luck from skill",
    )
    limit = verdict({"roc_auc": {"low_at_least": 0.5}}, NO_OTHER, sample=few).outcomes[0]
    assert limit.passed  # the sample of the metrics is another
    assert verdict(
        {"roc_auc": {"low_at_least": 0.5}},
        NO_OTHER,
        metrics=GOOD,
        differences={"baseline": NO_OTHER, "champion": NO_OTHER},
    ).passed


def test_limit_is_inconclusive_when_there_are_too_few_rows() -> None:
    both = {"baseline": NO_OTHER, "champion": NO_OTHER}
    evidence = Evidence(metrics=GOOD, sample=Sample(), differences=both)
    found = judge({"roc_auc": {"low_at_least": 0.5}}, Task.BINARY, evidence)
    assert (found.said, found.passed, found.as_dict()["outcome"]) == (Said.INCONCLUSIVE, False, "inconclusive")
    assert "0 rows alone" in found.outcomes[0].message


def test_verdict_is_refused_when_one_gate_refuses_and_another_cannot_tell() -> None:
    gates = {"roc_auc": {"low_at_least": 0.9}, "champion": {"roc_auc": 0.01}}
    found = verdict(gates, (-0.02, 0.0, 0.02))
    assert ([each.said for each in found.outcomes], found.said) == ([Said.REFUSED, Said.INCONCLUSIVE], Said.REFUSED)


def test_model_is_refused_when_it_is_compared_with_itself() -> None:
    gates = {"champion": {"roc_auc": 0.01}}
    found = verdict(gates, (0.0, 0.01, 0.02), model="sha256:1", against="sha256:1").outcomes[0]
    assert (found.said, "compared with itself shows nothing" in found.message) == (Said.REFUSED, True)
    assert verdict(gates, (0.0, 0.01, 0.02), model="sha256:1", against="sha256:2").passed


@pytest.mark.parametrize("rival", ["baseline", "champion"])
def test_model_is_refused_when_a_rival_predicts_exactly_as_it_does(rival: str) -> None:
    nothing = {"value": 0.0, "low": 0.0, "high": -0.0}
    same = Difference(estimates={"roc_auc": nothing, "brier": nothing, "recall": {"value": math.nan}}, sample=MANY)
    both = {"baseline": NO_OTHER, "champion": NO_OTHER, rival: same}
    evidence = Evidence(metrics=GOOD, sample=MANY, differences=both)
    found = judge({rival: {"roc_auc": 0.01}}, Task.BINARY, evidence).outcomes[0]
    assert (found.said, "predicts exactly as this model does" in found.message) == (Said.REFUSED, True)


def test_model_that_ranks_alike_is_no_copy_when_another_metric_differs() -> None:
    assert verdict({"champion": {"roc_auc": 0.01}}, (0.0, 0.0, 0.0)).passed


def sliced(*behind: float, error: float = 0.01, rows: int = 100) -> dict[str, object]:
    found = [Slice(title=f"size = {place}", rows=rows, behind=each, error=error) for place, each in enumerate(behind)]
    return {"slices": {"slices": tuple(found)}}


def slices(**found: object) -> Outcome:
    return verdict({"slices": {"roc_auc": 0.05}}, NO_OTHER, **found).outcomes[0]


def test_slice_is_refused_only_when_it_is_clearly_behind_by_more_than_the_margin() -> None:
    assert slices(**sliced(0.0, 0.05, 0.06)).passed
    found = slices(**sliced(0.0, 0.09, 0.02))
    assert (found.said, found.value, found.message) == (
        Said.REFUSED,
        0.09,
        "ROC AUC on the slice size = 1 is 0.09 behind that of all rows, clearly more than the margin of 0.05.",
    )


def test_slice_gate_asks_for_more_when_there_are_more_slices() -> None:
    assert not slices(**sliced(0.07)).passed
    assert slices(**sliced(0.07, *[0.0] * 19)).passed


def test_slice_gate_rarely_refuses_when_no_slice_is_behind_by_more_than_the_margin() -> None:
    luck = Random(0)
    tables = [sliced(*(luck.gauss(0.05, 0.01) for _ in range(12))) for _ in range(2000)]
    refused = sum(not slices(**each).passed for each in tables) / len(tables)
    assert FALSE_ALARMS / 2 < refused < FALSE_ALARMS * 1.2


@pytest.mark.parametrize("error", [math.nan, 0.0])
def test_slice_counts_against_the_model_when_nobody_knows_how_sure_it_is(error: float) -> None:
    assert not slices(**sliced(0.06, error=error)).passed
    assert slices(**sliced(0.04, error=error)).passed


@pytest.mark.parametrize("found", [{}, {"slices": {}}, sliced(rows=29), sliced(0.0, rows=29), sliced(math.nan)])
def test_slice_gate_does_not_pass_when_no_slice_can_be_judged(found: dict[str, object]) -> None:
    assert slices(**found).said is Said.INCONCLUSIVE


def test_slice_gate_says_why_there_are_no_slices() -> None:
    told = NoDifference(said=Said.PASSED, message="nothing to slice by")
    assert (slices(slices={"slices": told}).passed, slices(slices={"slices": told}).message) == (True, told.message)


def test_champions_slices_are_a_gate_of_their_own() -> None:
    found = {"slices": {"champion_slices": sliced(0.09)["slices"]["slices"]}}
    outcome = verdict({"champion_slices": {"roc_auc": 0.05}}, NO_OTHER, **found).outcomes[0]
    assert "0.09 behind the champion's there" in outcome.message


def test_slices_are_an_error_when_their_metric_is_not_the_headline() -> None:
    with pytest.raises(SettingsError, match=r"slices are compared by roc_auc alone\. Give that its margin"):
        declared({"slices": {"brier": 0.05}}, Task.BINARY)
