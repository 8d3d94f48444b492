"""Verification: a run again, from its reports alone, and whether everything comes out as it did.

Each stage runs in a fresh kernel, on the recorded reports of its upstreams, so that a difference is that stage's own.
Nothing is reused, promoted or registered: each stage has a copy of the project's state as it was when it ran.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.errors import SettingsError, near
from pipeline.past import comparison, rehearsal
from pipeline.past.lookup import PastRun
from pipeline.past.replay import Ending, Replay
from pipeline.runs import scrubbing, threads
from pipeline.runs.record import GOOD, Failure, StageRecord, Status
from pipeline.stages.notebook import load
from pipeline.store.objects import write_atomic

_REPEATABLE = GOOD | {Status.SKIPPED, Status.FAILED}
TOLERANCE = "[tool.pipeline.verify] tolerance"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one stage when it was run again.

    Attributes
    ----------
    problems
        A line for each thing that came out differently.
    cells
        Cells that showed something else, though what they left behind may be the same.
    replay
        Where the notebook that was executed again stands, where it came out differently.
    scraps
        How many scraps were compared.
    """

    stage: str
    problems: tuple[str, ...]
    cells: tuple[str, ...]
    replay: Path
    scraps: int


@dataclass(frozen=True, kw_only=True)
class Verification:
    """A run that is run again.

    Attributes
    ----------
    work
        Folder for what the stages leave behind this time.
    scratch
        Folder for the notebooks that came out differently, made where there are any.
    jobs
        How many stages run at the same time.
    tolerance
        Largest difference of numbers that is none, by `scrap` or `stage.scrap`; all others must be exact.
    cell_done
        Told after each code cell: its stage, its number, how many there are, its id, seconds.
    """

    past: PastRun
    work: Path
    scratch: Path
    jobs: int
    tolerance: Mapping[str, float]
    cell_done: Callable[[str, int, int, str, float], None]

    @property
    def stages(self) -> list[StageRecord]:
        """The stages that can be run again: those that were not stopped from outside."""
        return [stage for stage in self.past.record.stages if stage.report and stage.status in _REPEATABLE]

    def run(self) -> list[Verdict]:
        """Run every stage again and compare. Of what came out the same nothing is left.

        Raises
        ------
        KeyboardInterrupt
            If somebody stopped it; no kernel is left.
        """
        from pipeline.runs.kernels import LIVE

        pool = ThreadPoolExecutor(self.jobs)
        try:
            verdicts = list(pool.map(self._check, self.stages))
        except KeyboardInterrupt:
            with LIVE.stop():
                pool.shutdown(cancel_futures=True)
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        for different in (verdict for verdict in verdicts if verdict.problems or verdict.cells):
            write_atomic(different.replay, self._replayed(different.stage).read_bytes())
        return verdicts

    def _replayed(self, stage: str) -> Path:
        return self.work / f"{stage}.ipynb"

    def _check(self, stage: StageRecord) -> Verdict:
        before, folder = load(self.past.report(stage)), self.work / stage.name
        state = folder / "state"
        variables = rehearsal.prepare(state, rehearsal.started(before))
        replay = Replay(
            root=self.past.root,
            document=before,
            work=self.work,
            variables={**variables, **rehearsal.snapshots(before), **threads.variables(self.past.record.threads)},
            cell_done=lambda *what: self.cell_done(stage.name, *what),
        )
        with replay.kernel() as session:
            ending = session.run()
        now = scrubbing.document(session.client.nb)
        # A stage may show where its state is.
        text = json.dumps(now, indent=1, ensure_ascii=False).replace(str(state), str(project.state(self.past.root)))
        write_atomic(self._replayed(stage.name), f"{text}\n".encode())
        return self._compared(stage, before, load(self._replayed(stage.name)), ending)

    def _compared(
        self, stage: StageRecord, before: Mapping[str, Any], now: Mapping[str, Any], ending: Ending
    ) -> Verdict:
        def tolerance(scrap: str) -> float:
            return self.tolerance.get(f"{stage.name}.{scrap}", self.tolerance.get(scrap, 0.0))

        return Verdict(
            stage=stage.name,
            problems=(*_ending(stage, ending), *comparison.scraps(before, now, tolerance)),
            cells=tuple(comparison.cells(before, now)),
            replay=self.scratch / f"{stage.name}.ipynb",
            scraps=len(stage.scraps),
        )


def tolerances(table: Any, past: PastRun) -> dict[str, float]:  # noqa: ANN401 - whatever stands in the settings
    """Check the tolerances that settings declare.

    Raises
    ------
    SettingsError
        If one is no number from 0 up, or is for a scrap that the run does not have.
    """
    if not isinstance(table, dict):
        raise SettingsError(
            f'{TOLERANCE} is {table!r}: it is a table such as {{"metrics" = 1e-9}}. Mend pyproject.toml.'
        )
    known = {
        name for stage in past.record.stages for scrap in stage.scraps for name in (scrap, f"{stage.name}.{scrap}")
    }
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise SettingsError(
                f"{TOLERANCE} of {name!r} is {value!r}: it is a number, 0 or more. Mend pyproject.toml."
            )
        if name not in known:
            raise SettingsError(
                f"{TOLERANCE} names the scrap {name!r}, which the run does not have: {near(name, known)}"
            )
    return {name: float(value) for name, value in table.items()}


def _ending(stage: StageRecord, ending: Ending) -> Iterator[str]:
    """Yield a line where a stage did not end as it did."""
    in_cell = stage.failure if stage.failure and stage.failure.cell else None
    before = Status.SUCCEEDED if stage.status is Status.REUSED or (stage.failure and not in_cell) else stage.status
    recorded = Ending(status=before, failure=in_cell)
    if recorded.place != ending.place:
        yield f"it {_told(ending)}; the recorded one {_told(recorded)}"


def _told(ending: Ending) -> str:
    return f"{ending.status}{_where(ending.failure)}" if ending.failure else str(ending.status)


def _where(failure: Failure) -> str:
    return f" in cell {failure.cell}: {failure.name}: {failure.message}"
