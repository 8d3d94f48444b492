"""Tallies: what differs between two stages, counted and listed, as blocks of a summary."""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import isfinite

from pipeline.review.blocks import Block, Data, Paragraph, Table, Text
from pipeline.review.changes import Change, ValueChange
from pipeline.review.comparison import Comparison, StagePair
from pipeline.review.noise import Judgement
from pipeline.review.outcomes import MetricPair
from pipeline.review.scraps import ScrapChange
from pipeline.review.shown import TablePair
from pipeline.runs.record import ScrapRecord, StageRecord, Status

MIB = 2**20


def count(number: int, noun: str) -> str:
    """Count things.

    >>> count(1, "table"), count(2, "table")
    ('1 table', '2 tables')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def judged(found: Iterable[MetricPair]) -> str:
    """Say how many metrics are better, worse, and so on."""
    counted = Counter(pair.judgement for pair in found)
    return ", ".join(f"{counted[each]} {each}" for each in Judgement if counted[each])


def differs_in(pair: StagePair) -> str:
    """Say in how many of what two executions of a stage differ."""
    if pair.before is None or pair.after is None:
        return "only one run has it"
    if pair.is_same_report:
        return "nothing: it is the same report"
    counted = {
        "parameter": len(pair.parameters),
        "code cell": len(pair.code),
        "value": len(pair.scraps),
        "figure": sum(1 for figure in pair.figures if figure.change is not Change.SAME),
        "table": sum(1 for table in pair.tables if table.change is not Change.SAME),
    }
    return ", ".join(count(number, noun) for noun, number in counted.items() if number) or "nothing"


def values(found: Iterable[ValueChange]) -> Table:
    """List values that differ."""
    rows = tuple(((Data(each.name),), *_sides(each.change, each.before, each.after)) for each in found)
    return Table(header=("name", "before", "now"), rows=rows)


def scraps(found: Iterable[ScrapChange]) -> Iterator[Block]:
    """List scraps that differ: large ones by what is known of them, small ones value by value."""
    each_of = list(found)
    small = [value for scrap in each_of for value in scrap.values]
    large = [scrap for scrap in each_of if not scrap.values]
    left_out = sum(scrap.left_out for scrap in each_of)
    if small:
        yield values(small)
    if left_out:
        yield Paragraph(text=(f"and {left_out} values more",))
    if large:
        rows = tuple(((Data(scrap.name),), (_object(scrap.before),), (_object(scrap.after),)) for scrap in large)
        yield Table(header=("name", "before", "now"), rows=rows)


def table(pair: TablePair) -> Iterator[Block]:
    """List the cells of a table that show something else."""
    yield Paragraph(text=("cell ", Data(pair.cell), f", table {pair.number}: {pair.change}{_shape(pair)}"))
    if pair.cells:
        rows = tuple(
            ((str(each.row),), (Data(each.column),), (Data(each.before),), (Data(each.after),)) for each in pair.cells
        )
        yield Table(header=("row", "column", "before", "now"), rows=rows)
    if pair.left_out:
        yield Paragraph(text=(f"and {pair.left_out} cells more",))


def costs(found: Comparison) -> Table:
    """List what each stage took; of a reused one, what it took the run that executed it."""
    rows = [
        (
            (Data(pair.name),),
            (_seconds(pair.before),),
            (_seconds(pair.after),),
            (_times(pair.seconds_ratio),),
            (_memory(pair.before),),
            (_memory(pair.after),),
            (_times(pair.memory_ratio),),
        )
        for pair in found.stages
    ]
    whole = (
        ("the run",),
        (f"{found.before.seconds:.1f}",),
        (f"{found.after.seconds:.1f}",),
        ("",),
        ("",),
        ("",),
        ("",),
    )
    header = ("stage", "seconds before", "now", "ratio", "MiB before", "now", "ratio")
    return Table(header=header, rows=(*rows, whole))


def _sides(change: Change, before: str, after: str) -> tuple[Text, Text]:
    was: Text = ("not there",) if change is Change.ADDED else (Data(before),)
    now: Text = ("not there",) if change is Change.REMOVED else (Data(after),)
    return was, now


def _object(scrap: ScrapRecord | None) -> str:
    if scrap is None:
        return "not there"
    rows = "" if scrap.rows is None else f", {scrap.rows:,} rows"
    return f"{scrap.kind}{rows}, {scrap.size_bytes:,} bytes, {scrap.digest.rpartition(':')[2][:12]}"


def _shape(pair: TablePair) -> str:
    counted = {"more row": pair.rows_added, "fewer row": pair.rows_removed}
    rows = [count(number, noun) for noun, number in counted.items() if number]
    columns = [f"{name} {what}" for names, what in _columns(pair) for name in (count(len(names), "column"),)]
    return "".join(f", {each}" for each in (*rows, *columns))


def _columns(pair: TablePair) -> list[tuple[tuple[str, ...], str]]:
    return [(names, what) for names, what in ((pair.columns_added, "more"), (pair.columns_removed, "fewer")) if names]


def _seconds(stage: StageRecord | None) -> str:
    return "" if stage is None else f"{stage.seconds:.1f}{_mark(stage)}"


def _memory(stage: StageRecord | None) -> str:
    known = stage is not None and stage.peak_memory_bytes
    return f"{stage.peak_memory_bytes / MIB:.0f}{_mark(stage)}" if stage is not None and known else ""


def _mark(stage: StageRecord) -> str:
    return " (reused)" if stage.status is Status.REUSED else ""


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if isfinite(ratio) else ""
