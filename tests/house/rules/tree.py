"""The tree of files that the house rules look at, and what a rule says of them."""

import ast
import json
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One place where a rule does not hold."""

    path: str
    line: int = 1
    detail: str = ""


class Rule(Protocol):
    """A rule of the house: its docstring is what a person reads where it does not hold."""

    def findings(self, tree: "Tree") -> Iterator[Finding]:
        """Name each place where the rule does not hold."""
        ...


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A notebook cell: its place in the notebook from 0, and what it holds."""

    index: int
    kind: str
    source: str
    tags: tuple[str, ...]
    raw: dict[str, Any]

    @property
    def heading(self) -> str:
        """The text of a first line that is a Markdown heading, with its hashes; else empty."""
        first = self.source.split("\n", 1)[0]
        return first if self.kind == "markdown" and first.startswith("#") else ""

    @cached_property
    def syntax(self) -> ast.Module:
        """The code as a syntax tree; empty for what is no code, or no Python."""
        try:
            return ast.parse(self.source if self.kind == "code" else "")
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """A notebook of the tree."""

    path: str
    raw: dict[str, Any]
    cells: tuple[Cell, ...]

    def of_kind(self, kind: str) -> Iterator[Cell]:
        """Yield the cells of one kind in order."""
        return (cell for cell in self.cells if cell.kind == kind)

    def finding(self, cell: Cell, detail: str) -> Finding:
        """Point at a cell, counted from 1 as people do."""
        return Finding(path=self.path, line=cell.index + 1, detail=f"cell {cell.raw.get('id', '')!r}: {detail}")


@dataclass(frozen=True)
class Tree:
    """The files of a project that are in git or could be: ignored files are nobody's."""

    root: Path

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every path, relative to the root, sorted."""
        listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        done = subprocess.run(listing, cwd=self.root, check=True, capture_output=True, text=True)
        return tuple(sorted(path for path in set(done.stdout.split("\0")) if (self.root / path).is_file()))

    def matching(self, pattern: str) -> Iterator[str]:
        """Yield the paths that match a pattern such as `pipeline/**/*.py`."""
        wanted = {path.relative_to(self.root).as_posix() for path in self.root.glob(pattern)}
        return (path for path in self.files if path in wanted)

    def text(self, path: str) -> str:
        """Read a file; bytes that are no UTF-8 become question marks."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path: str) -> Iterator[tuple[int, str]]:
        """Yield the lines of a file with their numbers from 1."""
        return enumerate(self.text(path).splitlines(), start=1)

    def syntax(self, path: str) -> ast.Module:
        """Parse a Python file."""
        return ast.parse(self.text(path), filename=path)

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """The contents of pyproject.toml; empty where there is none."""
        return tomllib.loads(self.text("pyproject.toml")) if "pyproject.toml" in self.files else {}

    @cached_property
    def notebooks(self) -> tuple[Notebook, ...]:
        """Every source notebook."""
        return tuple(_notebook(path, json.loads(self.text(path))) for path in self.matching("notebooks/**/*.ipynb"))


def _notebook(path: str, raw: dict[str, Any]) -> Notebook:
    cells = tuple(
        Cell(
            index=index,
            kind=cell["cell_type"],
            source="".join(cell["source"]),
            tags=tuple(cell.get("metadata", {}).get("tags", ())),
            raw=cell,
        )
        for index, cell in enumerate(raw["cells"])
    )
    return Notebook(path=path, raw=raw, cells=cells)
