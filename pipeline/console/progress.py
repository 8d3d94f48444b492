"""Progress: how a run goes. Bars on a terminal, plain lines elsewhere. The one importer of rich."""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.console.words import outcome
from pipeline.runs.plan import Decision
from pipeline.runs.progress import Progress
from pipeline.runs.record import StageRecord

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

HEARTBEAT_S = 30.0


@contextmanager
def progress(stages: Sequence[str]) -> Iterator[Progress]:
    """Show how a run goes."""
    if not sys.stdout.isatty():
        with lines(stages) as shown:
            yield shown
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TextColumn("[dim]{task.fields[note]}")) as bars:
        yield Live(bars)


@contextmanager
def lines(stages: Sequence[str], every_s: float = HEARTBEAT_S) -> Iterator["Lines"]:
    """Print a line for each thing that happens, and where nothing does for a while, that it still goes on."""
    shown, ended = Lines(width=max(map(len, stages), default=0)), threading.Event()
    heart = threading.Thread(target=_beat, args=(shown, ended, every_s), daemon=True)
    heart.start()
    try:
        yield shown
    finally:
        ended.set()
        heart.join()


def _beat(shown: "Lines", ended: threading.Event, every_s: float) -> None:
    while not ended.wait(every_s):
        shown.still_running(every_s)


@dataclass(frozen=True)
class Lines:
    """A line for each thing that happens, prefixed by its stage.

    Attributes
    ----------
    running
        By stage, what is known of the cell that runs, and since when.
    """

    width: int
    running: dict[str, tuple[str, float]] = field(default_factory=dict)

    def started(self, decision: Decision) -> None:
        """Say that a stage starts, and why."""
        self.running[decision.stage] = ("its first cell", time.monotonic())
        self.say(decision.stage, f"running: {decision.reason}")

    def cell_done(self, stage: str, done: int, total: int, cell: str, seconds: float) -> None:
        """Say that a code cell ended."""
        self.running[stage] = (f"cell {done + 1}/{total}, after {cell}", time.monotonic())
        if done == total:
            del self.running[stage]
        self.say(stage, f"cell {done}/{total} {cell} {seconds:.1f} s")

    def retried(self, record: StageRecord) -> None:
        """Say that a stage is tried again."""
        self.running[record.name] = ("its first cell", time.monotonic())
        self.say(record.name, f"{outcome(record)}; trying again")

    def finished(self, record: StageRecord) -> None:
        """Say what became of a stage."""
        self.running.pop(record.name, None)
        self.say(record.name, outcome(record))

    def still_running(self, longer_than_s: float) -> None:
        """Say which cells have run for a while."""
        for stage, (where, since) in list(self.running.items()):
            seconds = time.monotonic() - since
            if seconds >= longer_than_s:
                self.say(stage, f"still in {where}: {seconds:.0f} s")

    def say(self, stage: str, text: str) -> None:
        """Print a line of a stage, in one piece, because stages run at the same time."""
        text = " ".join(text.splitlines())
        print(f"{stage:<{self.width}} | {text}\n", end="", flush=True)


@dataclass
class Live:
    """A bar for each running stage."""

    bars: "Bars"
    tasks: dict[str, "TaskID"] = field(default_factory=dict)

    def started(self, decision: Decision) -> None:
        """Add a bar."""
        self.tasks[decision.stage] = self.bars.add_task(decision.stage, total=None, note=decision.reason[:60])

    def cell_done(self, stage: str, done: int, total: int, cell: str, seconds: float) -> None:
        """Move a bar."""
        self.bars.update(self.tasks[stage], completed=done, total=total, note=f"{cell} {seconds:.1f} s")

    def retried(self, record: StageRecord) -> None:
        """Say that a stage is tried again."""
        self.bars.console.print(f"{record.name}: {outcome(record)}; trying again", markup=False, highlight=False)

    def finished(self, record: StageRecord) -> None:
        """Replace a bar by what became of its stage."""
        if record.name in self.tasks:
            self.bars.remove_task(self.tasks.pop(record.name))
        self.bars.console.print(f"{record.name}: {outcome(record)}", markup=False, highlight=False)
