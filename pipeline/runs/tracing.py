"""Tracing: what a kernel reads while a stage runs. An IPython extension that the engine loads before the first cell.

Nothing is digested here: the kernel only notes names, in microseconds, and the engine looks at the files afterwards.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TRACE_FILE = "PIPELINE_TRACE_FILE"
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Tracer:
    """Notes of what this process reads, written to a file after every cell."""

    def __init__(self, root: Path, target: Path) -> None:
        self.root, self.target = str(root), target
        self.scraps: dict[tuple[str, str], str] = {}
        self.sources: dict[str, str] = {}
        self.read: set[str] = set()
        self.listed: set[str] = set()
        self.written: set[str] = set()
        self.foreign = tuple(_foreign(self.root))

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take note of an audit event. It is called for every one of the interpreter, so it decides at once."""
        if event == "open":
            self._opened(*arguments)
        elif event == "sqlite3.connect":
            self._opened(arguments[0], "r", 0)
        elif event in {"os.scandir", "os.listdir"}:
            self._listed(arguments[0])
        elif event == "pipeline.scrap":
            stage, name, identity = arguments
            self.scraps[stage, name] = identity
        elif event == "pipeline.source":
            self.sources[str(arguments[0])] = str(arguments[1])

    def write(self, *_: object) -> None:
        """Write the notes; the file appears whole or not at all."""
        from resource import RUSAGE_SELF, getrusage

        unit = 1 if sys.platform == "darwin" else 1024
        notes = {
            "scraps": [[stage, name, identity] for (stage, name), identity in self.scraps.items()],
            "sources": self.sources,
            "files": sorted(self.read - self.written),
            "folders": sorted(self.listed),
            **self._modules(),
            "peak_memory_bytes": getrusage(RUSAGE_SELF).ru_maxrss * unit,
        }
        temporary = self.target.with_suffix(".tmp")
        temporary.write_text(json.dumps(notes))
        temporary.replace(self.target)

    def counts(self, path: str) -> bool:
        """Say whether a file is the project's or the user's own, not Python's, the system's or ours."""
        if "__pycache__" in path:
            return False
        if path.startswith(self.root + os.sep):
            inside = path[len(self.root) + 1 :]
            return inside != "pyproject.toml" and not inside.startswith((".", "reports" + os.sep))
        return not path.startswith(self.foreign)

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:  # noqa: ANN401 - whatever open takes
        if not isinstance(path, str | bytes | os.PathLike):
            return
        where = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - called for every file that is opened
        if not self.counts(where):
            return
        if (mode and mode[0] in "wxa") or (mode is None and flags & _WRITING):
            self.written.add(where)
        elif where not in self.written:
            self.read.add(where)

    def _listed(self, path: Any) -> None:  # noqa: ANN401 - whatever listdir takes
        if isinstance(path, int) or "importlib" in sys._getframe(2).f_code.co_filename:  # noqa: SLF001 - whose listing it is
            return
        where = os.path.abspath(os.fsdecode(path or "."))  # noqa: PTH100 - called for every folder that is listed
        if self.counts(where + os.sep):
            self.listed.add(where)

    def _modules(self) -> dict[str, list[str]]:
        paths = [(name, getattr(module, "__file__", None)) for name, module in list(sys.modules.items())]
        files = [(name, path) for name, path in paths if isinstance(path, str)]
        return {
            "modules": sorted({path for _, path in files if path.endswith(".py") and self.counts(path)}),
            "packages": sorted({name.partition(".")[0] for name, path in files if "site-packages" in path}),
        }


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython's shell
    """Start tracing a kernel that the engine started."""
    tracer = Tracer(Path.cwd(), Path(os.environ[TRACE_FILE]))
    sys.addaudithook(tracer.hear)
    shell.events.register("post_run_cell", tracer.write)


def _foreign(root: str) -> Iterable[str]:
    """Yield where Python, its packages, the system and programs keep what is theirs."""
    yield from ("/usr/", "/etc/", "/proc/", "/sys/", "/dev/", "/lib", "/bin/", "/run/", "/var/")
    yield from (str(Path(place).resolve()) + os.sep for place in (sys.prefix, sys.base_prefix, tempfile.gettempdir()))
    yield from (str(place) for place in (sys.prefix, sys.base_prefix))
    home = str(Path.home())
    if not root.startswith(f"{home}{os.sep}."):
        yield f"{home}{os.sep}."
