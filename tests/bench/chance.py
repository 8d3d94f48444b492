"""Owns the worlds in which gates are tried: tables whose models' true quality is known, and what gates say of them."""

from collections import Counter
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from pipeline.goal import Goal, Task
from pipeline.learning.scoring.resampling import Resampling
from pipeline.learning.scoring.scores import bootstrap
from pipeline.models.evidence import NO_OTHER, Difference, Evidence, Sample, Said
from pipeline.models.gates import judge

GOAL = Goal(task=Task.BINARY, classes=(0, 1))
POSITIVE = 0.3  # share of the rows
AUC = 0.75  # the champion's, true
SHARED = 0.8  # correlation of what two models get wrong
DAYS = 60  # of a clustered table, whatever its rows
BY_DAY = 0.15  # spread of how well a model does on a day, by itself, in standard deviations of its noise
MARGIN = 0.01


@dataclass(frozen=True)
class Trial:
    """A challenger that is truly so much better than the champion (ROC AUC), and the margin that it may be worse by."""

    gain: float
    margin: float


TRIALS = {
    "as good, margin 0": Trial(0.0, 0.0),
    "worse by the margin": Trial(-MARGIN, MARGIN),
    "worse by 0.03": Trial(-0.03, MARGIN),
    "as good": Trial(0.0, MARGIN),
    "better by 0.02": Trial(0.02, MARGIN),
}


@dataclass(frozen=True)
class World:
    """Tables of so many rows, each by itself or in days that share luck."""

    rows: int
    clustered: bool

    def outcomes(self, seed: int, resamples: int = 300) -> dict[str, Said]:
        """Draw one table, score all models on it as a run does, and ask the gate about each challenger."""
        draw = np.random.default_rng(seed)
        days = np.arange(self.rows) * DAYS // self.rows if self.clustered else None
        target = (draw.random(self.rows) < POSITIVE).astype(np.int8)
        common = draw.normal(size=self.rows)
        gains = sorted({trial.gain for trial in TRIALS.values()})
        models = {"champion": self._scores(draw, target, common, days, AUC)}
        models |= {f"{gain:g}": self._scores(draw, target, common, days, AUC + gain) for gain in gains}
        how = Resampling(count=resamples, seed=seed, units=days)
        scored = bootstrap(GOAL, target, models, resampling=how)
        sample = Sample(rows=self.rows, units=how.size(self.rows), unit="day" if self.clustered else "row")
        found = {}
        for name, trial in TRIALS.items():
            model = f"{trial.gain:g}"
            difference = Difference(estimates=scored.difference(model, "champion"), sample=sample)
            both = {"baseline": NO_OTHER, "champion": difference}
            evidence = Evidence(metrics=scored.estimates(model), sample=sample, differences=both)
            gates = {"champion": {"roc_auc": trial.margin}}
            found[name] = judge(gates, Task.BINARY, evidence).said
        return found

    def _scores(
        self,
        draw: np.random.Generator,
        target: NDArray[np.int8],
        common: NDArray[np.float64],
        days: NDArray[np.int64] | None,
        auc: float,
    ) -> NDArray[np.float64]:
        """Predict with a true ROC AUC: of two normal scores it is the normal probability of their distance."""
        spread = BY_DAY if days is not None else 0.0
        distance = NormalDist().inv_cdf(auc) * np.sqrt(2 + spread**2)
        noise = np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * draw.normal(size=self.rows)
        luck = 0.0 if days is None else spread * draw.normal(size=DAYS)[days]
        score = (distance + luck) * target + noise
        return 1 / (1 + np.exp(-(score - 1.5)))


def tried(world: World, seeds: range, resamples: int = 300) -> dict[str, Counter[Said]]:
    """Count what the gate says of each challenger in as many tables as there are seeds."""
    counted: dict[str, Counter[Said]] = {name: Counter() for name in TRIALS}
    for seed in seeds:
        for name, said in world.outcomes(seed, resamples).items():
            counted[name][said] += 1
    return counted
