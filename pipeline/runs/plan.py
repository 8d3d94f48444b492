"""The plan: for each stage whether it can be reused, and the reason, decided without starting a kernel."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.errors import GraphError
from pipeline.runs.ledger import Entry, Ledger
from pipeline.runs.record import ScrapRecord
from pipeline.runs.trace import World, differences
from pipeline.stages.graph import Graph
from pipeline.stages.stage import Stage


class Action(StrEnum):
    """What will happen to a stage."""

    REUSE = "reuse"
    RUN = "run"
    WAIT = "wait"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What will happen to a stage and why; with the entry that is reused."""

    stage: str
    action: Action
    reason: str
    entry: Entry | None = None


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Decides, from the ledger and the world as it is.

    Attributes
    ----------
    parameters
        Tagged JSON of each checked value, by stage and name.
    has_object
        Says whether the store has a digest.
    only
        Stages that are decided about; all others stay as they were left last. Empty: all are decided about.
    """

    graph: Graph
    ledger: Ledger
    world: World
    parameters: Mapping[str, Mapping[str, Any]]
    has_object: Callable[[str], bool]
    only: frozenset[str] = frozenset()

    def decide(self, name: str, upstreams: Mapping[str, Mapping[str, ScrapRecord]]) -> Decision:
        """Decide about a stage whose upstreams are known, by their scraps.

        Raises
        ------
        GraphError
            If it is to stay as it was left, and left nothing.
        """
        if self.only and name not in self.only:
            return self._left(name)
        identities = {up: {key: scrap.identity for key, scrap in found.items()} for up, found in upstreams.items()}
        nearest: list[str] = []
        for entry in self.ledger.entries(name):
            problems = list(self._problems(self.graph.stages[name], entry, identities))
            if not problems:
                reason = f"nothing it read has changed since {entry.run}"
                return Decision(stage=name, action=Action.REUSE, reason=reason, entry=entry)
            nearest = problems if not nearest or len(problems) < len(nearest) else nearest
        return Decision(stage=name, action=Action.RUN, reason="; ".join(nearest) or "it has never succeeded")

    def plan(self) -> Iterator[Decision]:
        """Decide about every stage in order; one that takes from a stage which runs has to wait for its outputs."""
        settled: dict[str, Mapping[str, ScrapRecord]] = {}
        for name in self.graph.stages:
            decision = self._foresee(name, settled)
            if decision.entry is not None:
                settled[name] = decision.entry.scraps
            yield decision

    def _left(self, name: str) -> Decision:
        """Take a stage as it was left last, whatever has changed since."""
        for entry in self.ledger.entries(name):
            if not list(self._lost(entry)):
                return Decision(stage=name, action=Action.REUSE, reason=f"as {entry.run} left it", entry=entry)
        raise GraphError(f"{name} has left nothing behind that {', '.join(sorted(self.only))} can take. Run it first.")

    def _foresee(self, name: str, settled: Mapping[str, Mapping[str, ScrapRecord]]) -> Decision:
        upstreams = self.graph.upstreams(name)
        open_ones = [up for up in upstreams if up not in settled]
        if not open_ones:
            return self.decide(name, {up: settled[up] for up in upstreams})
        last = next(self.ledger.entries(name), None)
        if last is None:
            return Decision(stage=name, action=Action.RUN, reason="it has never succeeded")
        # As if every open upstream gave again what the last execution read.
        assumed = {up: last.trace.scraps.get(up, {}) for up in open_ones}
        known = {up: {key: scrap.identity for key, scrap in settled[up].items()} for up in upstreams if up in settled}
        if problems := list(self._problems(self.graph.stages[name], last, assumed | known)):
            return Decision(stage=name, action=Action.RUN, reason="; ".join(problems))
        return Decision(stage=name, action=Action.WAIT, reason=f"runs if outputs of {', '.join(open_ones)} change")

    def _problems(self, stage: Stage, entry: Entry, upstreams: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
        yield from differences(entry.trace, stage.code(), self.parameters[stage.name], upstreams, self.world)
        yield from self._lost(entry)

    def _lost(self, entry: Entry) -> Iterator[str]:
        if not (self.world.root / entry.report).is_file():
            yield f"its report {entry.report} is gone"
        for name, scrap in entry.scraps.items():
            if not scrap.inline and not self.has_object(scrap.digest):
                yield f"the object of its scrap {name!r} is gone from the store"
