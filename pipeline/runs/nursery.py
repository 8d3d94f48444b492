"""The nursery: where the kernels of a run come from, and what they share.

A kernel is forked from a zygote where that gives the same as spawning one, for the libraries of a stage are there then.
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from pipeline.runs import threads
from pipeline.runs.forking import Zygote
from pipeline.stages.graph import Graph
from pipeline.stages.imports import Needs, needs

# Packages that give the same to a stage whether they are loaded in its process or in one that it was forked from. Those
# that look for IPython or at settings as they are loaded, or start threads, are not among them: each stage loads them.
SAFE = frozenset({"joblib", "matplotlib", "numpy", "pandas", "pyarrow", "scipy", "skops", "sklearn", "threadpoolctl"})
# pyplot joins the shell that it finds as it is loaded, and takes no time once these are there.
INSTEAD = {"matplotlib.pyplot": ("matplotlib.figure", "matplotlib.backends.backend_agg")}


class Nursery:
    """Gives a run its kernels.

    Parameters
    ----------
    root, reports
        Folders of the project and of its runs.
    jobs
        How many stages may run at the same time.
    kernel
        `fork` or `spawn`.

    Attributes
    ----------
    threads
        With how many the libraries of each kernel compute.
    """

    def __init__(self, graph: Graph, root: Path, reports: Path, *, jobs: int, kernel: str) -> None:
        self._graph, self._root, self._reports, self._kernel = graph, root, reports, kernel
        self.threads = threads.share(jobs, graph.width)

    @property
    def variables(self) -> dict[str, str]:
        """What kernels have in their environment beside this process's."""
        return threads.variables(self.threads)

    @cached_property
    def needs(self) -> dict[str, Needs]:
        """What each stage loads."""
        return {name: needs(stage, self._root) for name, stage in self._graph.stages.items()}

    @cached_property
    def zygote(self) -> Zygote:
        """The process that forks kernels."""
        return Zygote(self._root, self._reports, preloaded(self.needs.values()), self.variables)

    def source(self, stage: str) -> tuple[Zygote | None, str]:
        """Return who forks the kernel of a stage; nobody where settings say so, and where `why` it must be spawned."""
        if self._kernel == "spawn":
            return None, ""
        if why := self.needs[stage].hindrance:
            return None, why
        self.zygote.start()
        return self.zygote, ""

    def close(self) -> None:
        """End what forks kernels."""
        if "zygote" in self.__dict__:
            self.zygote.close()


def preloaded(stages: Iterable[Needs]) -> list[str]:
    """Name what stages import and may share, in the order in which they need it."""
    safe = (name for each in stages for name in each.modules if name.partition(".")[0] in SAFE)
    return list(dict.fromkeys(each for name in safe for each in INSTEAD.get(name, (name,))))
