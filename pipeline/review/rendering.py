"""Rendering: an executed notebook as HTML that is safe to show, cell by cell.

What renders is loaded when the first report is: half a second.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.review.rendered import Rendered

_LAYOUT = """.table-scroll, .output pre, pre.output { overflow-x: auto }
.align-left { text-align: left }
.align-center { text-align: center }
.align-right, .dataframe td, .dataframe th { text-align: right }
"""


def render(document: Mapping[str, Any], *, stage: str, pictures: str = "pictures/") -> Rendered:
    """Render a report.

    Parameters
    ----------
    document
        JSON of a notebook of format 4, as `pipeline.stages.notebook.load` returns it. Nothing in it is trusted.
    stage
        Its name, for a report without a heading.
    pictures
        What stands before the name of a picture in its URL.
    """
    from pipeline.review.cells import Cells
    from pipeline.review.gathering import Gathering

    gathering = Gathering(pictures)
    cells = Cells(document, gathering).rendered()
    return Rendered(
        title=gathering.headings[0].text if gathering.headings else stage,
        headings=tuple(gathering.headings),
        cells=cells,
        pictures=gathering.pictures,
        figures=tuple(gathering.figures),
        tables=tuple(gathering.tables),
    )


def prose(text: str) -> str:
    """Render Markdown that stands by itself."""
    cell = {"cell_type": "markdown", "id": "prose", "source": text}
    return render({"cells": [cell]}, stage="").cells[0].source


def highlight_css() -> str:
    """Return the rules that rendered cells need: highlighted code and terminal colours, in light and in dark."""
    from pipeline.review import colours

    return _LAYOUT + colours.css()
