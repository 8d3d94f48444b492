"""What counts and losses say: how often they are wrong, and how soon they are right."""

import random
from math import nan

import pytest

from pipeline.serving import evidence
from pipeline.serving.evidence import AGAINST, ALPHA, FOR, LEAST, Check, Events, Losses


def events(challenger: int, champion: int, of_challenger: int = 100, of_champion: int = 900) -> Events:
    asked = {"of_challenger": of_challenger, "of_champion": of_champion, "units": of_challenger, "bad": challenger}
    return Events(challenger=challenger, champion=champion, **asked)


def test_failures_of_the_challenger_alone_soon_end_its_trial() -> None:
    assert not evidence.errors(events(1, 0), 0.1).ends
    assert evidence.errors(events(4, 0), 0.1).ends
    assert not evidence.errors(events(4, 36), 0.1).ends
    assert evidence.errors(events(0, 40), 0.1).against < 1


def test_challenger_is_good_when_it_surely_fails_rarely_enough() -> None:
    assert not evidence.errors(events(0, 0), 0.1).holds
    assert evidence.errors(events(0, 0, 1000), 0.1).holds
    assert evidence.errors(events(1, 9, 2000), 0.1).holds
    assert not evidence.errors(events(20, 180, 2000), 0.1).holds


def test_slowness_is_judged_against_what_is_slow_of_the_champions() -> None:
    worse = evidence.latency(events(60, 45), 0.1, 0.02)
    assert (worse.ends, worse.holds) == (True, False)
    assert worse.told == "60 of 100 requests took longer than 20 ms, of the champion's 45 of 900"
    assert evidence.latency(events(30, 270, 600, 5400), 0.1, 0.02).holds
    nothing = evidence.latency(events(0, 0), 0.1, float("inf"))
    assert (nothing.against, nothing.good) == (1, 1)


def test_outcomes_say_nothing_before_enough_is_known() -> None:
    few = evidence.outcomes(Losses(units=LEAST - 1, challenger=1.0, champion=0.1, error=0.01))
    same = evidence.outcomes(Losses(units=LEAST, challenger=0.1, champion=0.1, error=0.0))
    odd = evidence.outcomes(Losses(units=LEAST, challenger=0.1, champion=0.1, error=nan))
    assert {(each.against, each.good) for each in (few, same, odd)} == {(1.0, 1.0)}
    worse = evidence.outcomes(Losses(units=LEAST, challenger=0.2, champion=0.1, error=0.01))
    assert (worse.ends, worse.line.startswith("outcomes: WORSE: mean squared error 0.2, the champion's 0.1")) == (
        True,
        True,
    )
    assert evidence.outcomes(Losses(units=5000, challenger=0.1, champion=0.1, error=0.001)).holds


def test_verdict_names_what_is_worse_and_nothing_else() -> None:
    fine, bad = evidence.errors(events(0, 0), 0.1), evidence.errors(events(4, 0), 0.1)
    assert evidence.verdict([fine]) == ""
    assert evidence.verdict([fine, bad]) == "errors: 4 of 100 requests failed, of the champion's 0 of 900"
    assert {each.check for each in (fine, bad)} == {Check.ERRORS}


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_evidence_of_events_is_rarely_wrong_however_often_it_is_looked_at(share: float) -> None:
    """At the worst that is allowed, looked at after each event; 1/60 and 1/20 are promised."""
    ended = held = 0
    for seed in range(400):
        draw = random.Random(seed)
        twice = share * evidence.SLOWER / (share * evidence.SLOWER + 1 - share)
        hits = slow = 0
        wrong, good = False, False
        for number in range(1, 400):
            hits += draw.random() < share
            slow += draw.random() < twice
            wrong |= evidence.errors(events(hits, number - hits), share).ends
            late = evidence.latency(events(slow, number - slow), share, 0.1)
            wrong |= late.ends
            good |= late.good >= FOR
        ended, held = ended + wrong, held + good
    assert ended / 400 <= 2 / AGAINST + 0.01
    assert held / 400 <= ALPHA + 0.02
