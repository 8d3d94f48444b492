"""Notebooks as files: reads any Jupyter notebook of format 4 without judging what is in it."""

import ast
import json
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from pipeline.errors import NotebookError
from pipeline.stages import syntax

PARAMETERS = "parameters"
INJECTED = "injected-parameters"
_WITH_IDS = 5  # the first minor format whose cells have ids
BANNER = "stagebook-banner"  # id of the notice on top of a report that did not end well
_SHELL = re.compile(r"^(\s*)((?:[\w., ]+=\s*)?)([%!].*|[\w.]+\?{1,2}|\?.*)$")
_CELL_MAGIC = re.compile(r"\s*%%(\w+)[^\n]*")
_PYTHON_MAGICS = {"capture", "prun", "time", "timeit"}  # the cell below them is Python


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell as it stands in the file."""

    index: int
    id: str
    kind: str
    source: str
    tags: frozenset[str]

    @property
    def is_code(self) -> bool:
        """Say whether the cell is executed."""
        return self.kind == "code"

    @cached_property
    def parsed(self) -> ast.Module | None:
        """The same as `parse`; kept, because several questions are asked of it."""
        return self.parse()

    def parse(self) -> ast.Module | None:
        """Return the code as Python, magics and shell lines left out; None where it is another language."""
        try:
            return syntax.module(without_magics(self.source))
        except (SyntaxError, ValueError):
            return None

    def mentions(self, name: str) -> bool:
        """Say whether a name may stand in the code; where not, it need not be parsed. Python spells µ in other ways."""
        return name in self.source or not self.source.isascii()

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of that, each before what is in it; kept, because several questions are asked of them."""
        return () if self.parsed is None else tuple(syntax.within(self.parsed))


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """A notebook file of format 4.

    Attributes
    ----------
    document
        Its JSON, as it was when it was read: what is checked is what is executed.
    """

    path: Path
    document: dict[str, Any]
    cells: tuple[Cell, ...]
    language: str
    kernel: str
    minor: int

    @property
    def code(self) -> tuple[Cell, ...]:
        """The code cells, in order."""
        return tuple(cell for cell in self.cells if cell.is_code)

    @property
    def parameters(self) -> Cell | None:
        """The first code cell tagged `parameters`, where there is one."""
        return next((cell for cell in self.code if PARAMETERS in cell.tags), None)


def read(path: Path) -> Notebook:
    """Read a notebook of format 4.0 to 4.5, with or without kernelspec, cell ids and tags.

    Raises
    ------
    NotebookError
        If the file is missing, not JSON, or not a notebook of format 4.
    """
    document, minor = _load(path)
    metadata = document["metadata"]
    kernelspec, language = _table(metadata.get("kernelspec")), _table(metadata.get("language_info"))
    return Notebook(
        path=path,
        document=document,
        cells=tuple(_cell(index, cell) for index, cell in enumerate(document["cells"])),
        language=str(language.get("name") or kernelspec.get("language") or "python").lower(),
        kernel=str(kernelspec.get("name") or ""),
        minor=minor,
    )


def load(path: Path) -> dict[str, Any]:
    """Read a notebook's JSON, with what stripping tools leave out put back: metadata, ids, empty outputs.

    Raises
    ------
    NotebookError
        As in `read`.
    """
    return _load(path)[0]


def _load(path: Path) -> tuple[dict[str, Any], int]:
    """Read a notebook's JSON, and the minor format that it had."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise NotebookError(f"cannot read {path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"{path} is not a notebook: it is not JSON ({error}). Bring back a good copy.") from error
    if not isinstance(document, dict) or document.get("nbformat") != 4:  # noqa: PLR2004 - the format's number
        found = document.get("nbformat", "none") if isinstance(document, dict) else "none"
        raise NotebookError(
            f"{path} is not a notebook of format 4 (nbformat {found}). Convert it: `jupyter nbconvert`."
        )
    if not isinstance(document.get("cells"), list):
        raise NotebookError(f"{path} is not a notebook: it has no list of cells. Bring back a good copy.")
    minor = document.get("nbformat_minor")
    _heal(path, document)
    return document, minor if isinstance(minor, int) else 0


def without_magics(source: str) -> str:
    r"""Replace IPython's magics, shell lines and help requests by what leaves the line's names and shape.

    >>> without_magics("%matplotlib inline\nfiles = !ls")
    'pass\nfiles = None'
    """
    if (cell := _CELL_MAGIC.match(source)) is not None:
        source = source[cell.end() :] if cell.group(1) in _PYTHON_MAGICS else ""
    return "\n".join(_SHELL.sub(_plain, line) for line in source.split("\n"))


def _plain(match: re.Match[str]) -> str:
    indent, target = match.group(1), match.group(2)
    return f"{indent}{target}None" if target else f"{indent}pass"


def _heal(path: Path, document: dict[str, Any]) -> None:
    """Complete a notebook as the format demands it; ids are unique, and do not change when prose is added."""
    document["metadata"] = _table(document.get("metadata"))
    document["nbformat_minor"] = _WITH_IDS
    counts: dict[str, int] = {}
    taken: set[str] = set()
    for number, cell in enumerate(document["cells"], 1):
        if not isinstance(cell, dict) or cell.get("cell_type") not in {"code", "markdown", "raw"}:
            raise NotebookError(f"{path}: cell {number} is no cell. Bring back a good copy.")
        kind = cell["cell_type"]
        counts[kind] = counts.get(kind, 0) + 1
        cell["metadata"] = _table(cell.get("metadata"))
        cell["id"] = _unique(str(cell.get("id") or f"{kind}-{counts[kind]}"), taken)
        source = cell.get("source", "")
        cell["source"] = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if kind == "code":
            cell["outputs"] = cell["outputs"] if isinstance(cell.get("outputs"), list) else []
            cell.setdefault("execution_count", None)


def _unique(name: str, taken: set[str]) -> str:
    """Return the name, or the first of name-2, name-3, ... that no earlier cell has."""
    candidates = (name if number == 1 else f"{name}-{number}" for number in count(1))
    found = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(found)
    return found


def _cell(index: int, cell: dict[str, Any]) -> Cell:
    tags = cell["metadata"].get("tags")
    return Cell(
        index=index,
        id=cell["id"],
        kind=cell["cell_type"],
        source=cell["source"],
        tags=frozenset(map(str, tags)) if isinstance(tags, list) else frozenset(),
    )


def _table(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, dict) else {}
