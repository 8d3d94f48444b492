"""The nursery: where the kernels of a run come from, and what they share.

A kernel is forked from a zygote where that gives the same as spawning one, for the libraries of a stage are there then.
"""

import threading
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path

from pipeline.runs import threads
from pipeline.runs.forking import Source, Zygote
from pipeline.stages.graph import Graph
from pipeline.stages.imports import Needs, needs

# Packages that give the same to a stage whether they are loaded in its process or in one that it was forked from. Those
# that look for IPython or at settings as they are loaded, or start threads, are not among them: each stage loads them.
SAFE = frozenset(
    {"joblib", "matplotlib", "numpy", "pandas", "pyarrow", "scipy", "skops", "sklearn", "threadpoolctl", "torch"}
)
# What packages load when they are used first, and what keeps their models and tables.
ALONG = {
    "matplotlib": ("matplotlib.style", "PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin"),
    "pandas": ("pyarrow.parquet", "pyarrow.dataset", "pyarrow.pandas_compat", "pandas.io.formats.string"),
    "sklearn": ("skops.io", "narwhals._pandas_like.namespace"),
}
# pyplot joins the shell that it finds as it is loaded, and takes no time once these are there.
INSTEAD = {"matplotlib.pyplot": ("matplotlib.figure", "matplotlib.backends.backend_agg")}


class Nursery:
    """Gives a run its kernels.

    Parameters
    ----------
    root, reports, work
        Folders of the project, of its runs, and of this process.
    jobs
        How many stages may run at the same time.
    kernel
        `fork` or `spawn`.

    Attributes
    ----------
    threads
        With how many the libraries of each kernel compute.
    """

    def __init__(self, graph: Graph, root: Path, reports: Path, work: Path, *, jobs: int, kernel: str) -> None:  # noqa: PLR0913 - what a run has
        self._graph, self._root, self._reports, self._kernel = graph, root, reports, kernel
        self._lock = threading.Lock()
        self.work = work
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
        modules = preloaded(self.needs.values())
        return Zygote(self._root, self._reports, self.work, modules=modules, variables=self.variables)

    def source(self, stage: str) -> tuple[Source | None, str]:
        """Return what gives the kernel of a stage, or nothing and why it is spawned; settings need no reason."""
        if self._kernel == "spawn":
            return None, ""
        with self._lock:  # stages that begin at the same time have one zygote
            if why := self.needs[stage].hindrance:
                return None, why
            self.zygote.start()
        return partial(self.zygote.kernel, preloaded([self.needs[stage]])), ""

    def close(self) -> None:
        """End what forks kernels."""
        if "zygote" in self.__dict__:
            self.zygote.close()


def preloaded(stages: Iterable[Needs]) -> list[str]:
    """Name what stages import and may share, in the order in which they need it."""
    safe = [name for each in stages for name in each.modules if name.partition(".")[0] in SAFE]
    packages = {name.partition(".")[0] for name in safe}
    along = [name for package, names in ALONG.items() if package in packages for name in names]
    return list(dict.fromkeys(each for name in [*safe, *along] for each in INSTEAD.get(name, (name,))))
