"""A stage: a notebook with a name, its parameters, the stages it takes from, and what it leaves behind."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from pipeline.errors import NotebookError, ParameterError
from pipeline.stages import names
from pipeline.stages.notebook import Cell, Notebook, read
from pipeline.stages.parameters import Parameter, declared, remainder
from pipeline.store import digest as digests

LANGUAGES = frozenset({"python", "ipython", "python3"})  # what Python calls itself in notebooks
ON_REQUEST = "on-request"
_MEANINGFUL_TAGS = frozenset({"raises-exception", "skip-execution"})


@dataclass(frozen=True)
class Stage:
    """A notebook read as a stage."""

    notebook: Notebook

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.notebook.path.stem

    @cached_property
    def declarations(self) -> tuple[Parameter, ...]:
        """All that the parameters cell declares, upstreams included."""
        return () if self.notebook.parameters is None else declared(self.notebook.parameters.source)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Parameters that take a value, by name."""
        return {found.name: found for found in self.declarations if not found.is_upstream}

    @cached_property
    def upstreams(self) -> dict[str, str]:
        """Name of the stage that each `Upstream` parameter takes, by parameter."""
        return {found.name: _stage_named(found) for found in self.declarations if found.is_upstream}

    @property
    def is_on_request(self) -> bool:
        """Say whether it runs only where it is named, or needed by one that runs: its parameters cell has that tag."""
        return self.notebook.parameters is not None and ON_REQUEST in self.notebook.parameters.tags

    @property
    def question(self) -> str:
        """The first sentence below the title."""
        lines = (line for cell in self.notebook.cells if not cell.is_code for line in cell.source.split("\n"))
        return next((line.strip() for line in lines if line.strip() and not line.startswith(("#", "|"))), "")

    @property
    def glues(self) -> tuple[str, ...]:
        """Names that its code glues, as far as they are written out."""
        return tuple(dict.fromkeys(name for node in self._nodes("glue") for name in _glued(node)))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that its code asks for, as far as they are written out."""
        return tuple(dict.fromkeys(name for node in self._nodes("secret") for name in _asked(node)))

    @property
    def loads(self) -> tuple[dict[str, str], ...]:
        """For each table that its code loads, variable by argument, as far as they are written out."""
        return tuple(found for node in self._nodes("load") for found in _loaded(node))

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """Scraps that its code takes, by upstream parameter, as far as they are written out."""
        opened = dict(pair for node in self._nodes("read") for pair in _opened(node))
        taken = [pair for node in self._nodes("") for pair in _taken(node)]
        return {
            parameter: tuple(dict.fromkeys(scrap for source, scrap in taken if opened.get(source, source) == parameter))
            for parameter in self.upstreams
        }

    def code(self) -> dict[str, str]:
        """Digest of each code cell by its id: all that a change of code can change, the declarations left out."""
        return {cell.id: digests.of_json([self._counted(cell), *_tags(cell)]) for cell in self.notebook.code}

    def _counted(self, cell: Cell) -> str:
        return remainder(cell.source) if cell is self.notebook.parameters else cell.source

    def _nodes(self, name: str) -> Iterator[ast.AST]:
        """Yield all code in cells that mention a name."""
        return (node for cell in self.notebook.code if cell.mentions(name) for node in cell.nodes)


def open_stage(path: Path) -> Stage:
    """Read a notebook as a stage and check what can be checked without running it.

    Raises
    ------
    NotebookError
        If the file is no notebook, not one in Python, or has no cell tagged `parameters`.
    ParameterError
        If a parameter is declared twice, read by no later cell, or assigned by a later cell.
    """
    stage = Stage(read(path))
    if stage.notebook.language not in LANGUAGES:
        raise NotebookError(f"{path} is in {stage.notebook.language}: a stage is a notebook in Python.")
    _check_parameters(stage)
    return stage


def _check_parameters(stage: Stage) -> None:
    path, cell = stage.notebook.path, stage.notebook.parameters
    if cell is None:
        raise NotebookError(
            f"{path} has no code cell tagged `parameters`. Tag the cell that declares its parameters and upstreams "
            "(it may be empty)."
        )
    if cell.parsed is None:
        raise NotebookError(f"{path}: cell {cell.index + 1} ({cell.id}), which declares parameters, is not Python.")
    _check_once(stage)
    known = [parameter.name for parameter in stage.declarations]
    later = [other for other in stage.notebook.code if other.index > cell.index and any(map(other.mentions, known))]
    found = [(other, names.names_in(other)) for other in later]
    used = {name for _, its in found for name in its.read}
    assigned = {name: other for other, its in reversed(found) for name in its.assigned}
    for name in known:
        if again := assigned.get(name):
            raise ParameterError(
                f"{path}: cell {again.index + 1} ({again.id}) assigns the parameter {name!r} again, so a value given "
                "for it would be lost. Use another name there."
            )
        if name not in used:
            raise ParameterError(f"{path}: no cell reads the parameter {name!r}. Use it, or take it out of its cell.")


def _check_once(stage: Stage) -> None:
    seen: set[str] = set()
    for parameter in stage.declarations:
        if parameter.name in seen:
            raise ParameterError(f"{stage.notebook.path} declares the parameter {parameter.name!r} twice. Keep one.")
        seen.add(parameter.name)


def _stage_named(parameter: Parameter) -> str:
    """Take the stage's name from the default report, else from the parameter."""
    try:
        default = ast.literal_eval(parameter.default)
    except ValueError:
        return parameter.name
    return PurePosixPath(default).stem if isinstance(default, str) and default else parameter.name


def _tags(cell: Cell) -> list[str]:
    return sorted(cell.tags & _MEANINGFUL_TAGS)


def _called(node: ast.AST, name: str) -> ast.Call | None:
    """Return the node where it calls a function of this name with a first argument."""
    return node if isinstance(node, ast.Call) and node.args and _last_name(node.func) == name else None


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _glued(node: ast.AST) -> Iterator[str]:
    if (call := _called(node, "glue")) and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value)


def _asked(node: ast.AST) -> Iterator[str]:
    match node:
        case (
            ast.Call(args=[ast.Constant(value=str(name)), *_])
            | ast.Call(keywords=[ast.keyword(arg="name", value=ast.Constant(value=str(name)))])
        ) if _last_name(node.func) == "secret":
            yield name


def _loaded(node: ast.AST) -> Iterator[dict[str, str]]:
    """Yield variable by argument of `sources.load(table, target=column)`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="sources"), attr="load"), args=[ast.Name(id=source)]):
            named = {item.arg: item.value.id for item in node.keywords if item.arg and isinstance(item.value, ast.Name)}
            yield {"source": source, **named}


def _opened(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield variable and upstream parameter of `variable = read(parameter)`."""
    if isinstance(node, ast.Assign) and (call := _called(node.value, "read")) and isinstance(call.args[0], ast.Name):
        yield from ((target.id, call.args[0].id) for target in node.targets if isinstance(target, ast.Name))


def _taken(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield variable and scrap of `variable["scrap"]`, `variable.digest("scrap")` and `read(variable)["scrap"]`."""
    match node:
        case ast.Subscript(value=ast.Call(args=[ast.Name(id=variable)]) as call, slice=ast.Constant(value=str(scrap))):
            yield from [(variable, scrap)] if _called(call, "read") else []
        case ast.Subscript(value=ast.Name(id=variable), slice=ast.Constant(value=str(scrap))):
            yield variable, scrap
        case ast.Call(func=ast.Attribute(value=ast.Name(id=variable)), args=[ast.Constant(value=str(scrap)), *_]):
            yield variable, scrap
