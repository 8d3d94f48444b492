"""Tracing: what a kernel reads while a stage runs. An IPython extension that the engine loads before the first cell.

Nothing is digested here: the kernel only notes names, in microseconds, and the engine looks at the files afterwards.
"""

import json
import os
import shlex
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import project, secrecy
from pipeline.errors import SecretError
from pipeline.project import ROOT_VARIABLE
from pipeline.runs import drawing, scrubbing

TRACE_FILE = "PIPELINE_TRACE_FILE"
REPORTS = "PIPELINE_REPORTS_FOLDER"
_WRITING = os.O_WRONLY | os.O_TRUNC
# What tools keep in a project, and its settings, which reach a stage as parameters.
_OURS = (".git/", ".pipeline/", ".nox/", ".venv/", ".ipynb_checkpoints/", "pyproject.toml")


class Tracer:
    """Notes of what this process reads, written to a file after every cell.

    Attributes
    ----------
    edges
        Packages by the package that imported them, as far as they were there before the stage started.
    """

    def __init__(self, root: Path, reports: Path) -> None:
        self.root, self.kept, self.target = str(root), str(reports) + os.sep, Path()
        self.edges: dict[str, set[str]] = {}
        self.preloaded: dict[str, list[str]] = {}
        self.scraps: dict[tuple[str, str], str] = {}
        self.sources: dict[str, str] = {}
        self.snapshots: dict[str, str] = {}
        self.digests = {"pipeline.source": self.sources, "pipeline.snapshot": self.snapshots}
        self.read: set[str] = set()
        self.listed: set[str] = set()
        self.looked_at: set[str] = set()  # names of modules
        self.modules: set[str] = set()
        self.packages: set[str] = set()
        self.written: set[str] = set()
        self.reports: set[str] = set()
        self.announced: set[str] = set()
        self.foreign = tuple(_foreign(self.root))
        self.environment: dict[str, str] = {}

    def begin(self, target: Path) -> None:
        """Write to this file from now on; what is there already was not loaded by the stage."""
        self.target, self.environment = target, dict(os.environ)
        if self.edges:
            self.preloaded = {name: sorted(self.edges.get(name, ())) for name in self._modules()["packages"]}

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take note of an audit event. It is called for every one of the interpreter, so it decides at once."""
        if event == "open":
            self._opened(*arguments)
        elif event == "sqlite3.connect":
            self._opened(arguments[0], "r", 0)
        elif event in {"os.scandir", "os.listdir"}:
            self._listed(arguments[0])
        elif event == "pipeline.scrap":
            report, name, identity = arguments
            self.scraps[str(report), name] = identity
        elif event == "pipeline.read":
            self.announced.add(os.path.abspath(arguments[0]))  # noqa: PTH100 - as `_opened` has it
        elif event == "subprocess.Popen":
            self._started(arguments[1], arguments[2])
        elif event == "os.system":
            self._started([arguments[0]], None)
        elif event in self.digests:
            self.digests[event][str(arguments[0])] = str(arguments[1])
        elif event == "pipeline.secret":
            self._asked(arguments[0])

    def write(self, *_: object) -> None:
        """Write the notes; the file appears whole or not at all."""
        from resource import RUSAGE_SELF, getrusage

        unit = 1 if sys.platform == "darwin" else 1024
        notes = {
            "scraps": [[report, name, identity] for (report, name), identity in self.scraps.items()],
            "sources": self.sources,
            "snapshots": self.snapshots,
            "files": sorted(self.read),
            "reports": sorted(self.reports),
            "folders": sorted(self.listed),
            **self._modules(),
            "preloaded": self.preloaded,
            "peak_memory_bytes": getrusage(RUSAGE_SELF).ru_maxrss * unit,
        }
        temporary = self.target.with_suffix(".tmp")
        temporary.write_text(secrecy.KNOWN.scrub(json.dumps(notes)))
        temporary.replace(self.target)

    def counts(self, path: str) -> bool:
        """Say whether a file is the project's or the user's own, not Python's, the system's or ours."""
        if "__pycache__" in path:
            return False
        if path.startswith(self.root + os.sep):
            return not path[len(self.root) + 1 :].startswith(_OURS)
        return not path.startswith(self.foreign)

    def _asked(self, name: str) -> None:
        """Announce a secret before its value is handed out, so that the engine hides it from then on."""
        if any(os.environ.get(each) != self.environment.get(each) for each in (name, secrecy.FOLDER)):
            raise SecretError(
                f"the notebook itself set the environment that the secret {name!r} is read from, so the run cannot "
                "hide it. Set it before the run starts."
            )
        with scrubbing.announced(self.target).open("a") as file:
            file.write(f"{name}\n")
        self.read.discard(str(secrecy.path(name)))  # not even its digest is kept

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:  # noqa: ANN401 - whatever open takes
        if not isinstance(path, str | bytes | os.PathLike):
            return
        where = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - called for every file that is opened
        if not self.counts(where):
            return
        if where.endswith(".ipynb") and where.startswith(self.kept):
            self.reports |= {where} - self.announced
        elif (mode and mode[0] in "wx") or (mode is None and flags & _WRITING):
            self.written.add(where)
        elif where not in self.written:
            self.read.add(where)

    def _started(self, words: Any, folder: Any) -> None:  # noqa: ANN401 - whatever Popen takes
        """Count the files that a command names as read: what a program opens, this process does not hear."""
        named = [os.fsdecode(word) for word in words] if isinstance(words, list | tuple) else [os.fsdecode(words)]
        for word in {part for line in named for part in (line, *_words(line))}:
            where = os.path.join(os.fsdecode(folder or ""), word)  # noqa: PTH118 - as it was given
            if os.path.isfile(where):  # noqa: PTH113 - a word of any shape
                self._opened(where, "r", 0)

    def _listed(self, path: Any) -> None:  # noqa: ANN401 - whatever listdir takes
        if isinstance(path, int) or "importlib" in sys._getframe(2).f_code.co_filename:  # noqa: SLF001 - whose listing it is
            return
        where = os.path.abspath(os.fsdecode(path or "."))  # noqa: PTH100 - called for every folder that is listed
        if self.counts(where + os.sep):
            self.listed.add(where)

    def _modules(self) -> dict[str, list[str]]:
        for name in sys.modules.keys() - self.looked_at:
            path = getattr(sys.modules.get(name), "__file__", None)
            if isinstance(path, str) and path.endswith(".py") and self.counts(path):
                self.modules.add(path)
            if isinstance(path, str) and "site-packages" in path:
                self.packages.add(name.partition(".")[0])
            self.looked_at.add(name)
        return {"modules": sorted(self.modules), "packages": sorted(self.packages)}


def _words(line: str) -> list[str]:
    """Split a line of the shell as far as it can be."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


@cache
def listening() -> Tracer:
    """Return the tracer of this process, which listens from the first call on."""
    tracer = Tracer(Path(os.environ[ROOT_VARIABLE]), Path(os.environ[REPORTS]))
    sys.addaudithook(tracer.hear)
    return tracer


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython's shell
    """Start tracing a kernel that the engine started."""
    tracer = listening()
    tracer.begin(Path(os.environ[TRACE_FILE]))
    scrubbing.learn(project.table().get("secrets", []))
    drawing.hide_secrets()
    shell.events.register("post_execute", drawing.show_figures)
    shell.events.register("post_run_cell", tracer.write)


def _foreign(root: str) -> Iterable[str]:
    """Yield where Python, its packages, the system and programs keep what is theirs."""
    yield from ("/usr/", "/etc/", "/proc/", "/sys/", "/dev/", "/lib/", "/lib64/", "/bin/", "/run/")
    places = (sys.prefix, sys.base_prefix, tempfile.gettempdir())
    yield from (f"{place}{os.sep}" for place in places)
    yield from (f"{Path(place).resolve()}{os.sep}" for place in places)
    home = str(Path.home())
    if not root.startswith(f"{home}{os.sep}."):
        yield f"{home}{os.sep}."
