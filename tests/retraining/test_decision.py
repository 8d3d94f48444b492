"""Each rule that asks for another training, and each that holds it back, on planted histories."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.monitoring.findings import Finding, Kind, Outcome, Severity, Window
from pipeline.retraining import decision
from pipeline.retraining.aftermath import Aftermath
from pipeline.retraining.attempts import Attempt, Result
from pipeline.retraining.decision import Action, Cause, Decision, Facts
from pipeline.retraining.policy import Policy

FELL = "performance (ROC AUC fell by 10 % (2 of the newest 3 windows))"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
POLICY = Policy(new_rows=100)
FACTS = Facts(now=NOW, version=1, since=NOW - timedelta(days=30), made_from=9000, rows=500, after=0, data="sha256:new")
WORSE = Aftermath(
    version=2, before=1, rows=1000, metric="roc_auc", values=(0.6, 0.7), low=-0.12, high=-0.08, is_worse=True
)


def finding(kind: Kind = Kind.PERFORMANCE, **changes: object) -> Finding:
    told = {
        "kind": kind,
        "subject": "roc_auc",
        "window": "w4",
        "windows": ("w3", "w4"),
        "size": 0.1,
        "unit": "share",
        "threshold": 0.05,
        "severity": Severity.CRITICAL,
        "message": "ROC AUC fell by 10 %.",
        "version": 1,
    }
    return Finding(**(told | changes))


def seen(*findings: Finding, mature: int = 4) -> Outcome:
    windows = tuple(Window(name=f"w{n}", rows=100, labelled=90, is_mature=n <= mature) for n in range(1, 5))
    return Outcome(model="m", version=1, source="traffic", windows=windows, findings=findings)


def tried(result: Result = Result.REFUSED, *, ago_h: float = 100, **changes: object) -> Attempt:
    told = {"causes": ("x",), "by_hand": False, "data": "sha256:old", "rows": 100, "champion": 1}
    return Attempt(**{"begun": NOW - timedelta(hours=ago_h), "result": result, **told, **changes})


def decide(outcome: Outcome, *past: Attempt, policy: Policy = POLICY, **changes: object) -> Decision:
    facts = Facts(**{**vars(FACTS), **changes})
    return decision.decide(policy, outcome, past, facts)


def causes(found: Decision) -> list[Cause]:
    return [each.cause for each in found.causes]


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Kind.PERFORMANCE, Cause.PERFORMANCE),
        (Kind.ESTIMATE, Cause.PERFORMANCE),
        (Kind.INPUT, Cause.DRIFT),
        (Kind.PREDICTION, Cause.DRIFT),
    ],
)
def test_critical_finding_asks_for_it(kind: Kind, cause: Cause) -> None:
    found = decide(seen(finding(kind)))
    assert (found.action, causes(found)) == (Action.RETRAIN, [cause])
    assert "(2 of the newest 3 windows)" in found.causes[0].message


@pytest.mark.parametrize("kind", [Kind.LATENCY, Kind.ERRORS, Kind.VOLUME, Kind.SCHEMA])
def test_what_another_model_would_not_mend_does_not(kind: Kind) -> None:
    assert decide(seen(finding(kind))).action is Action.WAIT


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": Severity.WARNING},
        {"stands": False},
        {"version": 7},
        {"windows": ("w4",)},
        {"window": "w2", "windows": ("w1", "w2")},
    ],
    ids=["warning", "over", "another version", "one window", "older windows"],
)
def test_finding_that_is_not_enough_does_not(changes: dict[str, object]) -> None:
    found = decide(seen(finding(**changes)))
    assert (found.action, found.held) == (Action.WAIT, ("nothing asks for it",))


def test_immature_windows_say_nothing_of_performance() -> None:
    assert decide(seen(finding(), mature=3)).action is Action.WAIT
    assert decide(seen(finding(Kind.INPUT), mature=3)).action is Action.RETRAIN


def test_causes_that_are_turned_off_do_not_ask() -> None:
    policy = Policy(new_rows=0, performance=False)
    assert causes(decide(seen(finding(), finding(Kind.INPUT)), policy=policy)) == [Cause.DRIFT]
    assert not decide(seen(finding(Kind.INPUT)), policy=Policy(drift=False)).causes


@pytest.mark.parametrize(("days", "action"), [(30.0, Action.RETRAIN), (31.0, Action.WAIT)])
def test_schedule_asks_when_it_is_time(days: float, action: Action) -> None:
    assert decide(seen(), policy=Policy(every_days=days, new_rows=0)).action is action


def test_schedule_counts_from_the_last_training_even_in_vain() -> None:
    policy = Policy(every_days=7, new_rows=0)
    assert decide(seen(), tried(ago_h=6 * 24), policy=policy).action is Action.WAIT
    assert decide(seen(), tried(ago_h=7 * 24), policy=policy).action is Action.RETRAIN


@pytest.mark.parametrize(("rows", "action"), [(1899, Action.WAIT), (1900, Action.RETRAIN)])
def test_new_data_asks_once_it_is_a_share_of_what_the_champion_is_made_from(rows: int, action: Action) -> None:
    found = decide(seen(), tried(), policy=Policy(growth=0.2, new_rows=0), rows=rows)
    assert found.action is action
    if found.causes:
        said = "new data: 1,800 labelled rows are new, 20% of the 9,000 that version 1 is made from"
        assert f"{found.causes[0].cause}: {found.causes[0].message}" == said


def test_new_data_never_asks_where_nobody_knows_what_the_champion_is_made_from_or_wants_it() -> None:
    assert decide(seen(), rows=10**6, made_from=0).action is Action.WAIT
    assert decide(seen(), rows=10**6, policy=Policy(growth=math.inf)).action is Action.WAIT


def test_rows_that_are_learnt_from_as_they_come_ask_more_and_more_seldom() -> None:
    made_from, past, days = 1000, [], []
    for day in range(1, 101):
        rows = 100 * day
        if decide(seen(), *past, rows=rows, made_from=made_from).action is Action.RETRAIN:
            past, made_from = [*past, tried(Result.PROMOTED, rows=rows)], 1000 + rows
            days.append(day)
    assert days == [2, 5, 8, 12, 17, 23, 30, 38, 48, 60, 74, 91]


def test_rows_later_than_another_version_s_are_not_compared_with_those_of_this_one() -> None:
    told = {"rows": 150, "policy": Policy(new_rows=100)}
    assert decide(seen(finding()), tried(after=0), after=2, **told).action is Action.RETRAIN
    assert decide(seen(finding()), tried(after=1), after=2, **told).action is Action.RETRAIN
    assert decide(seen(finding()), tried(after=2), after=2, **told).action is Action.WAIT


def test_nothing_asks_without_a_champion() -> None:
    assert decide(seen(finding()), policy=Policy(every_days=1, growth=0.1), version=0).action is Action.WAIT


@pytest.mark.parametrize(("hours", "action"), [(23.9, Action.WAIT), (24.0, Action.RETRAIN)])
def test_cooldown_holds_it_back(hours: float, action: Action) -> None:
    assert decide(seen(finding()), tried(ago_h=hours)).action is action


def test_budget_of_the_day_holds_it_back() -> None:
    policy = Policy(cooldown_h=0, a_day=2, new_rows=0)
    found = decide(seen(finding()), tried(ago_h=23), tried(ago_h=1), policy=policy)
    assert found.held == ("2 began within 24 hours, the most that a day may have",)
    assert decide(seen(finding()), tried(ago_h=25), tried(ago_h=1), policy=policy).action is Action.RETRAIN


def test_training_that_somebody_stopped_is_not_held_against_the_next() -> None:
    assert decide(seen(finding()), tried(Result.STOPPED, ago_h=0.1)).action is Action.RETRAIN


@pytest.mark.parametrize(("rows", "action"), [(199, Action.WAIT), (200, Action.RETRAIN)])
def test_too_few_new_labelled_rows_hold_it_back(rows: int, action: Action) -> None:
    assert decide(seen(finding()), tried(), rows=rows).action is action


def test_data_already_tried_holds_it_back() -> None:
    found = decide(seen(finding()), tried(data="sha256:new"))
    assert found.held == ("nothing is new since 2026-11-26 08:00 UTC, when the same data was learnt from: refused",)


@pytest.mark.parametrize("past", [tried(Result.FAILED, data="sha256:new"), tried(data="")])
def test_data_that_was_not_learnt_from_to_the_end_may_be_tried_again(past: Attempt) -> None:
    assert decide(seen(finding()), past, data=past.data).action is Action.RETRAIN


def test_several_in_vain_call_a_person() -> None:
    found = decide(seen(finding()), *[tried()] * 3)
    assert found.action is Action.CALL
    assert "3 trainings in a row came to nothing" in found.held[0]
    assert decide(seen(), *[tried()] * 3).action is Action.WAIT  # while nothing asks


def test_model_that_waits_for_approval_holds_it_back() -> None:
    waiting = tried(Result.WAITING, version=2)
    assert decide(seen(finding()), waiting).held == ("version 2 passed its gates and waits for somebody's approval",)
    assert decide(seen(finding(version=2)), waiting, version=2).action is Action.RETRAIN


def test_broken_rows_are_not_learnt_from() -> None:
    broken = finding(Kind.SCHEMA, message="30 % of rows have a column of another type.")
    assert "what comes in is broken" in decide(seen(finding(), broken)).held[0]


def test_person_who_asks_is_heard_whatever_stands_against_it() -> None:
    past = [tried(ago_h=1, data="sha256:new")] * 9
    found = decision.decide(Policy(), seen(), past, FACTS, aftermath=WORSE, because="new source")
    assert (found.action, causes(found), found.held) == (Action.RETRAIN, [Cause.BY_HAND], ())


def test_champion_that_got_worse_goes_back() -> None:
    found = decision.decide(POLICY, seen(finding()), (), FACTS, aftermath=WORSE)
    assert found.action is Action.ROLL_BACK
    assert "version 2 has ROC AUC 0.6 on its 1,000 first labelled rows, version 1 would have had 0.7" in found.held[0]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            decide(seen(finding())),
            f"Yes, it is trained anew: {FELL}.",
        ),
        (decide(seen()), "Not now: nothing asks for it."),
        (
            decide(seen(finding()), rows=3),
            f"Not now: {FELL}, but 3 labelled",
        ),
        (decide(seen(finding()), *[tried()] * 3), "Not by itself, a person has to look: 3 trainings"),
        (decision.decide(POLICY, seen(), (), FACTS, aftermath=WORSE), "Back to the one before: version 2"),
    ],
)
def test_decision_is_told_in_a_sentence(found: Decision, said: str) -> None:
    assert decision.told(found).startswith(said)
