"""Upkeep: watches, decides, and does what was decided: trains anew on the latest data, or goes back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.errors import Interrupted, PipelineError, SettingsError
from pipeline.models import promotion, registry
from pipeline.monitoring.findings import Outcome
from pipeline.retraining import decision, facts, served
from pipeline.retraining.attempts import Attempt, Attempts, Result
from pipeline.retraining.decision import Action, Cause
from pipeline.retraining.policy import Policy
from pipeline.runs.progress import Progress
from pipeline.runs.record import GOOD, RunRecord, Status
from pipeline.stages.graph import Graph
from pipeline.turns import turn
from pipeline.watching import silent_since
from pipeline.workflow import Workflow

DECISION = "decision"
"""The scrap by which the stage that decides is known. `moment` and `because` are given to it; `test_share` (of the
rows, the newest) and `served` (digest of served rows) to those stages that take them when a model is trained anew."""

_WATCHER = "the watch"
_ALARM = 4
_CODES = {Result.PROMOTED: 0, Result.UNCHANGED: 0, Result.REFUSED: 3, Result.WAITING: 3}
Shown = Callable[[list[str]], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class Upkeep:
    """The upkeep of a project's model.

    Attributes
    ----------
    shown
        Shows how a run of some stages goes.
    """

    root: Path
    shown: Shown

    @cached_property
    def _whole(self) -> Workflow:
        return self._workflow({})

    @property
    def policy(self) -> Policy:
        """What may be done, and when."""
        return self._whole.settings.retrain

    @property
    def model(self) -> str:
        """What the model is called."""
        return str(self._whole.table.get("models", {}).get("name", "model"))

    def alone(self) -> AbstractContextManager[None]:
        """Let nobody else do this meanwhile.

        Raises
        ------
        BusyError
            If somebody does.
        """
        return turn(project.state(self.root) / "retraining" / "retrain.lock", 0)

    def decide(self, because: str) -> "Decided":
        """Watch, and decide; the decision is an executed notebook.

        Parameters
        ----------
        because
            Why a person wants another training; empty: nobody asked.

        Raises
        ------
        GraphError
            If no stage decides, or one that it takes from has left nothing behind.
        PipelineError
            If a stage failed.
        """
        Attempts(self.model).close()
        graph = self._whole.whole
        stage = _decider(graph)
        watched = frozenset({stage, *graph.upstreams(stage)})
        moment = datetime.now(UTC)
        given = {f"{stage}.moment": moment.isoformat(), f"{stage}.because": because}
        given |= silent_since(graph.only([stage]), self.model, moment)
        record = self._run(self._workflow(given, [stage], watched))
        ended = next(each for each in record.stages if each.name == stage)
        if ended.status is Status.SUCCEEDED and DECISION in ended.scraps:
            return Decided(moment=moment, found=ended.scraps[DECISION].value)
        if ended.status is not Status.SKIPPED or record.status is not Status.SUCCEEDED:
            raise PipelineError(f"nothing was decided: {stage} {ended.status}. Its report is in {record.run}.")
        return Decided(moment=moment, found=self._blind(moment, because))

    def _blind(self, moment: datetime, because: str) -> dict[str, Any]:
        """Decide where the watch has nothing to look at: it may be time all the same, or a person asks."""
        rows = served.labelled(self.model, moment, self.policy.mature_h)
        known = facts.gather(self.model, Outcome(), rows, moment, traffic=self.policy.traffic)
        decided = decision.decide(self.policy, Outcome(), Attempts(self.model).past(), known, because=because)
        return decision.scrap(decided, known, alarms=0)

    def retrain(self, decided: "Decided") -> tuple[RunRecord, Result]:
        """Train anew on the latest data, and note what came of it."""
        attempts, before = Attempts(self.model), self._champion()
        given = self._given(decided.moment)
        attempts.begin(_attempt(decided, before))
        try:
            record = self._run(self._workflow(given))
        except (KeyboardInterrupt, Interrupted):
            attempts.end(Result.STOPPED)
            raise
        except Exception:
            attempts.end(Result.FAILED)
            raise
        result = self._result(record, before)
        version = int((record.model_version or {}).get("version", 0))
        attempts.end(result, run=record.run, version=version)
        return record, result

    def roll_back(self, decided: "Decided") -> promotion.Promotion:
        """Let the version before answer again, and remember that this one was no good."""
        worse = self._champion()
        back = promotion.rollback(self.model, None, by=_WATCHER, reason="; ".join(decided.held))
        Attempts(self.model).rolled_back(worse)
        registry.follow(self.model)
        return back

    def _given(self, moment: datetime) -> dict[str, str]:
        takers = {name for stage in self._whole.graph.stages.values() for name in stage.parameters}
        given = {"test_share": repr(self.policy.test_share)} if "test_share" in takers else {}
        if not self.policy.traffic:
            return given
        if "served" not in takers:
            raise SettingsError(
                "traffic in [tool.pipeline.retrain] is true, and no stage takes served rows: let the one that reads "
                "the table have the parameter `served: str | None = None`, or set traffic = false."
            )
        rows = served.keep(served.labelled(self.model, moment, self.policy.mature_h))
        return given if rows is None else given | {"served": rows}

    def _result(self, record: RunRecord, before: int) -> Result:
        if self._champion() != before:
            return Result.PROMOTED
        if record.status is Status.REFUSED:
            return Result.REFUSED
        if record.status not in GOOD:
            return Result.FAILED
        made = int((record.model_version or {}).get("version", 0))
        waits = self._whole.settings.promotion == "approval" and made > before
        return Result.WAITING if waits else Result.UNCHANGED

    def _champion(self) -> int:
        past = promotion.history(self.model)
        return past[-1].version if past else 0

    def _workflow(
        self, given: dict[str, str], targets: list[str] | None = None, only: frozenset[str] = frozenset()
    ) -> Workflow:
        return Workflow(self.root, targets or [], given, {}, only)

    def _run(self, work: Workflow) -> RunRecord:
        with self.shown(list(work.graph.stages)) as progress:
            return work.run(progress)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision.

    Attributes
    ----------
    moment
        When it was made, UTC.
    found
        As `decision.scrap` gives it.
    """

    moment: datetime
    found: dict[str, Any]

    @property
    def action(self) -> Action:
        """What is to be done."""
        return Action(self.found["action"])

    @property
    def causes(self) -> tuple[str, ...]:
        """What asks for another training."""
        return tuple(f"{each['cause']}: {each['message']}" for each in self.found["causes"])

    @property
    def held(self) -> tuple[str, ...]:
        """What holds it back."""
        return tuple(self.found["held"])


