"""Notes: from what a kernel noted of its reading to the trace of its stage."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import handoff
from pipeline.handoff import EVERY_NAME, names_of
from pipeline.runs.trace import Trace, World, normalized, python_version

CHANGED = "changed while it was read"
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
_LONGEST_PATH = 1024


def traced(  # noqa: PLR0913 - what is known of a stage once it has run
    notes: Mapping[str, Any],
    *,
    code: dict[str, str],
    texts: Iterable[str],
    parameters: dict[str, Any],
    upstreams: Collection[str],
    imported: Iterable[str],
    world: World,
    started_ns: int,
) -> Trace:
    """Digest what a kernel noted; a file that changed since the stage started is marked, and never holds again.

    Libraries in C++ or Rust open files unheard (Parquet, duckdb). So the files that are named in the code, in the
    project's modules that were imported, or by a parameter count as read too, unless the stage wrote them.

    Parameters
    ----------
    texts
        Sources of the code cells, and values of the parameters.
    upstreams
        Stages that it takes from.
    imported
        Modules that its code imports, as far as reading it tells.
    """

    def look(paths: list[str], digest: Callable[[str], str]) -> dict[str, str]:
        return {
            name: _unless_changed(world.root / name, digest(name), started_ns) for name in map(world.relative, paths)
        }

    scraps, strangers = _scraps(notes, upstreams)
    mentioned = _mentioned([*texts, *(_text(path) for path in notes["modules"])], world.root)
    opened = {*notes["files"], *strangers} - {*notes["modules"]}
    return Trace(
        code=code,
        parameters=parameters,
        scraps=scraps,
        modules=look(notes["modules"], world.of_path),
        files=look(sorted(opened), world.of_path) | _settled(look(sorted(mentioned - opened), world.of_path)),
        folders={world.relative(path): world.of_folder(path) for path in notes["folders"]},
        sources=notes["sources"],
        packages={name: found for name in _needed(notes, imported) if (found := world.packages.get(name))},
        python=python_version(),
    )


def _scraps(notes: Mapping[str, Any], upstreams: Collection[str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Return what was read of each upstream, and the reports of others that were read."""
    scraps: dict[str, dict[str, str]] = {}
    for report, name, identity in notes["scraps"]:
        if Path(report).stem in upstreams:
            scraps.setdefault(Path(report).stem, {})[name] = identity
    for report in notes["reports"]:  # opened by other means than ours: all that it holds may have been read
        known = {name: scrap.identity for name, scrap in handoff.scraps(Path(report)).items()}
        scraps.setdefault(Path(report).stem, {}).update(known | {EVERY_NAME: names_of(known)})
    return scraps, [report for report, _, _ in notes["scraps"] if Path(report).stem not in upstreams]


def _needed(notes: Mapping[str, Any], imported: Iterable[str]) -> list[str]:
    """Name the distributions that a stage loaded, or would have: what it imports, and what that does in turn."""
    before: Mapping[str, list[str]] = notes["preloaded"]
    todo = [name.partition(".")[0] for name in imported] + [name for name in notes["packages"] if name not in before]
    needed: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            todo.extend(before.get(name, ()))
    return _distributions([name for name in notes["packages"] if name in needed])


def _mentioned(texts: Iterable[str], root: Path) -> set[str]:
    """Return the files inside the project or elsewhere that stand, quoted, in some text."""
    words = {word for text in texts for word in _QUOTED.findall(text) if "." in word or "/" in word}
    return {str(root / word) for word in words if len(word) < _LONGEST_PATH and _is_file(root / word)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() and path.suffix != ".ipynb"
    except (OSError, ValueError):
        return False


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _settled(files: dict[str, str]) -> dict[str, str]:
    """Leave out what changed while the stage ran: files that it named and wrote."""
    return {name: digest for name, digest in files.items() if digest != CHANGED}


def _unless_changed(path: Path, digest: str, started_ns: int) -> str:
    try:
        stat = path.stat()
        changed = max(stat.st_mtime_ns, stat.st_ctime_ns) > started_ns
    except OSError:
        return digest
    return CHANGED if changed else digest


def _distributions(imports: list[str]) -> list[str]:
    """Name the distributions that provide top-level modules."""
    owners = _owners()
    return sorted({normalized(owner) for name in imports for owner in owners.get(name, ())})


@cache
def _owners() -> Mapping[str, list[str]]:
    from importlib.metadata import packages_distributions

    return packages_distributions()
