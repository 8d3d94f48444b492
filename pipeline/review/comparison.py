"""Comparison: all that differs between two runs, joined from their records and, where asked, their reports."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import nan
from typing import Any

from pipeline.errors import NotebookError
from pipeline.past.lookup import PastRun
from pipeline.review import changes, code, outcomes, scraps, shown
from pipeline.review.changes import Change, ValueChange
from pipeline.review.code import CellChange
from pipeline.review.outcomes import GatePair, MetricPair
from pipeline.review.reading import document
from pipeline.review.rendered import Rendered
from pipeline.review.scraps import ScrapChange
from pipeline.review.shown import FigurePair, TablePair
from pipeline.runs.record import RunRecord, StageRecord

Render = Callable[[PastRun, StageRecord], Rendered]


@dataclass(frozen=True, kw_only=True)
class StagePair:
    """A stage before and after.

    Attributes
    ----------
    before, after
        What became of it; None where the run does not have it.
    parameters, parameters_same
        Those that differ, and how many do not.
    scraps
        Those that differ, metrics and verdict aside.
    code
        Code cells that differ.
    figures, tables
        Every one; empty where nothing was rendered, or both runs have the same report.
    problem
        Why its reports could not be compared; empty where they could.
    """

    name: str
    before: StageRecord | None
    after: StageRecord | None
    parameters: tuple[ValueChange, ...] = ()
    parameters_same: int = 0
    scraps: tuple[ScrapChange, ...] = ()
    code: tuple[CellChange, ...] = ()
    figures: tuple[FigurePair, ...] = ()
    tables: tuple[TablePair, ...] = ()
    problem: str = ""

    @property
    def is_same_report(self) -> bool:
        """Say whether both runs have the report of one and the same execution."""
        executions = {stage.executed_by if stage else "" for stage in (self.before, self.after)}
        return len(executions) == 1 and "" not in executions

    @property
    def seconds_ratio(self) -> float:
        """How many times as long it takes now; NaN where that is not known."""
        return _ratio(self.before.seconds, self.after.seconds) if self.before and self.after else nan

    @property
    def memory_ratio(self) -> float:
        """How many times as much memory it takes at its peak now; NaN where that is not known."""
        if self.before is None or self.after is None:
            return nan
        return _ratio(self.before.peak_memory_bytes, self.after.peak_memory_bytes)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs, and all that differs."""

    before: RunRecord
    after: RunRecord
    metrics: tuple[MetricPair, ...]
    gates: tuple[GatePair, ...]
    stages: tuple[StagePair, ...]


def compare(before: PastRun, after: PastRun, rendered: Render | None = None) -> Comparison:
    """Compare two runs.

    Parameters
    ----------
    rendered
        Renders a report, asked only for stages that were executed anew. Without it, which is cheap, neither figures nor
        tables are compared.

    Raises
    ------
    UsageError
        If code differs and nbdime is not installed.
    """
    pairs = map(_from_records, _paired(before.record, after.record))
    return Comparison(
        before=before.record,
        after=after.record,
        metrics=outcomes.metrics(before.record, after.record),
        gates=outcomes.gates(before.record, after.record),
        stages=tuple(_with_reports(pair, before, after, rendered) for pair in pairs),
    )


def _paired(before: RunRecord, after: RunRecord) -> list[StagePair]:
    old, new = ({stage.name: stage for stage in record.stages} for record in (before, after))
    return [StagePair(name=name, before=old.get(name), after=new.get(name)) for name in {**new, **old}]


def _from_records(pair: StagePair) -> StagePair:
    """Add what the records know."""
    if pair.before is None or pair.after is None:
        return pair
    old, new = pair.before.parameters, pair.after.parameters
    found = changes.values(old, new)
    changed = sum(1 for each in found if each.change is Change.CHANGED)
    return replace(
        pair,
        parameters=found,
        parameters_same=len(old.keys() & new.keys()) - changed,
        scraps=tuple(scraps.scraps(pair.before.scraps, pair.after.scraps)),
    )


def _with_reports(pair: StagePair, before: PastRun, after: PastRun, rendered: Render | None) -> StagePair:
    """Add what only the reports know; where one cannot be read, that is said and the other stages go on."""
    old, new = pair.before, pair.after
    if old is None or new is None or not (old.report and new.report) or pair.is_same_report:
        return pair
    try:
        found: dict[str, Any] = {"code": code.cells(document(before, old), document(after, new))}
        if rendered is not None:
            there, here = rendered(before, old), rendered(after, new)
            found["figures"] = shown.figures(there.figures, here.figures)
            found["tables"] = shown.tables(there.tables, here.tables)
    except NotebookError as error:
        return replace(pair, problem=str(error))
    return replace(pair, **found)


def _ratio(before: float, after: float) -> float:
    return after / before if before > 0 and after > 0 else nan
