"""Summary: what a reviewer of a change has to know of a run, in the order of asking, as blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from pipeline.past.lookup import PastRun
from pipeline.review import outcomes, tallies
from pipeline.review.baseline import Baseline
from pipeline.review.blocks import (
    Block,
    Code,
    Data,
    Folded,
    Heading,
    Paragraph,
    Picture,
    SideBySide,
    Table,
    Text,
)
from pipeline.review.changes import Change
from pipeline.review.comparison import Comparison, Render, StagePair, compare
from pipeline.review.noise import Estimate, Judgement
from pipeline.review.outcomes import Gate, MetricPair
from pipeline.review.rendered import Figure, Rendered
from pipeline.runs.record import RunRecord

TITLE = "What changed in the pipeline's results"
_MIMES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
_IN_WORDS = {
    Judgement.BETTER: "better, by more than the noise",
    Judgement.WORSE: "worse, by more than the noise",
    Judgement.DIFFERENT: "different, by more than the noise",
    Judgement.WITHIN_NOISE: "no larger than the noise",
    Judgement.UNKNOWN: "not comparable: there is no interval",
}
_NOISE = (
    "Intervals are of 95 %. A difference counts where its own interval leaves 0 out; of those between equals one in "
    "twenty does so by chance. It was measured on the same rows where it says so; else it is made from the two "
    "intervals as if their rows were independent. Of two runs that were scored on the same rows the noise is smaller "
    "than that, and a small difference may be real all the same."
)


def summary(past: PastRun, baseline: Baseline, rendered: Render) -> Iterator[Block]:
    """Yield what there is to say of a run: against another where there is one, else of it alone."""
    yield Heading(text=TITLE, level=1)
    if baseline.past is None:
        yield from _alone(past.record, baseline)
    else:
        yield from _Versus(baseline.past, past, baseline, compare(baseline.past, past, rendered), rendered).blocks()


def _alone(record: RunRecord, baseline: Baseline) -> Iterator[Block]:
    metrics = outcomes.metrics_of(record)
    yield Paragraph(text=_status(record))
    yield Paragraph(text=(f"Nothing to compare with: {baseline.words}. The run is shown alone.",))
    if metrics:
        yield Heading(text="Metrics")
        yield Table(
            header=("metric", "value"),
            rows=tuple(((Data(outcomes.title(name)),), (_estimate(each),)) for name, each in metrics.items()),
        )
    gates = outcomes.gates_of(record)
    if gates:
        yield Heading(text="Gates")
        rows = tuple(((Data(name),), (_passed(each),), (Data(each.message),)) for name, each in gates.items())
        yield Table(header=("gate", "outcome", "why"), rows=rows)
    yield Heading(text="Stages")
    stages = tuple(((Data(each.name),), (str(each.status),), (Data(each.reason),)) for each in record.stages)
    yield Table(header=("stage", "status", "why"), rows=stages)


@dataclass(frozen=True)
class _Versus:
    """A run and the one that it is compared with."""

    before: PastRun
    after: PastRun
    baseline: Baseline
    found: Comparison
    rendered: Render

    def blocks(self) -> Iterator[Block]:
        """Yield everything, most important first: what does not fit on a page is the end of it."""
        yield Paragraph(text=(*_status(self.after.record), *self._finding()))
        yield Paragraph(text=("Compared with run ", Data(self.before.record.run), f": {self.baseline.words}."))
        yield from self._metrics()
        yield from self._gates()
        yield from self._figures()
        yield Heading(text="Stages")
        yield Table(header=("stage", "before", "now", "why", "differs in"), rows=tuple(map(_stage, self.found.stages)))
        yield from (
            Paragraph(text=(Data(each.name), ": ", Data(each.problem))) for each in self.found.stages if each.problem
        )
        yield from self._changes()
        yield Folded(title=("Time and memory",), blocks=(tallies.costs(self.found),))

    def _finding(self) -> Text:
        first = next((pair for pair in self.found.metrics if pair.after is not None), None)
        if first is None or first.after is None:
            return ()
        now: Text = (" ", Data(first.title), f" is {_estimate(first.after)}")
        if first.judgement is Judgement.SAME:
            return (*now, ", the same as before to the last digit.")
        if first.difference is None:
            return (*now, "; the run before has no such number.")
        meaning = f", a difference of {first.difference.value:+.4g}: {_IN_WORDS[first.judgement]}."
        return (*now, meaning, f" Of all metrics: {tallies.judged(self.found.metrics)}.")

    def _metrics(self) -> Iterator[Block]:
        if self.found.metrics:
            yield Heading(text="Metrics")
            header = ("metric", "before", "now", "difference", "verdict")
            yield Table(header=header, rows=tuple(map(_metric, self.found.metrics)))
            yield Folded(title=("How this is judged",), blocks=(Paragraph(text=(_NOISE,)),))

    def _gates(self) -> Iterator[Block]:
        if self.found.gates:
            yield Heading(text="Gates")
            rows = tuple(
                ((Data(pair.name),), (_passed(pair.before),), (_passed(pair.after),), (Data(_why(pair.after)),))
                for pair in self.found.gates
            )
            yield Table(header=("gate", "before", "now", "why"), rows=rows)

    def _figures(self) -> Iterator[Block]:
        pairs = [
            (stage, figure)
            for stage in self.found.stages
            for figure in stage.figures
            if figure.change is not Change.SAME
        ]
        if pairs:
            yield Heading(text="Figures that changed")
        for stage, figure in pairs:
            title: Text = (Data(stage.name), ", cell ", Data(figure.cell), f", figure {figure.number}: {figure.change}")
            before, after = (
                self._picture(self.before, stage, figure.before),
                self._picture(self.after, stage, figure.after),
            )
            yield SideBySide(title=title, before=before, after=after)

    def _picture(self, past: PastRun, stage: StagePair, figure: Figure | None) -> Picture | None:
        record = stage.before if past is self.before else stage.after
        return None if figure is None or record is None else picture(self.rendered(past, record), figure)

    def _changes(self) -> Iterator[Block]:
        found = [block for stage in self.found.stages for block in _changes(stage)]
        if found:
            yield Heading(text="What differs")
            yield from found


def picture(rendered: Rendered, figure: Figure) -> Picture | None:
    """Return a figure's picture; None where its bytes are missing, or of a kind that no page shows."""
    data = rendered.pictures.get(figure.picture)
    mime = _MIMES.get(f".{figure.picture.rpartition('.')[2].lower()}")
    return None if data is None or mime is None else Picture(data=data, mime=mime, alt=figure.alt)


