"""Parameters: what the cell tagged `parameters` declares, and values checked against it before anything runs."""

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pipeline.errors import ParameterError, PipelineError
from pipeline.stages import syntax
from pipeline.stages.notebook import Notebook, without_magics

UPSTREAM = "Upstream"
_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_PLAIN = {kind.__name__: kind for kind in (bool, int, float, str)}  # what most annotations are
Setting = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One declaration, as source.

    Attributes
    ----------
    name
        The variable.
    annotation
        Its type, empty where none is written.
    default
        The expression on the right.
    meaning
        The comment beside it: meaning, unit, range.
    """

    name: str
    annotation: str = ""
    default: str = ""
    meaning: str = ""

    @property
    def is_upstream(self) -> bool:
        """Say whether it takes the report of another stage."""
        return re.search(rf"\b{UPSTREAM}\b", self.annotation) is not None

    @property
    def kind(self) -> str:
        """Its type as a person would write it, with the limits that pydantic checks in brackets.

        >>> Parameter(name="rate", annotation="Annotated[float, Field(gt=0, lt=1)]").kind
        'float (> 0, < 1)'
        """
        match syntax.expression(self.annotation).body:
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, *extras])):
                return f"{ast.unparse(kind)} ({', '.join(limit for extra in extras for limit in _limits(extra))})"
        return self.annotation

    @cached_property
    def setting(self) -> str | None:
        """The key in `[tool.pipeline]` that the default is taken from, where it is `setting("...")`."""
        call = syntax.expression(self.default).body if "setting" in self.default else None
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "setting" and call.args:
            key = call.args[0]
            return str(key.value) if isinstance(key, ast.Constant) else None
        return None


def declared(source: str) -> tuple[Parameter, ...]:
    """List the parameters of a parameters cell, in order; what is no assignment to a name is passed over.

    >>> declared("alpha: float = 0.5  # learning rate, 0 to 1")
    (Parameter(name='alpha', annotation='float', default='0.5', meaning='learning rate, 0 to 1'),)
    """
    body = _statements(source)
    comments = _comments(source) if body else {}
    return tuple(found for node in body for found in _declarations(node, _beside(node, comments)))


def remainder(source: str) -> str:
    """Return what a parameters cell does besides declaring: code that counts as code."""
    return "\n".join(ast.unparse(node) for node in _statements(source) if not _only_declares(node))


def _statements(source: str) -> list[ast.stmt]:
    try:
        return syntax.module(without_magics(source)).body
    except SyntaxError:
        return []


def _only_declares(node: ast.stmt) -> bool:
    """Say whether a statement does nothing but assign parameters: `a, *b = 1, 2` and `a.x = 1` do more."""
    stored = [each for each in ast.walk(node) if isinstance(getattr(each, "ctx", None), ast.Store)]
    names = {each.id for each in stored if isinstance(each, ast.Name)}
    others = any(isinstance(each, ast.Attribute | ast.Subscript | ast.Starred) for each in stored)
    return not others and names == {name for name, _, _ in _assigned(node)} != set()


@dataclass(frozen=True)
class Scope:
    """What the expressions of a parameters cell may name: the usual types, and what the notebook's cells import."""

    notebook: Notebook
    setting: Setting
    names: dict[str, Any] = field(default_factory=dict)

    def value(self, expression: str) -> Any:  # noqa: ANN401 - any value
        """Evaluate a default or an annotation of the notebook's author.

        Raises
        ------
        NameError
            If it names what neither Python's usual types nor an import of the notebook provides.
        """
        if expression in _PLAIN:
            return _PLAIN[expression]
        tree = syntax.expression(expression)
        if isinstance(tree.body, ast.Constant):
            return tree.body.value
        nodes = syntax.within(tree)
        bound = set(_bound_in(nodes))
        for node in nodes:
            if isinstance(node, ast.Name) and node.id not in self.names and node.id not in bound:
                self.names[node.id] = self._find(node.id)
        return eval(compile(tree, str(self.notebook.path), "eval"), self.names)  # noqa: S307 - the author's own line

    def _find(self, name: str) -> Any:  # noqa: ANN401 - any object
        if name == "setting":
            return self.setting
        if name == UPSTREAM:
            return str
        if hasattr(builtins, name):
            return getattr(builtins, name)
        for module, attribute in self._imports(name):
            import importlib

            found = importlib.import_module(module)
            return getattr(found, attribute) if attribute else found
        raise NameError(name)

    def _imports(self, name: str) -> Iterator[tuple[str, str]]:
        cells = [cell for cell in self.notebook.code if cell.mentions(name)]
        trees = [tree for cell in cells if (tree := cell.parsed) is not None]
        for node in (node for tree in trees for node in tree.body):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.module, item.name) for item in node.names if (item.asname or item.name) == name)
            if isinstance(node, ast.Import):
                whole = ((item.name, item.asname or item.name.partition(".")[0]) for item in node.names)
                yield from ((path if path != known else known, "") for path, known in whole if known == name)


