"""Rules for stage notebooks: the order of their cells, and what each cell may hold."""

import ast
import re
from collections.abc import Iterator

import nbformat

from rules.tree import Cell, Finding, Notebook, Tree

CELL_LINES = 15
FUNCTION_LINES = 10
SENTENCE_WORDS = 3
SECTIONS = range(2, 6)
PREAMBLE = 3  # title, setup, parameters
FIRST, BEFORE_LAST, LAST = "## Inputs", "## Checks", "## What we saw"


class NotebooksAreValid:
    """A notebook is valid nbformat 4.5 for the kernel python3, and its cell ids are words for people."""

    readable = re.compile(r"[a-z]+(?:-[a-z0-9]+)*")
    random = re.compile(r"[0-9a-f]{8}(?:-.*)?")

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            yield from self._whole(notebook)
            for cell in notebook.cells:
                name = str(cell.raw.get("id", ""))
                if not self.readable.fullmatch(name) or self.random.fullmatch(name):
                    yield notebook.finding(cell, "its id is no name")

    def _whole(self, notebook: Notebook) -> Iterator[Finding]:
        try:
            nbformat.validate(notebook.raw)
        except nbformat.ValidationError as error:
            yield Finding(path=notebook.path, detail=str(error).split("\n", 1)[0])
        version = (notebook.raw.get("nbformat"), notebook.raw.get("nbformat_minor"))
        if version != (4, 5):
            yield Finding(path=notebook.path, detail=f"nbformat {version[0]}.{version[1]}")
        kernel = notebook.raw.get("metadata", {}).get("kernelspec", {}).get("name")
        if kernel != "python3":
            yield Finding(path=notebook.path, detail=f"kernel {kernel}")


class NotebooksAreStripped:
    """A source notebook holds no outputs, no execution counts and no metadata but tags: reports hold them."""

    kept = frozenset({"kernelspec", "language_info"})

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            for name in sorted(set(notebook.raw.get("metadata", {})) - self.kept):
                yield Finding(path=notebook.path, detail=f"metadata {name!r}")
            for cell in notebook.cells:
                yield from (notebook.finding(cell, rest) for rest in self._leftovers(cell))

    def _leftovers(self, cell: Cell) -> Iterator[str]:
        if cell.raw.get("outputs"):
            yield "outputs"
        if cell.raw.get("execution_count") is not None:
            yield "an execution count"
        yield from (f"metadata {name!r}" for name in sorted(set(cell.raw.get("metadata", {})) - {"tags"}))


class CodeIsPython:
    """A code cell is plain Python that every tool can read: no magics, no shell lines."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            for cell in notebook.of_kind("code"):
                if cell.source.strip() and not cell.syntax.body:
                    yield notebook.finding(cell, "does not parse")


class NotebooksOpenWithAQuestion:
    """A notebook opens with its title, its question, and a table of what it takes, gives and its parameters."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            opening = notebook.cells[0].source if notebook.cells else ""
            if not re.match(r"# \S", opening):
                yield Finding(path=notebook.path, detail="no title `# ...` in the first cell")
            if "?" not in opening:
                yield Finding(path=notebook.path, detail="no question in the first cell")
            if not re.search(r"^\|[\s:|-]*-[\s:|-]*\|$", opening, re.MULTILINE):
                yield Finding(path=notebook.path, detail="no table in the first cell")


