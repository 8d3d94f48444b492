"""Debugging: a stage again from its recorded inputs, up to where it failed, in a kernel that stays alive."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pipeline.past import rehearsal
from pipeline.past.excerpt import failed
from pipeline.past.lookup import PastRun
from pipeline.past.replay import Replay, Session
from pipeline.runs import threads
from pipeline.runs.record import StageRecord, Status
from pipeline.stages.notebook import load, read

_LOOK_EVERY_S = 0.2
# Running that cell again would take the kernel away, or never end: one wants to stand before it.
_BEFORE = {Status.DIED, Status.TIMED_OUT, Status.CANCELLED}
CONSOLE = "jupyter_console"


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A live kernel that stands where a stage stopped.

    Attributes
    ----------
    happened
        What happened on the way.
    command, hint
        How to attach to it, and how to get the program for it where it is not there.
    """

    happened: str
    command: str
    hint: str
    session: Session

    def wait(self) -> None:
        """Return when the kernel has ended, by whoever is attached to it."""
        while self.session.alive:
            time.sleep(_LOOK_EVERY_S)


@contextmanager
def debug(
    past: PastRun, stage: StageRecord, scratch: Path, cell_done: Callable[[int, int, str, float], None]
) -> Iterator[Attached]:
    """Run a stage again to where it stopped, on what it had, and keep its kernel for the block.

    Registry and champions are a copy: nothing that is done in this kernel registers or promotes a model.

    Parameters
    ----------
    scratch
        Folder for that copy.
    cell_done
        Told after each code cell: its number, how many there are, its id, seconds.
    """
    report = past.report(stage)
    document = load(report)
    replay = Replay(
        root=past.root,
        document=document,
        work=scratch,
        variables={
            **rehearsal.prepare(scratch / "state", rehearsal.started(document)),
            **rehearsal.snapshots(document),
            **threads.variables(past.record.threads),
        },
        cell_done=cell_done,
    )
    with replay.kernel() as session:
        happened = _run(session, stage, report)
        command = f"jupyter console --existing {session.connection_file}"
        yield Attached(happened=happened, command=command, hint=_hint(), session=session)


def _hint() -> str:
    return "" if find_spec(CONSOLE) else "(the console comes with `pip install 'stagebook[lab]'`)"


def _run(session: Session, stage: StageRecord, report: Path) -> str:
    """Run as far as the recorded execution came, and say what happened."""
    failure = stage.failure
    names = [cell.id for cell in failed(read(report).cells, failure)] if failure else []
    if failure is None or not names:
        ending = session.run()
        return f"{stage.name} {ending.status}: all of its cells were run"
    where = f"cell {failure.cell} ({names[0]})"
    if stage.status in _BEFORE:
        session.run(failure.cell - 1)
        return f"{stage.name} stands before {where}, in which it {stage.status.replace('_', ' ')}"
    ending = session.run(failure.cell)
    if ending.failure is None:
        return f"{stage.name} stands after {where}, which did not fail this time"
    return (
        f"{stage.name} {ending.status} in cell {ending.failure.cell}: {ending.failure.name}: {ending.failure.message}"
    )
