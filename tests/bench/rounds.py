"""Owns the contest: who runs when, in which folder, and what is written down."""

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contender import Contender
from environments import environment
from programs import Failed, Program
from work import rows

BASELINE = "plain"
ROWS = Path("data/rows.parquet")


@dataclass(kw_only=True)
class Outcome:
    """What was measured of a contender: seconds by round, or the reason why it is out."""

    contender: Contender
    peak_bytes: int = 0
    cold: list[float] = field(default_factory=list)
    unchanged: list[float] = field(default_factory=list)
    failure: str = ""

    def ratios(self, baseline: "Outcome") -> list[float]:
        """Return its cold seconds as multiples of the plain script's in the same round."""
        return [mine / plain for mine, plain in zip(self.cold, baseline.cold, strict=True)]


class Contest:
    """Rounds in which each contender runs once from nothing, and once more if it can leave out what did not change."""

    def __init__(self, workshop: Path, contenders: Sequence[Contender], say: Callable[[str], object]) -> None:
        self._workshop, self._say = workshop, say
        self.outcomes = [Outcome(contender=contender) for contender in contenders]
        self._programs: dict[str, Program] = {}
        self._expected = math.nan

    @property
    def baseline(self) -> Outcome:
        """The plain script's."""
        [found] = [outcome for outcome in self.outcomes if outcome.contender.name == BASELINE]
        return found

    def hold(self, rounds: int) -> None:
        """Let all warm up, the plain script first, then run the rounds; each begins with another contender.

        Raises
        ------
        Failed
            If the plain script does not work: there is nothing to compare with.
        """
        rows.write(self._workshop / ROWS)
        for outcome in sorted(self.outcomes, key=lambda outcome: outcome is not self.baseline):
            self._unless_failed(outcome, self._warm_up)
        for number in range(rounds):
            self._say(f"round {number + 1} of {rounds}")
            for place in range(len(self.outcomes)):
                self._unless_failed(self.outcomes[(number + place) % len(self.outcomes)], self._round)

    def _unless_failed(self, outcome: Outcome, do: Callable[[Outcome], None]) -> None:
        if outcome.failure:
            return
        try:
            do(outcome)
        except Failed as failure:
            if outcome is self.baseline:
                raise
            outcome.failure = str(failure)
            self._say(f"  {outcome.contender.name}: {failure}")

    def _warm_up(self, outcome: Outcome) -> None:
        """Make environment and project, and run once unclocked: files are cached, and memory is sampled."""
        contender = outcome.contender
        self._say(f"warm-up of {contender.name}")
        self._programs[contender.name] = Program(contender=contender, environment=environment(contender))
        template = self._template(contender)
        shutil.copytree(self._workshop / ROWS.parent, template / ROWS.parent)
        contender.write(template)
        folder = self._fresh(contender)
        outcome.peak_bytes = self._programs[contender.name].peak_bytes(folder)
        if outcome is self.baseline:
            self._expected = contender.result(folder)
        self._same_work(contender, folder)

    def _round(self, outcome: Outcome) -> None:
        contender = outcome.contender
        folder, program = self._fresh(contender), self._programs[contender.name]
        cold = program.seconds(folder)
        self._same_work(contender, folder)
        self._say(f"  {contender.name}: {cold:.2f} s")
        if contender.reuses:
            outcome.unchanged.append(program.seconds(folder))
            self._same_work(contender, folder)
            self._say(f"  {contender.name}, unchanged: {outcome.unchanged[-1]:.2f} s")
        outcome.cold.append(cold)
        shutil.rmtree(folder)

    def _template(self, contender: Contender) -> Path:
        return self._workshop / contender.name / "template"

    def _fresh(self, contender: Contender) -> Path:
        """Copy the project as it was before anything ran."""
        folder = self._workshop / contender.name / "project"
        shutil.rmtree(folder, ignore_errors=True)
        return Path(shutil.copytree(self._template(contender), folder))

    def _same_work(self, contender: Contender, folder: Path) -> None:
        try:
            result = contender.result(folder)
        except OSError as error:
            raise Failed(f"it left no result: {error}") from error
        if not math.isclose(result, self._expected, rel_tol=1e-9):
            raise Failed(f"it did other work: its result is {result}, the plain script's {self._expected}")
