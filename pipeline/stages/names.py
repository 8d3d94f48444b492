"""Names: which variables the code of a cell reads and assigns, as far as reading the code can tell."""

import ast
import re
from collections.abc import Iterable, Iterator

from pipeline.stages import syntax
from pipeline.stages.notebook import Cell

_WORD = re.compile(r"[^\W\d]\w*")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OTHER_SCOPES = (*_SCOPES, *_COMPREHENSIONS)
_IMPORTS = (ast.Import, ast.ImportFrom)
_BINDING = (*_SCOPES, *_IMPORTS, ast.Name, ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping)


def read_in(cell: Cell) -> set[str]:
    """Return the names that a cell reads; every word of a cell that is not Python, or of its magics, counts."""
    if cell.parsed is None or cell.source.lstrip().startswith("%%"):
        return set(_WORD.findall(cell.source))
    magics = "\n".join(
        line for line in cell.source.split("\n") if line.lstrip().startswith(("%", "!")) or "= !" in line
    )
    loaded = {node.id for node in cell.nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}
    added = (node.target for node in cell.nodes if isinstance(node, ast.AugAssign))
    changed = {target.id for target in added if isinstance(target, ast.Name)}
    return loaded | changed | set(_WORD.findall(magics))


def assigned_in(cell: Cell, among: set[str]) -> set[str]:
    """Return which of some names a cell assigns at its top level, in any way that Python has."""
    tree = cell.parsed
    if tree is None or not among & _bound_by(cell.nodes):  # mostly none is, anywhere, and that is seen sooner
        return set()
    return among & _bound_by(_same_scope(tree))


def _bound_by(nodes: Iterable[ast.AST]) -> set[str]:
    return {name for node in nodes if isinstance(node, _BINDING) for name in _bound(node)}


def _same_scope(tree: ast.AST) -> Iterator[ast.AST]:
    todo = [tree]
    while todo:
        for child in syntax.below(todo.pop()):
            yield child
            if not isinstance(child, _OTHER_SCOPES):
                todo.append(child)


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
