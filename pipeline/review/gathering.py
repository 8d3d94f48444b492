"""Gathering: what a report holds beside its text, kept while it is rendered: pictures, figures, tables, headings."""

import re
import unicodedata
from collections import Counter

from pipeline.review import drawings, pictures
from pipeline.review.pictures import Picture
from pipeline.review.rendered import Figure, Heading, Table

_NO_ANCHOR = re.compile(r"[^\w.-]+")
_ANCHOR_LENGTH = 80


class Gathering:
    """What is found in a report, cell by cell.

    Attributes
    ----------
    cell
        Id of the cell that is being rendered.
    heading
        Text of the heading that it stands under.
    left_out
        Names of elements that the last piece of HTML lost because they could act.
    """

    def __init__(self, prefix: str) -> None:
        self.cell, self.heading = "", ""
        self.pictures: dict[str, bytes] = {}
        self.headings: list[Heading] = []
        self.figures: list[Figure] = []
        self.tables: list[Table] = []
        self.left_out: set[str] = set()
        self._prefix = prefix
        self._anchors: set[str] = set()
        self._repeated: Counter[str] = Counter()
        self._in_cell: Counter[tuple[str, str]] = Counter()
        self._under_heading: Counter[str] = Counter()

    def title(self, level: int, text: str) -> str:
        """Note a heading of the prose, and return its anchor."""
        anchor = self.anchor(text) or self._numbered("h-section")
        self.headings.append(Heading(level=level, text=text, anchor=anchor))
        self.heading = text
        self._under_heading.clear()
        return anchor

    def anchor(self, name: str) -> str:
        """Return an anchor for a name from the report, which no other has; empty for a blank name."""
        wanted = anchor_of(name)
        return self._numbered(wanted) if wanted else ""

    def figure(self, data: bytes, alt: str = "") -> dict[str, str] | None:
        """Take in a picture of an output, and return the attributes of its `<img>`; None where it is no picture."""
        found = self._taken(data)
        if found is None:
            return None
        alt = alt or self.named("figure")
        number = self._count("figure")
        self.figures.append(
            Figure(
                cell=self.cell,
                number=number,
                picture=found.name,
                width_px=found.width_px,
                height_px=found.height_px,
                alt=alt,
            )
        )
        return self._attributes(found, alt)

    def illustration(self, data: bytes, alt: str) -> dict[str, str] | None:
        """Take in a picture that belongs to the prose."""
        found = self._taken(data)
        return None if found is None else self._attributes(found, alt)

    def table(self, rows: tuple[tuple[str, ...], ...]) -> str:
        """Take in a table of an output, and return what to call it."""
        self.tables.append(Table(cell=self.cell, number=self._count("table"), rows=rows))
        return self.named("table")

    def named(self, kind: str) -> str:
        """Call a thing by its heading and its number under it: `Inputs: figure 2`."""
        self._under_heading[kind] += 1
        name = f"{kind} {self._under_heading[kind]}"
        return f"{self.heading}: {name}" if self.heading else name

    def _count(self, kind: str) -> int:
        self._in_cell[self.cell, kind] += 1
        return self._in_cell[self.cell, kind]

    def _taken(self, data: bytes) -> Picture | None:
        is_text = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        found = drawings.cleaned(data) if is_text else pictures.recompressed(data)
        if found is not None:
            self.pictures[found.name] = found.data
        return found

    def _attributes(self, found: Picture, alt: str) -> dict[str, str]:
        return {
            "src": f"{self._prefix}{found.name}",
            "alt": alt,
            "width": str(found.width_px),
            "height": str(found.height_px),
            "loading": "lazy",
            "decoding": "async",
        }

    def _numbered(self, wanted: str) -> str:
        anchor = wanted
        while anchor in self._anchors:
            self._repeated[wanted] += 1
            anchor = f"{wanted}-{self._repeated[wanted] + 1}"
        self._anchors.add(anchor)
        return anchor


def anchor_of(name: str) -> str:
    """Turn a name from a report into an anchor that is none of the site's own; empty for a blank name.

    >>> anchor_of("What we saw?")
    'h-what-we-saw'
    """
    kept = _NO_ANCHOR.sub("-", unicodedata.normalize("NFC", name)).strip("-").lower()[:_ANCHOR_LENGTH]
    return f"h-{kept}" if kept else ""
