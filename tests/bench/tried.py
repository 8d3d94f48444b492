"""Owns the worlds in which trials of versions are simulated: requests whose true rates are known, and how they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from pipeline.models.trials import Mode, Trial
from pipeline.serving.evidence import SLOWER, WORSE, Check, Finding
from pipeline.serving.outcomes import Squares
from pipeline.serving.tally import Counting, Side

FAILS = 0.002  # share of the champion's requests
LOSS = 0.2  # its mean squared error, of answers that are 0 to 1
LOOKS = 50  # requests, after which somebody looks


@dataclass(frozen=True)
class Kind:
    """A challenger: how many times as often as the champion it fails and is slow, and as large its losses are."""

    fails: float = 1.0
    slow: float = 1.0
    loss: float = 1.0


KINDS = {
    "as good": Kind(),
    "at the margins": Kind(slow=SLOWER, loss=1 + WORSE),
    "fails at 2 %": Kind(fails=10),
    "fails at 20 %": Kind(fails=100),
    "slow 5 times as often": Kind(slow=5),
    "squared error 20 % more": Kind(loss=1.2),
    "squared error 50 % more": Kind(loss=1.5),
}


@dataclass(frozen=True)
class Ended:
    """How a simulated trial ended.

    Attributes
    ----------
    requests
        After how many of both.
    why
        Checks that said that it is worse; none where it went on.
    good
        Whether all said that it is as good.
    """

    requests: int
    why: tuple[Check, ...]
    good: bool


@dataclass(frozen=True)
class World:
    """Trials on a share of the traffic, each request by itself, with its truth known at once."""

    mode: Mode
    share: float
    requests: int

    def ended(self, kind: Kind, seed: int) -> Ended:
        """Let a trial run, and look at it after each LOOKS requests."""
        draw = np.random.default_rng(seed)
        mine = draw.random(self.requests) < self.share
        drawn = {side: _drawn(draw, self.requests, kind if side is Side.CHALLENGER else Kind()) for side in Side}
        seen = _Seen(self)
        found: list[Finding] = []
        for number in range(self.requests):
            sides = (Side.CHAMPION, Side.CHALLENGER) if self.mode is Mode.SHADOW else (Side(_side(mine[number])),)
            seen.take(number, {side: drawn[side][number] for side in sides})
            if number % LOOKS == LOOKS - 1:
                found = seen.findings()
                if why := tuple(each.check for each in found if each.ends):
                    return Ended(number + 1, why, good=False)
        return Ended(self.requests, (), good=all(each.holds for each in found))


class _Seen:
    """What is known of a trial."""

    def __init__(self, world: World) -> None:
        now = datetime.now(UTC)
        told = {"name": "m", "version": 2, "model_digest": "", "champion": 1, "by": "", "reason": ""}
        self._trial = Trial(mode=world.mode, share=world.share, since=now, when=now, **told)
        self._counting, self._squares = Counting(self._trial), Squares()

    def take(self, number: int, drawn: dict[Side, NDArray[np.float64]]) -> None:
        unit = str(number)
        for side, (failed, latency_s, _) in drawn.items():
            if failed:
                self._counting.failed(side, unit, "")
            else:
                self._counting.answered(side, unit, latency_s)
        losses = {side: loss for side, (failed, _, loss) in drawn.items() if not failed}
        if self._trial.mode is Mode.CANARY:
            for side, loss in losses.items():
                self._squares.add(unit, loss, mine=side is Side.CHALLENGER)
        elif len(losses) == len(Side):
            self._squares.pair(unit, losses[Side.CHAMPION], losses[Side.CHALLENGER])

    def findings(self) -> list[Finding]:
        return [*self._counting.own.findings(self._trial.mode, self._trial.share), self._squares.finding()]


def _side(mine: object) -> Side:
    return Side.CHALLENGER if mine else Side.CHAMPION


def _drawn(draw: np.random.Generator, count: int, kind: Kind) -> NDArray[np.float64]:
    """Draw whether each request fails (1), its latency in seconds, and its loss; all of them independently."""
    failed = draw.random(count) < FAILS * kind.fails
    rank = draw.random(count)  # of the champion's latencies; the slowest 1 in 20 are above 0.95
    slow = draw.random(count) < 0.05 * kind.slow
    latency_s = 0.01 + 0.01 * np.where(slow, 0.95 + 0.05 * rank, 0.95 * rank)
    loss = draw.beta(1, 1 / (LOSS * kind.loss) - 1, count)
    return np.stack([failed, latency_s, loss], axis=1)


def tried(world: World, kind: str, seeds: Sequence[int]) -> list[Ended]:
    """Simulate a trial for each seed."""
    return [world.ended(KINDS[kind], seed) for seed in seeds]
