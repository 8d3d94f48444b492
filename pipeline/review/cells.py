"""Cells: each cell of a report, of which nothing is trusted, as a cell that can be put on a page."""

import base64
import binascii
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from html import escape
from typing import Any

from pipeline.review import markup
from pipeline.review.gathering import Gathering
from pipeline.review.outputs import ODD, Outputs, plain
from pipeline.review.rendered import RenderedCell
from pipeline.review.sanitising import Sanitiser, is_heavy

PROSE_LETTERS = 60_000  # the readers of Markdown take time quadratic in what is written to make them
_NO_ID = re.compile(r"[^A-Za-z0-9_-]+")
_ID_LENGTH = 64  # as the format has it
_STATUSES = {"completed", "failed", "pending", "running"}


class Cells:
    """Renders the cells of a report.

    Parameters
    ----------
    document
        JSON of the notebook.
    gathering
        Takes in what is found in them.
    """

    def __init__(self, document: Mapping[str, Any], gathering: Gathering) -> None:
        self._document, self._gathering = document, gathering
        self._sanitiser = Sanitiser(gathering)
        self._outputs = Outputs(gathering, self._sanitiser)
        self._language = _language(document)
        self._ids: set[str] = set()

    def rendered(self) -> tuple[RenderedCell, ...]:
        """Render them all; what is no cell has its number and nothing else."""
        cells = self._document.get("cells")
        return tuple(self._cell(number, _table(cell)) for number, cell in enumerate(_list(cells), 1))

    def _cell(self, number: int, cell: Mapping[str, Any]) -> RenderedCell:
        metadata, source = _table(cell.get("metadata")), plain(cell.get("source"))
        is_code, name = cell.get("cell_type") == "code", self._id(number, cell)
        self._gathering.cell = name
        return RenderedCell(
            id=name,
            number=number,
            kind="code" if is_code else "markdown",
            tags=tuple(plain(tag) for tag in _list(metadata.get("tags"))),
            code=source,
            source=markup.code(source, self._language) if is_code else self._prose(cell, source),
            outputs=self._outputs.html(_list(cell.get("outputs"))) if is_code else "",
            status=_status(metadata),
            seconds=_seconds(metadata),
        )

    def _id(self, number: int, cell: Mapping[str, Any]) -> str:
        """Return the cell's id, of letters that an anchor may have, and as no earlier cell has it."""
        wanted = _NO_ID.sub("-", str(cell.get("id") or ""))[:_ID_LENGTH].strip("-") or f"number-{number}"
        name = wanted if wanted not in self._ids else f"{wanted}-{number}"
        while name in self._ids:
            name += "-"
        self._ids.add(name)
        return name

    def _prose(self, cell: Mapping[str, Any], source: str) -> str:
        """Render prose; what nobody can read as Markdown, and a raw cell, stays as it is written."""
        if cell.get("cell_type") == "markdown" and len(source) <= PROSE_LETTERS:
            with suppress(*ODD):
                prose = markup.prose(source)
                if not is_heavy(prose.html):
                    return self._sanitiser.prose(prose, _attachments(cell))
        return f'<pre class="raw" tabindex="0">{escape(source)}</pre>'


def _language(document: Mapping[str, Any]) -> str:
    metadata = _table(document.get("metadata"))
    info, kernel = _table(metadata.get("language_info")), _table(metadata.get("kernelspec"))
    return str(info.get("name") or kernel.get("language") or "python")


def _attachments(cell: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the pictures that were pasted into a cell, by name; of several forms the last that can be decoded."""
    found = {}
    for name, forms in _table(cell.get("attachments")).items():
        for value in _table(forms).values():
            try:
                found[name] = base64.b64decode(str(value))
            except (binascii.Error, ValueError):
                continue
    return found


def _status(metadata: Mapping[str, Any]) -> str:
    status = _table(metadata.get("papermill")).get("status")
    return status if isinstance(status, str) and status in _STATUSES else ""


def _seconds(metadata: Mapping[str, Any]) -> float:
    seconds = _table(metadata.get("papermill")).get("duration")
    return float(seconds) if isinstance(seconds, int | float) and math.isfinite(seconds) and seconds > 0 else 0.0


def _table(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - whatever stands in a file
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - whatever stands in a file
    return value if isinstance(value, list) else []
