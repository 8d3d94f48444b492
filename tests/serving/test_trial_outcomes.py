"""What came true of answers, of champion and challenger, as the log of traffic tells it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import numpy as np
import pytest
from serving.logs import ONE, address, traffic
from serving.served import BINARY, LETTERS

from pipeline.models.trials import Mode, Trial
from pipeline.serving import evidence
from pipeline.serving.evidence import LEAST
from pipeline.serving.outcomes import Outcomes, Stream, squared_error
from pipeline.serving.traffic import Arm, Prediction, Shadow, Traffic, Truth

__all__ = ["address", "traffic"]

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
AFTER_S = BEGAN.timestamp() + 10


def trial(mode: Mode) -> Trial:
    told = {"name": "m", "version": 2, "champion": 1, "since": BEGAN - timedelta(days=1), "when": BEGAN}
    return Trial(model_digest="d", mode=mode, share=0.5, by="Ada", reason="to see", id="t", **told)


def answers(version: int, said: Sequence[float], arm: Arm = Arm.CHAMPION, at: float = AFTER_S) -> list[Prediction]:
    return [
        ONE._replace(
            id=f"{version}{arm}{at}-{n}",
            version=version,
            arm=arm,
            at=at + n,
            output={"label": "x", "probability": p},
        )
        for n, p in enumerate(said)
    ]


def truths(predictions: Sequence[Prediction], label: str = "yes") -> list[Truth]:
    return [Truth(prediction=each.id, label=label) for each in predictions]


def told(outcomes: Outcomes) -> str:
    outcomes.read()
    return outcomes.finding().told


def test_losses_of_a_canary_are_read_as_labels_come(traffic: Traffic) -> None:
    outcomes = Outcomes(trial(Mode.CANARY), BINARY, traffic)
    mine, others = answers(2, [0.5] * LEAST, Arm.CANARY), answers(1, [0.9] * LEAST)
    instead = answers(1, [0.0] * 5, Arm.CANARY)  # the canary had failed
    before = answers(1, [0.0] * 5, at=BEGAN.timestamp() - 100)
    traffic.write([mine, others, instead, before])
    assert told(outcomes) == "no truth of 100 requests of each is known yet"
    traffic.write([truths(mine[1:] + others + instead + before)])
    assert told(outcomes) == "no truth of 100 requests of each is known yet"
    traffic.write([truths(mine[:1]), truths(mine + others, "no")])  # corrections
    assert told(outcomes) == "no truth of 100 requests of each is known yet"  # all the same: no spread
    more = answers(2, [0.7, 0.3], Arm.CANARY, at=AFTER_S + 1000)
    traffic.write([more, truths(more)])
    assert told(outcomes) == "mean squared error 0.2508, the champion's 0.01, 100 requests"
    again = Outcomes(trial(Mode.CANARY), BINARY, traffic)
    assert told(again) == told(outcomes)


def test_losses_of_a_shadow_are_read_in_pairs(traffic: Traffic) -> None:
    outcomes = Outcomes(trial(Mode.SHADOW), BINARY, traffic)
    said = np.random.default_rng(0).uniform(0.4, 0.6, LEAST + 1)
    answered = answers(1, said.tolist())
    shadows = [
        Shadow(prediction=each.id, trial="t", version=2, output={"probability": p}, latency_s=0.1)
        for each, p in zip(answered, 0.9 * said, strict=True)
    ]
    other = [replace(each, trial="earlier", output={"probability": 1.0}) for each in shadows]
    traffic.write([answered, shadows[1:], other, truths(answered)])
    outcomes.read()
    found = outcomes.finding()
    assert found.ends
    losses = ((1 - 0.9 * said[1:]) ** 2).mean(), ((1 - said[1:]) ** 2).mean()
    assert found.told == f"mean squared error {losses[0]:.4g}, the champion's {losses[1]:.4g}, 100 requests"


def test_key_that_comes_again_is_one_unit() -> None:
    once, often = Stream(), Stream()
    draw = np.random.default_rng(1)
    for unit, value in enumerate(draw.normal(size=200)):
        once.add(str(unit), value)
        for _ in range(1 + unit % 3):
            often.add(str(unit), value)
    assert len(often.units) == 200
    assert once.variance == pytest.approx(np.var([v for _, v in once.units.values()], ddof=1) / 200)
    assert often.variance > once.variance / 1.2
    assert Stream().variance == inf


def test_clustered_losses_rarely_end_what_is_at_the_margin() -> None:
    """Keys that come several times, each with luck of its own, looked at after every 25 requests."""
    wrong = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        luck = {key: draw.gamma(2.0, 0.5) for key in range(600)}
        sides = [Stream(), Stream()]
        ended = False
        for number in range(2500):
            key = int(draw.integers(600))
            mine = key % 2
            sides[mine].add(str(key), luck[key] * draw.exponential() * ((1 + evidence.WORSE) if mine else 1.0))
            if number % 25 == 24:
                error = (sides[1].variance + (1 + evidence.WORSE) ** 2 * sides[0].variance) ** 0.5
                units = min(len(side.units) for side in sides)
                losses = evidence.Losses(units=units, challenger=sides[1].mean, champion=sides[0].mean, error=error)
                ended |= evidence.outcomes(losses).ends
        wrong += ended
    assert wrong <= 3


def test_squared_error_of_several_classes_is_the_sum_over_them() -> None:
    said = {"label": "a", "probabilities": {"a": 0.5, "b": 0.3, "c": 0.2}}
    assert squared_error(said, "b", LETTERS) == pytest.approx(0.25 + 0.49 + 0.04)
