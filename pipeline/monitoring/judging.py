"""Judging: which signals a watch gives, of all that it measured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.monitoring import signals
from pipeline.monitoring.examples import Examples
from pipeline.monitoring.findings import Kind
from pipeline.monitoring.signals import Rows, Signal
from pipeline.monitoring.thresholds import Threshold


@dataclass(frozen=True, kw_only=True)
class Judging:
    """What signals are made with.

    Attributes
    ----------
    thresholds
        By kind.
    examples
        Picks rows.
    least
        Rows of a window (or labels of a slice) of which something is said.
    held
        Windows whose labels say that performance holds: what moved there did no harm to all, so it is not critical.
    weights
        By column, the share of the promised performance that the model owes to it; left out: none.
    """

    thresholds: Mapping[Kind, Threshold]
    examples: Examples
    least: int
    held: frozenset[str] = frozenset()
    weights: Mapping[str, float]

    def inputs(self, found: pd.DataFrame) -> list[Signal]:
        """Take how far columns moved, as `drift.compare` measured it."""
        moved = signals.moved(found, weights=self.weights)
        strange = signals.strange(found, least=self.least, weights=self.weights)
        return [self._signal(Kind.INPUT, "PSI", moved), self._signal(Kind.SCHEMA, "of the rows", strange)]

    def outputs(self, found: pd.DataFrame) -> list[Signal]:
        """Take how far predictions moved, as `drift.compare` measured it."""
        return [self._signal(Kind.PREDICTION, "PSI", signals.moved(found, weights={}))]

    def quality(self, found: pd.DataFrame, metric: str, promised: float) -> Signal:
        """Take how good predictions were, by one metric, as `worsening.judge` judged it."""
        measured = signals.worse(found, metric, promised, said="is")
        return replace(self._signal(Kind.PERFORMANCE, metric, measured, promised), rows=self.examples.wrong)

    def estimates(self, found: pd.DataFrame, metric: str, promised: float) -> list[Signal]:
        """Take how good predictions probably are, as `worsening.judge` judged it; labels that are in know better."""
        if found.empty:
            return []
        measured = signals.worse(found, metric, promised, said="is estimated at", apart=self.held)
        return [replace(self._signal(Kind.ESTIMATE, metric, measured, promised), rows=_no_rows)]

    def slices(
        self,
        window: str,
        sliced: pd.DataFrame,
        promised: pd.DataFrame,
        *,
        metric: str,
        better: int,
    ) -> Signal:
        """Take how good predictions were in the slices of a window; see `signals.worse_slices`."""
        own = [table[table["metric"] == metric] for table in (sliced, promised)]
        measured = signals.worse_slices(window, *own, better=better, least=self.least)
        found = self._signal(Kind.PERFORMANCE, metric, measured, float(own[1]["value"].abs().median()))
        return replace(found, rows=self.examples.of_slice)

    def service(
        self, windows: Mapping[str, pd.DataFrame], counts: pd.DataFrame, *, by_time: bool, silent_since: str
    ) -> list[Signal]:
        """Take how a service answered.

        Parameters
        ----------
        counts
            As `signals.counted` gives them.
        by_time
            Whether windows are units of time, so that their rows can be compared.
        silent_since
            Since when nobody has asked; empty where there is nothing unusual.
        """
        slow = self._signal(Kind.LATENCY, "ms", signals.slow(windows, least=self.least))
        failed = self._signal(Kind.ERRORS, "of requests", signals.failed(counts, least=self.least))
        refused = self._signal(Kind.SCHEMA, "of requests", signals.refused(counts, least=self.least))
        scarce = self._signal(Kind.VOLUME, "missing", signals.scarce(windows if by_time else {}))
        silent = self._signal(Kind.VOLUME, "missing", signals.silent(list(windows)[-1], silent_since))
        others = [replace(each, rows=_no_rows, excused=frozenset()) for each in (failed, refused, scarce, silent)]
        return [replace(slow, rows=self.examples.slow, excused=frozenset()), *others]

    def _signal(self, kind: Kind, unit: str, measured: pd.DataFrame, scale: float = 1.0) -> Signal:
        """Make a signal; thresholds that are shares of something are scaled to its size."""
        threshold = self.thresholds[kind]
        return Signal(
            kind=kind,
            unit=unit,
            threshold=Threshold(warning=threshold.warning * abs(scale), critical=threshold.critical * abs(scale)),
            measured=measured,
            excused=self.held,
            rows=self.examples.moved,
        )


def _no_rows(_: str, __: str) -> Rows:
    return []