class ImportsStandInTheSetup:
    """The second cell is the setup, and every import stands in it."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            for cell in notebook.cells:
                imports = any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(cell.syntax))
                if imports != (cell.index == 1):
                    yield notebook.finding(cell, "imports" if imports else "imports nothing, and is no setup")


class ParametersAreExplained:
    """The third cell, and only it, has the tag `parameters`; its lines are `name: type = default  # meaning`."""

    line = re.compile(r"(?:.*#\s*\S.*\S|\s*)")

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            tagged = [cell for cell in notebook.cells if "parameters" in cell.tags]
            if [cell.index for cell in tagged] != [PREAMBLE - 1]:
                yield Finding(path=notebook.path, detail=f"tagged: {[cell.index + 1 for cell in tagged]}")
            for cell in tagged:
                yield from (notebook.finding(cell, detail) for detail in self._lines(cell))

    def _lines(self, cell: Cell) -> Iterator[str]:
        lines = cell.source.splitlines()
        for node in cell.syntax.body:
            last = lines[(node.end_lineno or node.lineno) - 1]
            if not isinstance(node, ast.AnnAssign) or node.value is None:
                yield f"`{ast.unparse(node)}` is no `name: type = default`"
            elif not (self.line.fullmatch(last) and "#" in last):
                yield f"`{ast.unparse(node.target)}` has no meaning beside it"


class SectionsAreInOrder:
    """Sections are Inputs, two to five sections of work, Checks, What we saw, in this order; words come last."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            headings = [cell.heading for cell in notebook.cells if cell.heading.startswith("## ")]
            work = headings[1:-2]
            if [headings[:1], headings[-2:]] != [[FIRST], [BEFORE_LAST, LAST]] or len(work) not in SECTIONS:
                yield Finding(path=notebook.path, detail=", ".join(headings) or "no sections")
            elif notebook.cells[-1].kind != "markdown":
                yield Finding(path=notebook.path, detail="ends with code")


class SectionsSayWhy:
    """Every section of work opens with a sentence of why, not with its heading alone."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            for cell in notebook.cells[PREAMBLE:]:
                prose = " ".join(cell.source.splitlines()[1:])
                if cell.heading not in ("", FIRST, BEFORE_LAST) and len(prose.split()) < SENTENCE_WORDS:
                    yield notebook.finding(cell, cell.heading)


class CellsAreShort:
    """A code cell after the parameters has at most 15 lines, and a function in it at most 10: more is the package's."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            for cell in notebook.cells[PREAMBLE:]:
                lines = len(cell.source.splitlines())
                if cell.kind == "code" and lines > CELL_LINES:
                    yield notebook.finding(cell, f"{lines} lines")
                for node in ast.walk(cell.syntax):
                    if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES:
                        yield notebook.finding(cell, f"function {node.name}")


class ChecksAssert:
    """The section Checks asserts what a reader would have looked at."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            starts = [cell.index for cell in notebook.cells if cell.heading == BEFORE_LAST]
            checks = [cell for start in starts for cell in notebook.cells[start:]]
            if not any(isinstance(node, ast.Assert) for cell in checks for node in ast.walk(cell.syntax)):
                yield Finding(path=notebook.path, detail="no assert")


class OutputsAreGlued:
    """The last code cell glues the outputs and does nothing else: one line each."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            cells = list(notebook.of_kind("code"))
            if cells and not self._glues(cells[-1].syntax.body):
                yield notebook.finding(cells[-1], "does something else")

    def _glues(self, body: list[ast.stmt]) -> bool:
        return bool(body) and all(
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "glue"
            and node.lineno == node.end_lineno
            for node in body
        )


class QuestionsAreAnswered:
    """A notebook keeps a place for its answer on the first screen, shows it at the end, and glues it as `answer`."""

    calls = ("answers.reserve()", "answers.show(answer)", 'glue("answer", answer)')

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            source = "\n".join(cell.source for cell in notebook.of_kind("code"))
            yield from (Finding(path=notebook.path, detail=f"no {call}") for call in self.calls if call not in source)


class ClosingWordsHoldNoNumbers:
    """What we saw says how to read the report; numbers stand in the cells that computed them, and change."""

    def findings(self, tree: Tree) -> Iterator[Finding]:
        for notebook in tree.notebooks:
            starts = [cell.index for cell in notebook.cells if cell.heading == LAST]
            for cell in notebook.cells[starts[0] if starts else len(notebook.cells) :]:
                if cell.kind == "markdown":
                    for number in re.findall(r"\d[\d.,]*", re.sub(r"`[^`]*`", "", cell.source)):
                        yield notebook.finding(cell, number)
