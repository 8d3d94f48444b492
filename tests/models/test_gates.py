import math
import subprocess
import sys

import pytest

from pipeline.errors import GateError, SettingsError
from pipeline.goal import Task
from pipeline.models.evidence import NO_OTHER, Difference, Evidence, NoDifference, Outcome, Said, Sample, Verdict
from pipeline.models.gates import DEFAULTS, declared, judge
from pipeline.models.limits import COUNTED, LIMITS, Limit

METRICS = {
    "roc_auc": {"value": 0.75, "low": 0.73, "high": 0.77},
    "brier": {"value": 0.16, "low": 0.15, "high": 0.17},
}
BETTER = {"roc_auc": {"value": 0.01, "low": -0.004, "high": 0.02}, "brier": {"value": 0.0, "low": -0.01, "high": 0.01}}
MANY = Sample(rows=1000, units=1000)


def paired(estimates: object, sample: Sample = MANY) -> Difference:
    return Difference(estimates=estimates, sample=sample)


NONE = {"baseline": paired(BETTER), "champion": NO_OTHER}


def against(champion: object, baseline: object = BETTER) -> dict[str, object]:
    both = {"baseline": baseline, "champion": champion}
    return {rival: paired(each) if isinstance(each, dict) else each for rival, each in both.items()}


def evidence(metrics: object = METRICS, differences: object = NONE, **found: object) -> Evidence:
    return Evidence(**{"metrics": metrics, "sample": MANY, "differences": differences, **found})


def one(gates: object, metrics: object = METRICS, differences: object = NONE, **found: object) -> Outcome:
    return judge(gates, Task.BINARY, evidence(metrics, differences, **found)).outcomes[0]


@pytest.mark.parametrize(
    ("metric", "limits", "passed", "value"),
    [
        ("roc_auc", {"low_at_least": 0.73}, True, 0.73),
        ("roc_auc", {"low_at_least": 0.731}, False, 0.73),
        ("roc_auc", {"value_at_least": 0.74}, True, 0.75),
        ("roc_auc", {"value_at_least": 0.76}, False, 0.75),
        ("brier", {"high_at_most": 0.17}, True, 0.17),
        ("brier", {"high_at_most": 0.165}, False, 0.17),
        ("brier", {"value_at_most": 0.16}, True, 0.16),
        ("brier", {"value_at_most": 0.1}, False, 0.16),
    ],
)
def test_limit_judges_one_end_of_the_interval(
    metric: str, limits: dict[str, float], passed: object, value: float
) -> None:
    outcome = one({metric: limits})
    ((key, limit),) = limits.items()
    assert (outcome.name, outcome.passed, outcome.value, outcome.limit) == (f"{metric}.{key}", passed, value, limit)


@pytest.mark.parametrize(
    ("margins", "passed", "value"),
    [
        ({"roc_auc": 0.004}, True, 0.004),
        ({"roc_auc": 0.003}, False, 0.004),
        ({"brier": 0.01}, True, 0.01),
        ({"brier": 0.009}, False, 0.01),
    ],
)
@pytest.mark.parametrize("rival", ["champion", "baseline"])
def test_rival_gate_judges_the_bad_end_of_the_difference(
    rival: str, margins: dict[str, float], passed: object, value: float
) -> None:
    outcome = one({rival: margins}, differences={**NONE, rival: paired(BETTER)})
    assert (outcome.passed, outcome.value) == (passed, value)


def test_champion_gate_passes_when_there_is_no_champion() -> None:
    outcome = one({"champion": {"roc_auc": 0.01}})
    assert outcome.passed
    assert outcome.message == "no other model is champion: nothing to be worse than."


def test_champion_gate_refuses_when_the_two_cannot_be_compared() -> None:
    told = NoDifference(said=Said.REFUSED, message="cannot compare")
    outcome = one({"champion": {"roc_auc": 0.01}}, differences=against(told))
    assert (outcome.passed, outcome.value, outcome.message) == (False, None, "cannot compare")


def test_default_gates_refuse_a_model_that_is_worse_than_the_baseline() -> None:
    worse = {"roc_auc": {"value": -0.02, "low": -0.03, "high": -0.01}}
    verdict = judge({}, Task.BINARY, evidence(METRICS, against(NO_OTHER, baseline=worse)))
    assert {outcome.name: outcome.passed for outcome in verdict.outcomes} == {
        "roc_auc.low_at_least": True,
        "baseline.roc_auc": False,
        "champion.roc_auc": True,
        "champion_slices.roc_auc": False,  # nobody has looked
        "giveaways.at_most": False,
        "verified.differing_at_most": False,
    }


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf, None, "0.9", True, [], {}])
def test_every_gate_fails_closed_when_its_number_is_none(broken: object) -> None:
    ends = dict.fromkeys(("value", "low", "high"), broken)
    gates = {"roc_auc": dict.fromkeys(LIMITS, 0.5), "champion": {"roc_auc": 0.01}, "baseline": {"roc_auc": 0}}
    verdict = judge(gates, Task.BINARY, evidence({"roc_auc": ends}, against({"roc_auc": ends}, {"roc_auc": ends})))
    assert not any(outcome.passed for outcome in verdict.outcomes)
    assert {outcome.value for outcome in verdict.outcomes} == {None}
    assert "no number to judge" in verdict.outcomes[0].message


