"""The console: what the commands show. Live on a terminal, plain prefixed lines elsewhere. The one importer of rich."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.runs.plan import Action, Decision
from pipeline.runs.record import BAD, RunRecord, StageRecord, Status
from pipeline.runs.runner import Progress
from pipeline.stages.stage import Stage

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_MARKS = {Action.REUSE: "reuse", Action.RUN: "run", Action.WAIT: "wait"}
_MIB = 2**20


@contextmanager
def progress(stages: Sequence[str]) -> Iterator[Progress]:
    """Show how a run goes."""
    if not sys.stdout.isatty():
        yield Lines(width=max(map(len, stages)))
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TextColumn("[dim]{task.fields[note]}")) as bars:
        yield Live(bars)


@dataclass(frozen=True)
class Lines:
    """A line for each thing that happens, prefixed by its stage."""

    width: int

    def started(self, decision: Decision) -> None:
        """Say that a stage starts, and why."""
        self._say(decision.stage, f"running: {decision.reason}")

    def cell_done(self, stage: str, done: int, total: int, cell: str, seconds: float) -> None:
        """Say that a code cell ended."""
        self._say(stage, f"cell {done}/{total} {cell} {seconds:.1f} s")

    def finished(self, record: StageRecord) -> None:
        """Say what became of a stage."""
        self._say(record.name, _outcome(record))

    def _say(self, stage: str, text: str) -> None:
        print(f"{stage:<{self.width}} | {text}", flush=True)


@dataclass
class Live:
    """A bar for each running stage."""

    bars: "Bars"
    tasks: dict[str, "TaskID"] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def started(self, decision: Decision) -> None:
        """Add a bar."""
        self.tasks[decision.stage] = self.bars.add_task(decision.stage, total=None, note=decision.reason[:60])

    def cell_done(self, stage: str, done: int, total: int, cell: str, seconds: float) -> None:
        """Move a bar."""
        self.bars.update(self.tasks[stage], completed=done, total=total, note=f"{cell} {seconds:.1f} s")

    def finished(self, record: StageRecord) -> None:
        """Replace a bar by what became of its stage."""
        if record.name in self.tasks:
            self.bars.remove_task(self.tasks.pop(record.name))
        self.bars.console.print(f"{record.name}: {_outcome(record)}", markup=False, highlight=False)


def run_summary(record: RunRecord, reports: Path) -> None:
    """Print how a run ended, and where to look."""
    for stage in record.stages:
        if stage.status in BAD and stage.failure is not None:
            where = f" in cell {stage.failure.cell}" if stage.failure.cell else ""
            print(f"\n{stage.name} {stage.status}{where}: {stage.failure.name}: {stage.failure.message}")
            print(f"  read it: {stage.report or 'no report could be written'}")
    if record.verdict is not None and record.status is Status.REFUSED:
        _gates(record.verdict)
    counts = [f"{sum(1 for stage in record.stages if stage.status is status)} {status}" for status in Status]
    told = ", ".join(count for count in counts if not count.startswith("0 "))
    print(f"\nrun {record.run} {record.status} in {record.seconds:.1f} s: {told}")
    print(f"reports: {_shown(reports / record.run)}   newest of each stage: {_shown(reports / 'latest')}")


def decision(found: Decision) -> None:
    """Print what would happen to a stage."""
    print(f"{_MARKS[found.action]:<6}{found.stage:<12}{found.reason}")


def notebook(stage: Stage) -> None:
    """Print what is known of a notebook without running it."""
    source = stage.notebook
    print(f"{source.path}: {source.language}, kernel {source.kernel or 'not named'}, nbformat 4.{source.minor}")
    print(f"  {len(source.code)} code cells of {len(source.cells)}. {stage.question}".rstrip())
    if source.parameters is None:
        print("  no cell is tagged `parameters`, so there are none that can be given")
    for cell in source.code:
        if cell.parsed is None:
            print(f"  cell {cell.index + 1} ({cell.id}) cannot be read as Python")
    _rows(
        "parameters",
        [
            (f"{each.name}: {each.annotation or '?'} = {each.default}", each.meaning)
            for each in stage.parameters.values()
        ],
    )
    _rows("upstreams", [(f"{name} <- {up}", ", ".join(stage.reads[name])) for name, up in stage.upstreams.items()])
    _rows("glues", [(name, "") for name in stage.glues])


def _rows(title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        print(f"  {title}:")
    width = max((len(left) for left, _ in rows), default=0)
    for left, right in rows:
        print(f"    {left:<{width}}  {right}".rstrip())


def _outcome(record: StageRecord) -> str:
    match record.status:
        case Status.SUCCEEDED:
            return f"succeeded in {record.seconds:.1f} s, {record.peak_memory_bytes / _MIB:.0f} MiB"
        case Status.REUSED:
            return f"reused: {record.reason}"
        case Status.SKIPPED | Status.CANCELLED:
            return f"{record.status}: {record.reason}"
    failure = record.failure
    return f"{record.status}: {failure.name}: {failure.message}" if failure else str(record.status)


def _gates(verdict: Mapping[str, Any]) -> None:
    print("\nthe gates refused:")
    for gate in verdict.get("gates", []):
        print(f"  {'passed ' if gate.get('passed') else 'REFUSED'} {gate.get('name')}: {gate.get('message')}")
    if problem := verdict.get("problem"):
        print(f"  {problem}")


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
