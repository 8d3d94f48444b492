"""Staleness: whether the notebook that a report was made from is still the same."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import NotebookError
from pipeline.stages import notebook
from pipeline.stages.notebook import INJECTED


def changed(document: Mapping[str, Any], notebooks: Path) -> str:
    """Say in what the code of a report's notebook has changed since; empty where it has not.

    Parameters
    ----------
    document
        The report, as `notebook.load` reads it.
    notebooks
        Folder of the stages.
    """
    stamp = document["metadata"].get("pipeline")
    name = Path(str(stamp.get("source", ""))).name if isinstance(stamp, dict) else ""
    source = notebooks / name
    if not name or not source.is_file():
        return "The notebook that this report was made from is not there any more."
    try:
        now = dict(_code(notebook.load(source)))
    except NotebookError:
        return "The notebook that this report was made from cannot be read any more."
    before = dict(_code(document))
    names = [cell for cell in {**before, **now} if before.get(cell) != now.get(cell)]
    return f"The source has changed since this report was made, in {', '.join(names)}." if names else ""


def _code(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for cell in document["cells"]:
        if cell["cell_type"] == "code" and INJECTED not in cell.get("metadata", {}).get("tags", ()):
            yield f"cell {cell['id']}", cell["source"]
