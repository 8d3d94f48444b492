"""Imports: which modules a stage will load, as far as reading its code, and the project's own modules, can tell."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.stages import syntax
from pipeline.stages.stage import Stage

_OWN = Path(__file__).parents[1]
_ENVIRONMENT = re.compile(r"environ\s*(\[[^\]]*\]\s*=(?!=)|\.(update|setdefault)\b|\|=)|\bputenv\b|%(set_)?env\b")


@dataclass(frozen=True)
class Needs:
    """What a stage loads.

    Attributes
    ----------
    modules
        Modules of packages, by full name, in the order in which it meets them.
    hindrance
        What comes too late where they are loaded before its first cell; empty where nothing does.
    """

    modules: tuple[str, ...]
    hindrance: str


def needs(stage: Stage, root: Path) -> Needs:
    """Read what a stage loads.

    What a function imports when it is called counts in the cells, and in modules that cells import themselves.

    Parameters
    ----------
    root
        Folder of the project, whose modules are read in turn and are not named; so are Stagebook's own.
    """
    trees = [cell.parsed for cell in stage.notebook.code if cell.parsed is not None]
    found: dict[str, None] = {}
    seen: set[Path] = set()
    for name in _names(node for tree in trees for node in ast.walk(tree)):
        _follow(name, root, seen, found, ast.walk)
    theirs = {path.relative_to(root).as_posix(): path for path in seen if not path.is_relative_to(_OWN)}
    texts = {f"cell {cell.id}": cell.source for cell in stage.notebook.code}
    texts |= {name: path.read_text(encoding="utf-8", errors="replace") for name, path in theirs.items()}
    setting = next((name for name, text in texts.items() if _ENVIRONMENT.search(text)), "")
    return Needs(tuple(found), f"{setting} sets variables that libraries read as they are loaded" if setting else "")


def _follow(
    name: str, root: Path, seen: set[Path], found: dict[str, None], walk: Callable[[ast.AST], Iterator[ast.AST]]
) -> None:
    """Add a module of a package; of one of ours add what it imports."""
    home = _home(name.partition(".")[0], root)
    if home is None:
        found[name] = None
    elif (path := _file(name, home)) is not None and path not in seen:
        seen.add(path)
        for inner in _names(walk(_parsed(path))):
            _follow(inner, root, seen, found, _at_import)


def _home(top: str, root: Path) -> Path | None:
    """Return the folder that holds a top-level module of ours; None for those of packages."""
    if top == _OWN.name:
        return _OWN.parent
    return root if (root / top).is_dir() or (root / f"{top}.py").is_file() else None


def _file(name: str, home: Path) -> Path | None:
    path = home.joinpath(*name.split("."))
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()), None)


def _parsed(path: Path) -> ast.Module:
    try:
        return syntax.module(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what is executed when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not _for_types(child):
            yield child
            yield from _at_import(child)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield each module that is imported; what is taken from it may be a module too."""
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (item.name for item in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{item.name}" for item in names)