def resolve(parameter: Parameter, scope: Scope, given: "Given | None", where: str) -> Any:  # noqa: ANN401 - any value
    """Return the checked value of a parameter: what was given, else its default.

    Raises
    ------
    ParameterError
        If the annotation cannot be understood, or the value is not of that type or out of its range.
    """
    if not parameter.default and given is None:
        raise ParameterError(
            f"{where}: the parameter {parameter.name!r} has no default: give it, `-p {parameter.name} ...`"
        )
    try:
        default = scope.value(parameter.default) if parameter.default else None
        annotation = scope.value(parameter.annotation) if parameter.annotation else _type_of(default)
    except PipelineError:
        raise
    except Exception as error:  # the author's expression can raise anything
        text = f"{parameter.name}: {parameter.annotation} = {parameter.default}"
        raise ParameterError(
            f"{where}: cannot understand the parameter `{text}` ({type(error).__name__}: {error}). "
            "Name only what the notebook imports, and keep the default a plain value."
        ) from error
    value = default if given is None else given.value
    source = _origin(parameter) if given is None else given.source
    return _checked(annotation, value, f"{where}: parameter {parameter.name!r} from {source}", parameter)


def _origin(parameter: Parameter) -> str:
    return f"[tool.pipeline] {parameter.setting}" if parameter.setting else "its default"


@dataclass(frozen=True)
class Given:
    """A value somebody gave for a parameter, as text, and where."""

    value: str
    source: str


def _checked(annotation: Any, value: Any, what: str, parameter: Parameter) -> Any:  # noqa: ANN401 - any type and value
    if type(value) is annotation and annotation in {str, int, float, bool}:
        return value  # the common case, without the price of importing pydantic
    from pydantic import PydanticUserError, TypeAdapter, ValidationError

    try:
        return TypeAdapter(annotation).validate_python(value)
    except ValidationError as error:
        problem = error
    except PydanticUserError as error:
        raise ParameterError(f"{what}: the type {parameter.annotation} cannot be checked. {error.message}") from error
    if isinstance(value, str) and annotation is not str:
        try:
            return TypeAdapter(annotation).validate_json("null" if value == "None" else value)
        except ValidationError:
            pass
    rules = "; ".join(item["msg"] for item in problem.errors(include_url=False))
    meaning = f" ({parameter.meaning})" if parameter.meaning else ""
    wanted = parameter.kind if parameter.annotation else annotation.__name__
    raise ParameterError(f"{what} is {value!r}, not {wanted}{meaning}: {rules}.") from problem


def _type_of(default: Any) -> Any:  # noqa: ANN401 - any value and its type
    return Any if default is None else type(default)


def _declarations(node: ast.stmt, meaning: str) -> Iterator[Parameter]:
    for name, annotation, value in _assigned(node):
        yield Parameter(name=name, annotation=_source(annotation), default=_source(value), meaning=meaning)


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """Yield name, annotation and value of each name that a statement gives a value."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, node.annotation, node.value
    if isinstance(node, ast.Assign):
        yield from ((name, None, value) for target in node.targets for name, value in _targets(target, node.value))


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from _targets(one, its)


def _source(expression: ast.expr | None) -> str:
    return "" if expression is None else ast.unparse(expression)


def _limits(extra: ast.expr) -> Iterator[str]:
    if not (isinstance(extra, ast.Call) and extra.keywords):
        yield ast.unparse(extra)
        return
    for item in extra.keywords:
        sign = _SIGNS.get(str(item.arg), f"{item.arg}".replace("_", " "))
        yield f"{sign} {ast.unparse(item.value)}"


def _beside(node: ast.stmt, comments: Mapping[int, str]) -> str:
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return " ".join(comments[line] for line in lines if line in comments)


def _bound_in(nodes: list[ast.AST]) -> Iterator[str]:
    """Yield the names that an expression binds itself: in comprehensions and lambdas."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, ast.arg):
            yield node.arg


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(without_magics(source)).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}