def _changes(stage: StagePair) -> Iterator[Block]:
    """Yield what differs in a stage, folded."""
    if stage.parameters:
        title = (Data(stage.name), f": {tallies.count(len(stage.parameters), 'parameter')}")
        yield Folded(title=title, blocks=(tallies.values(stage.parameters),))
    if stage.code:
        parts = [
            part
            for cell in stage.code
            for part in (Paragraph(text=(Data(cell.id), f": {cell.change}")), Code(lines=cell.lines))
        ]
        yield Folded(title=(Data(stage.name), f": {tallies.count(len(stage.code), 'code cell')}"), blocks=tuple(parts))
    if stage.scraps:
        title = (Data(stage.name), f": {tallies.count(len(stage.scraps), 'value')} for later stages")
        yield Folded(title=title, blocks=tuple(tallies.scraps(stage.scraps)))
    changed = [table for table in stage.tables if table.change is not Change.SAME]
    if changed:
        title = (Data(stage.name), f": {tallies.count(len(changed), 'table')}")
        yield Folded(title=title, blocks=tuple(block for table in changed for block in tallies.table(table)))


def _status(record: RunRecord) -> Text:
    why: Text = (" (", Data(record.reason), ")") if record.reason else ()
    return ("Run ", Data(record.run), f": {record.status}", *why, ".")


def _stage(pair: StagePair) -> tuple[Text, ...]:
    before = (str(pair.before.status) if pair.before else "not there",)
    now = (str(pair.after.status) if pair.after else "not there",)
    why = (Data(pair.after.reason),) if pair.after and pair.after.reason else ("",)
    return (Data(pair.name),), before, now, why, (tallies.differs_in(pair),)


def _metric(pair: MetricPair) -> tuple[Text, ...]:
    difference = "" if pair.difference is None else _signed(pair.difference)
    where = ", on the same rows" if pair.is_paired else ""
    sides = (_estimate(pair.before),), (_estimate(pair.after),)
    return (Data(pair.title),), *sides, (f"{difference}{where}",), (str(pair.judgement),)


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return "none"
    return f"{found.value:.4g}{f' ({found.low:.4g} to {found.high:.4g})' if isfinite(found.low + found.high) else ''}"


def _signed(found: Estimate) -> str:
    return f"{found.value:+.4g}{f' ({found.low:+.4g} to {found.high:+.4g})' if found.has_interval else ''}"


def _passed(gate: Gate | None) -> str:
    return "not asked" if gate is None else "passed" if gate.passed else gate.said.upper()


def _why(gate: Gate | None) -> str:
    return "" if gate is None else gate.message
