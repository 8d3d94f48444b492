"""Names: which variables the code of a cell reads and assigns, as far as reading the code can tell."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.stages import syntax
from pipeline.stages.notebook import Cell

_WORD = re.compile(r"[^\W\d]\w*")
_SCOPES = {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda}
_COMPREHENSIONS = {ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp}
_OTHER_SCOPES = _SCOPES | _COMPREHENSIONS
_IMPORTS = {ast.Import, ast.ImportFrom}
_BINDING = _SCOPES | _IMPORTS | {ast.Name, ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping}


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names in the code of a cell.

    Attributes
    ----------
    read
        Those that it reads anywhere; every word of a cell that is not Python, or of its magics, counts.
    assigned
        Those that it assigns at its top level, in any way that Python has.
    """

    read: set[str]
    assigned: set[str]


def names_in(cell: Cell) -> Names:
    """Find the names in a cell; its tree, which is large, is not kept."""
    tree = cell.parse()
    if tree is None:
        return Names(read=set(_WORD.findall(cell.source)), assigned=set())
    own = _same_scope(tree)
    inner = [node for scope in own if type(scope) in _OTHER_SCOPES for node in syntax.within(scope)]
    binding = (node for node in own if type(node) in _BINDING)
    return Names(read=_read(cell.source, [*own, *inner]), assigned={name for node in binding for name in _bound(node)})


def _read(source: str, nodes: list[ast.AST]) -> set[str]:
    if source.lstrip().startswith("%%"):
        return set(_WORD.findall(source))
    magics = "\n".join(line for line in source.split("\n") if line.lstrip().startswith(("%", "!")) or "= !" in line)
    loaded = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}
    added = (node.target for node in nodes if isinstance(node, ast.AugAssign))
    changed = {target.id for target in added if isinstance(target, ast.Name)}
    return loaded | changed | set(_WORD.findall(magics))


def _same_scope(tree: ast.AST) -> list[ast.AST]:
    found, todo = list[ast.AST](), [tree]
    while todo:
        children = syntax.below(todo.pop())
        found += children
        todo += (child for child in children if type(child) not in _OTHER_SCOPES)
    return found


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (item.asname or item.name.partition(".")[0] for item in names)
        case ast.ExceptHandler(name=str(name)):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
