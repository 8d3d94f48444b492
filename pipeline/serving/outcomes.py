"""Outcomes: squared errors of both answers of a trial where the truth is known, read from the log of traffic."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, sqrt
from typing import Any

from pipeline.goal import Goal, Label, Task
from pipeline.models.trials import Mode, Trial
from pipeline.serving import evidence
from pipeline.serving.evidence import Finding, Losses
from pipeline.serving.traffic import Traffic

_PAGE = 1000
_MOST = 200_000  # units that are kept: it is known long before
_BEFORE = "SELECT coalesce(max(number), 0) FROM labels WHERE at < ?"
_NEW = """
SELECT labels.number, labels.label, predictions.key, predictions.at, predictions.arm, predictions.version,
    predictions.output, shadows.output
FROM labels JOIN predictions ON predictions.id = labels.prediction
LEFT JOIN shadows ON shadows.prediction = labels.prediction AND shadows.trial = ?
WHERE labels.number > ? AND predictions.at >= ? AND NOT EXISTS (
    SELECT 1 FROM labels AS earlier WHERE earlier.prediction = labels.prediction AND earlier.number < labels.number)
ORDER BY labels.number LIMIT ?
"""


@dataclass
class Stream:
    """Values that come in units of several; what is in a unit is not independent.

    Attributes
    ----------
    units
        By name, how many values it has and their sum.
    """

    units: dict[str, tuple[int, float]] = field(default_factory=dict)
    count: int = 0
    total: float = 0.0
    _squares: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def add(self, unit: str, value: float) -> None:
        """Add a value."""
        if unit not in self.units and len(self.units) >= _MOST:
            return
        count, total = self.units.get(unit, (0, 0.0))
        new = (count + 1, total + value)
        self.units[unit] = new
        self.count, self.total = self.count + 1, self.total + value
        changed = (new[0] ** 2 - count**2, new[0] * new[1] - count * total, new[1] ** 2 - total**2)
        self._squares = tuple(old + more for old, more in zip(self._squares, changed, strict=True))  # type: ignore[assignment] # three

    @property
    def mean(self) -> float:
        """Of all values."""
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        """Of the mean, with whole units as independent; infinite where it is not known."""
        many = len(self.units)
        if many < 2:  # noqa: PLR2004 - one has no spread
            return inf
        counts, both, sums = self._squares
        spread = sums - 2 * self.mean * both + self.mean**2 * counts
        return max(0.0, spread) / self.count**2 * many / (many - 1)


class Squares:
    """Squared errors of champion and challenger."""

    def __init__(self) -> None:
        self._challenger, self._champion, self._difference = Stream(), Stream(), Stream()

    def add(self, unit: str, loss: float, *, mine: bool) -> None:
        """Take the loss of one of the two: of the challenger where it is `mine`."""
        (self._challenger if mine else self._champion).add(unit, loss)

    def pair(self, unit: str, champion: float, challenger: float) -> None:
        """Take the losses of both, of the same row."""
        self.add(unit, champion, mine=False)
        self.add(unit, challenger, mine=True)
        self._difference.add(unit, challenger - (1 + evidence.WORSE) * champion)

    def finding(self) -> Finding:
        """Judge them, by pairs where there are some."""
        both = (self._challenger, self._champion)
        if self._difference.count:
            units, variance = len(self._difference.units), self._difference.variance
        else:
            units = min(len(side.units) for side in both)
            variance = both[0].variance + (1 + evidence.WORSE) ** 2 * both[1].variance
        means = {"challenger": both[0].mean, "champion": both[1].mean}
        return evidence.outcomes(Losses(units=units, error=sqrt(variance), **means))


class Outcomes:
    """What became true of one trial so far.

    Parameters
    ----------
    traffic
        Where labels are.
    """

    def __init__(self, trial: Trial, goal: Goal, traffic: Traffic) -> None:
        self._trial, self._goal, self._traffic = trial, goal, traffic
        self._squares, self._last = Squares(), -1
        self.finding = self._squares.finding

    def read(self) -> None:
        """Read the labels that came since; the first one of a prediction counts, a correction does not.

        Raises
        ------
        StoreError
            If the log of traffic cannot be read.
        """
        trial, goal = self._trial, self._goal
        for label, unit, mine, version, output, shadow in self._new():
            if trial.mode is Mode.SHADOW:
                if shadow is not None and version == trial.champion:
                    self._squares.pair(unit, *(squared_error(each, label, goal) for each in (output, shadow)))
            elif version == (trial.version if mine else trial.champion):
                self._squares.add(unit, squared_error(output, label, goal), mine=mine)

    def _new(self) -> Iterator[tuple[Label, str, bool, int, Mapping[str, Any], Mapping[str, Any] | None]]:
        database, since = self._traffic.database, self._trial.when.timestamp()
        if self._last < 0:
            self._last = int(database.ask(_BEFORE, (since,))[0][0])
        while True:
            page: Sequence[Sequence[Any]] = database.ask(_NEW, (self._trial.id, self._last, since, _PAGE))
            for number, label, key, at, arm, version, output, shadow in page:
                unit = f"@{at!r}" if key is None else key  # rows of one request have the same moment
                told = None if shadow is None else json.loads(shadow)
                yield json.loads(label), unit, arm == Mode.CANARY, version, json.loads(output), told
                self._last = number
            if len(page) < _PAGE:
                return


def squared_error(output: Mapping[str, Any], label: Label, goal: Goal) -> float:
    """Return how far an answer is from the truth, squared; of several classes the sum over them (Brier 1950).

    >>> squared_error({"probability": 0.25}, "yes", Goal(task=Task.BINARY, classes=("no", "yes")))
    0.5625
    """
    if goal.task is Task.REGRESSION:
        return float((output["value"] - label) ** 2)
    if goal.task is Task.BINARY:
        return float((output["probability"] - (label == goal.positive)) ** 2)
    return float(sum((said - (name == str(label))) ** 2 for name, said in output["probabilities"].items()))
