"""Owns how a table is shown in a report: its first rows, and nothing in them that means something to a page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.words import count, short

if TYPE_CHECKING:
    import pandas as pd

_LETTERS = 80  # of a text in a cell
_INERT = ("display.html.use_mathjax", False, "display.max_colwidth", None)


@dataclass(frozen=True)
class Listing:
    """The beginning of a table, and a sentence on what is left out."""

    table: "pd.DataFrame"
    rest: str

    def __repr__(self) -> str:
        return f"{self.table.to_string(index=False)}\n{self.rest}".rstrip()

    def _repr_html_(self) -> str:
        """Write it for a page: what stands in cells is escaped, and no formula is made of it."""
        import pandas as pd

        with pd.option_context(*_INERT):
            drawn = self.table.to_html(index=False, na_rep="")
        return f"{drawn}<p>{self.rest}</p>" if self.rest else drawn


def of(table: "pd.DataFrame", *, most: int = 40, called: str = "row") -> Listing:
    """Show a table: its first rows, each text on one line that is not long.

    Parameters
    ----------
    most
        Rows that are shown.
    called
        What one row is.
    """
    head = table.head(most)
    texts = head.select_dtypes(["string", "object"]).columns
    plain = head.copy()  # `assign` takes no column that is called `self`
    plain[texts] = head[texts].map(_cell, na_action="ignore")
    rest = len(table) - len(head)
    said = f"{count(rest, f'more {called}')} not shown; {count(len(table), called)} in all." if rest else ""
    return Listing(plain.rename(columns=_cell), said)


def _cell(value: object) -> str:
    return short(value, _LETTERS)