@pytest.mark.parametrize("found", [{"brier": METRICS["brier"]}, {"roc_auc": {}}, {"roc_auc": None}, {"roc_auc": 0.9}])
def test_every_gate_fails_closed_when_its_metric_is_missing(found: object) -> None:
    verdict = judge(
        {"roc_auc": {"low_at_least": 0.5}, "champion": {"roc_auc": 0.01}},
        Task.BINARY,
        evidence(found, against(paired(found))),
    )
    assert [outcome.passed for outcome in verdict.outcomes] == [False, False]


@pytest.mark.parametrize("metrics", [None, {}, "good", [0.9]])
def test_judge_refuses_when_there_are_no_metrics(metrics: object) -> None:
    with pytest.raises(GateError, match="no metrics to judge"):
        judge({}, Task.BINARY, evidence(metrics))


@pytest.mark.parametrize("differences", [None, {}, against(None), against(0), {"champion": NO_OTHER}, BETTER])
def test_judge_refuses_when_a_difference_is_missing(differences: object) -> None:
    with pytest.raises(GateError, match=r"the difference to the .* is .*: give a Difference .* NoDifference"):
        judge({}, Task.BINARY, evidence(METRICS, differences))


def test_champion_gate_fails_closed_when_the_difference_is_empty() -> None:
    assert not one({"champion": {"roc_auc": 0.01}}, differences=against({})).passed


def test_verdict_is_passed_only_when_every_gate_passed() -> None:
    gates = {"roc_auc": {"low_at_least": 0.7}, "brier": {"high_at_most": 0.1}}
    verdict = judge(gates, Task.BINARY, evidence())
    assert [outcome.passed for outcome in verdict.outcomes] == [True, False]
    assert not verdict.passed
    assert judge({"roc_auc": {"low_at_least": 0.7}}, Task.BINARY, evidence()).passed


def test_verdict_without_gates_does_not_pass() -> None:
    assert not Verdict(outcomes=()).passed


def test_verdict_as_dict_is_what_the_engine_reads() -> None:
    assert judge({"brier": {"high_at_most": 0.1}}, Task.BINARY, evidence(), against="sha256:0").as_dict() == {
        "passed": False,
        "outcome": "refused",
        "against": "sha256:0",
        "gates": [
            {
                "name": "brier.high_at_most",
                "passed": False,
                "outcome": "refused",
                "value": 0.17,
                "low": 0.15,
                "high": 0.17,
                "limit": 0.1,
                "message": "Brier score may be as high as 0.17, above the limit of 0.1.",
            }
        ],
    }


def test_a_refused_gate_says_its_docstring() -> None:
    gates = {"roc_auc": {"value_at_least": 0.9, "low_at_least": 0.9}, "champion": {"roc_auc": 0.001}}
    said = [outcome.message for outcome in judge(gates, Task.BINARY, evidence(METRICS, against(BETTER))).outcomes]
    assert said == [
        "ROC AUC is 0.75, below the limit of 0.9.",
        "ROC AUC may be as low as 0.73, below the limit of 0.9.",
        (
            "ROC AUC may be worse than the champion's by 0.004, more than the margin of 0.001, or not "
            "(-0.02 to 0.004, below 0: better): 1,000 rows are too few to tell, about 1,700 would be needed."
        ),
    ]
    for kind in LIMITS.values():
        assert all(part in kind.__doc__ for part in ("{title}", "{value}", "{limit}"))
    for kind in COUNTED.values():
        assert "{limit}" in kind.__doc__


def test_a_passed_gate_says_what_it_met() -> None:
    gates = {"roc_auc": {"low_at_least": 0.7}, "brier": {"high_at_most": 0.2}, "champion": {"roc_auc": 0.01}}
    assert [outcome.message for outcome in judge(gates, Task.BINARY, evidence(METRICS, against(BETTER))).outcomes] == [
        "ROC AUC is 0.73 or more, not below the limit of 0.7.",
        "Brier score is 0.17 or less, not above the limit of 0.2.",
        "ROC AUC is worse than the champion's by at most 0.004 (below 0: better), margin 0.01.",
    ]


def test_default_gates_are_asked_when_none_is_declared() -> None:
    assert declared({}) == ()
    names = {task: [gate.name for gate in declared({}, task)] for task in Task}
    usual = ["giveaways.at_most", "verified.differing_at_most"]
    assert names == {
        "binary": [
            "roc_auc.low_at_least",
            "baseline.roc_auc",
            "champion.roc_auc",
            "champion_slices.roc_auc",
            *usual,
        ],
        "multiclass": [
            "roc_auc_ovr.low_at_least",
            "baseline.f1_macro",
            "champion.f1_macro",
            "champion_slices.accuracy",
            *usual,
        ],
        "regression": ["r2.low_at_least", "baseline.r2", "champion.r2", *usual],
    }


