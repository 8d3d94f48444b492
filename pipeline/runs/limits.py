"""Limits: how long cells, stages and a run may take."""

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long things may take, in seconds; infinite where there is no limit.

    Attributes
    ----------
    cell_s, stage_s
        For each cell, and for all cells of a stage.
    run_ends
        When the run has to be over, on the monotonic clock.
    """

    cell_s: float
    stage_s: float
    run_ends: float

    def from_now(self) -> "Deadlines":
        """Start the clock of a stage."""
        return Deadlines(cell_s=self.cell_s, stage_ends=time.monotonic() + self.stage_s, run_ends=self.run_ends)


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """The limits of a stage that has started, its end as a moment of the monotonic clock."""

    cell_s: float
    stage_ends: float
    run_ends: float

    def left_s(self, _: object = None) -> int | None:
        """Return the whole seconds that the next cell has, at least one; None for no limit."""
        left = min(self._left().values())
        return None if math.isinf(left) else max(1, math.ceil(left))

    def nearest(self) -> str:
        """Name the setting whose limit comes first."""
        left = self._left()
        return min(left, key=left.__getitem__)

    def _left(self) -> dict[str, float]:
        now = time.monotonic()
        return {
            "cell_timeout_s": self.cell_s,
            "stage_timeout_s": self.stage_ends - now,
            "run_timeout_s": self.run_ends - now,
        }
