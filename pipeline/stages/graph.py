"""The graph: the stages of a project in an order in which each comes after all that it takes from."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pipeline.errors import GraphError, near
from pipeline.stages.stage import Stage, open_stage


@dataclass(frozen=True)
class Graph:
    """Stages by name, in an order of execution."""

    stages: dict[str, Stage]

    def upstreams(self, name: str) -> tuple[str, ...]:
        """Names of the stages that a stage takes from directly."""
        return tuple(dict.fromkeys(self.stages[name].upstreams.values()))

    @property
    def width(self) -> int:
        """Return how many stages may run at the same time: the most that are equally far from the beginning."""
        depths: dict[str, int] = {}
        for name in self.stages:
            depths[name] = 1 + max((depths[upstream] for upstream in self.upstreams(name)), default=0)
        return max(Counter(depths.values()).values())

    def only(self, targets: Iterable[str]) -> "Graph":
        """Keep some stages and all that they need, directly or not; without targets, all but those on request.

        Raises
        ------
        GraphError
            If a target is no stage, or there is no target and each stage is on request.
        """
        targets = list(targets) or [name for name, stage in self.stages.items() if not stage.is_on_request]
        if not targets:
            raise GraphError(f"each stage is on request, so one has to be named: {near('', self.stages)}")
        for name in targets:
            if name not in self.stages:
                raise GraphError(f"there is no stage {name!r}: {near(name, self.stages)}")
        needed, todo = set[str](), targets
        while todo:
            name = todo.pop()
            if name not in needed:
                needed.add(name)
                todo.extend(self.upstreams(name))
        return Graph({name: stage for name, stage in self.stages.items() if name in needed})


def read_graph(folder: Path) -> Graph:
    """Read every notebook below a folder as a stage and order them.

    Raises
    ------
    GraphError
        If there is no notebook, two stages have one name, an upstream is no stage, or stages need each other in a ring.
    NotebookError, ParameterError
        If a notebook cannot be read as a stage.
    """
    with _uncollected():
        stages = _read(folder)
        return Graph({name: stages[name] for name in _ordered(stages)})


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no cycles while the block runs: trees of syntax have none, and are a million objects to look through."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(folder: Path) -> dict[str, Stage]:
    stages: dict[str, Stage] = {}
    for path in sorted(folder.rglob("*.ipynb")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        stage = open_stage(path)
        if (other := stages.get(stage.name)) is not None:
            raise GraphError(f"two stages are named {stage.name!r}: {other.notebook.path} and {path}. Rename one.")
        stages[stage.name] = stage
    if not stages:
        raise GraphError(
            f"there is no notebook in {folder}. Put the stages there, or set `notebooks` in [tool.pipeline]."
        )
    return stages


def _ordered(stages: dict[str, Stage]) -> list[str]:
    for stage in stages.values():
        for parameter, upstream in stage.upstreams.items():
            if upstream not in stages:
                raise GraphError(
                    f"{stage.notebook.path}: the parameter {parameter!r} takes the stage {upstream!r}, which is not in "
                    f"the project; {near(upstream, stages)}"
                )
    try:
        return list(
            TopologicalSorter({name: stage.upstreams.values() for name, stage in stages.items()}).static_order()
        )
    except CycleError as error:
        ring = " -> ".join(reversed(error.args[1]))
        raise GraphError(f"the stages need each other in a ring: {ring}. Take one of these upstreams away.") from error