@pytest.mark.parametrize("task", Task)
def test_default_gates_ask_for_metrics_that_the_task_has(task: Task) -> None:
    assert declared(DEFAULTS[task], task)
    assert {"baseline", "champion"} <= {gate.name.partition(".")[0] for gate in declared({}, task)}


@pytest.mark.parametrize(
    "gates", [{"roc_auc": {"low_at_least": 0.6}}, {"baseline": {"brier": 0.0}}, {"champion": {"roc_auc": 0.01}}]
)
def test_gates_are_an_error_when_the_task_does_not_have_their_metric(gates: object) -> None:
    assert declared(gates)  # nobody knows the task yet
    match = r"\w+ asks for .*, which no regression goal has: there are rmse, mae, .* Ask for one of these"
    with pytest.raises(SettingsError, match=match):
        judge(gates, Task.REGRESSION, evidence({"rmse": {"value": 1.0}}))


def test_columns_that_are_the_target_itself_are_told_apart_from_other_leaks() -> None:
    told = one({"giveaways": {"at_most": 0}}, counts={"leaks": 3, "giveaways": 1})
    assert not told.passed
    assert told.message == "1 columns are the target itself, renamed or in parts, more than the limit of 0: drop them."
    assert one({"giveaways": {"at_most": 0}}, counts={"leaks": 3, "giveaways": 0}).passed


@pytest.mark.parametrize(("found", "passed"), [(0, True), (1, True), (2, False), (None, False)])
def test_leaks_are_counted_and_not_looking_for_them_does_not_pass(found: int | None, passed: object) -> None:
    outcome = one({"leaks": {"at_most": 1}}, counts={} if found is None else {"leaks": found})
    assert (outcome.name, outcome.passed, outcome.limit) == ("leaks.at_most", passed, 1.0)
    assert outcome.value == found
    assert ("nobody has looked" in outcome.message) == (found is None)
    assert ("explain or drop" in outcome.message) == (found == 2)


def test_declared_gates_are_frozen_objects_by_name() -> None:
    gates = declared({"roc_auc": {"low_at_least": 0.65, "value_at_least": 1}, "champion": {"brier": 0}})
    assert [gate.name for gate in gates] == ["roc_auc.low_at_least", "roc_auc.value_at_least", "champion.brier"]
    assert isinstance(gates[0], Limit)
    with pytest.raises(AttributeError):
        gates[0].limit = 0.0


@pytest.mark.parametrize(
    ("gates", "match"),
    [
        ("strict", r"\[tool\.pipeline\.gates\] is 'strict': a table is needed"),
        ({"roc_acu": {"low_at_least": 0.6}}, r"roc_acu is no metric: did you mean 'roc_auc' or"),
        ({"roc_auc": {"low_at_leest": 0.6}}, r"roc_auc\.low_at_leest is no limit: did you mean 'low_at_least'"),
        ({"roc_auc": 0.6}, r"roc_auc is 0\.6: a table with at least one limit is needed"),
        ({"roc_auc": {}}, r"roc_auc is \{\}: a table with at least one limit"),
        ({"roc_auc": {"low_at_least": "0.6"}}, r"roc_auc\.low_at_least is '0\.6': a finite number is needed"),
        ({"roc_auc": {"low_at_least": True}}, "is True: a finite number"),
        ({"roc_auc": {"low_at_least": math.nan}}, "is nan: a finite number"),
        ({"roc_auc": {"low_at_least": None}}, "is None: a finite number"),
        ({"roc_auc": {"low_at_least": 65}}, "is 65: ROC AUC lies between 0 and 1"),
        ({"log_loss": {"high_at_most": -1}}, "is -1: log loss lies between 0 and inf"),
        ({"champion": {"margin": 0.01}}, r"champion\.margin is no metric: there are .*'roc_auc'.* Give each metric"),
        ({"champion": {"roc_auc": -0.1}}, r"champion\.roc_auc is -0\.1: a margin is by how much worse"),
        ({"champion": {"roc_auc": 1}}, "is 1: a margin"),
        ({"champion": {"coverage": 0.1}}, r"champion\.coverage can be no margin: neither more nor less .* is better"),
        ({"leaks": {"at_least": 0}}, r"leaks\.at_least is no limit: .* Write leaks = \{ at_most = 0 \}"),
        ({"leaks": {"at_most": 0.5}}, r"leaks\.at_most is 0\.5: leaks are counted"),
        ({"leaks": {"at_most": -1}}, "is -1: leaks are counted"),
        ({"leaks": 0}, "leaks is 0: a table with at least one limit"),
        ({"champion": {"roc_auc": math.inf}}, "is inf: a finite number"),
    ],
)
def test_declared_refuses_what_is_no_gate(gates: object, match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        declared(gates)


def test_gates_import_nothing_heavy() -> None:
    heavy = {"numpy", "pandas", "sklearn"}
    code = f"import sys, pipeline.models.gates; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