def _attempt(decided: Decided, before: int) -> Attempt:
    facts = decided.found["facts"]
    return Attempt(
        begun=decided.moment,
        causes=decided.causes,
        by_hand=any(each["cause"] == Cause.BY_HAND for each in decided.found["causes"]),
        data=facts["data"],
        rows=facts["rows"],
        after=facts["after"],
        champion=before,
    )


def _decider(graph: Graph) -> str:
    found = sorted(name for name, stage in graph.stages.items() if DECISION in stage.glues)
    if len(found) != 1:
        which = f"several do: {', '.join(found)}" if found else "none does"
        raise SettingsError(f"one stage must glue {DECISION!r} to say whether a model is trained anew, and {which}.")
    return found[0]


def carry_out(
    work: Upkeep,
    decided: Decided,
    trained: Callable[[str, str, int], None],
    went_back: Callable[[str], None],
) -> int:
    """Do what was decided, tell what came of it, and return the exit code that it means."""
    if decided.action is Action.ROLL_BACK:
        went_back(work.roll_back(decided).title)
        return _ALARM
    if decided.action is not Action.RETRAIN:
        alarms = decided.action is Action.CALL or decided.found["alarms"]
        return _ALARM if alarms else 0
    record, result = work.retrain(decided)
    trained(record.run, result, int((record.model_version or {}).get("version", 0)))
    return _CODES.get(result, 1)
