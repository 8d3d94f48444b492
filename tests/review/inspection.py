"""Inspection: reads rendered HTML as a stranger would, and finds what must not be there and what must."""

from collections.abc import Iterable
from html.parser import HTMLParser

from pipeline.review.rendered import Rendered

_ELEMENTS = """
a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td
tfoot th thead tr tt u ul var wbr
math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd
mpadded mphantom mstyle menclose
"""
_ATTRIBUTES = """
id title lang dir class href rel src alt width height loading decoding colspan rowspan scope span start
reversed open tabindex role aria-label
display mathvariant stretchy fence form lspace rspace columnalign displaystyle scriptlevel accent separator
movablelimits linethickness minsize maxsize depth voffset
"""


class Inspector(HTMLParser):
    """Reads HTML as a stranger would, and collects what must not be there."""

    ELEMENTS = frozenset(_ELEMENTS.split())
    ATTRIBUTES = frozenset(_ATTRIBUTES.split())

    def __init__(self, pictures: Iterable[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self.text: list[str] = []
        self.images: list[dict[str, str]] = []
        self.ids: list[str] = []
        self._pictures = {f"pictures/{name}" for name in pictures}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.ELEMENTS:
            self.bad.append(f"<{tag}>")
        given = {name: value or "" for name, value in attrs}
        self.bad += [f"<{tag} {name}={given[name]!r}>" for name in given if name not in self.ATTRIBUTES]
        href = given.get("href", "#h-")
        if not href.startswith(("#h-", "https://", "http://", "mailto:")):
            self.bad.append(f"href={href!r}")
        if href.startswith("http") and given.get("rel") != "noopener noreferrer nofollow":
            self.bad.append(f"rel of {href!r}")
        if "id" in given:
            self.ids.append(given["id"])
            self.bad += [] if given["id"].startswith("h-") else [f"id={given['id']!r}"]
        if tag == "img":
            self.images.append(given)
            self.bad += [] if given.get("src") in self._pictures else [f"src={given.get('src')!r}"]

    def handle_comment(self, data: str) -> None:
        self.bad.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.bad.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.bad.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self.bad.append(f"<![{data}]>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def inspected(rendered: Rendered) -> Inspector:
    """Inspect all HTML of a rendered report."""
    inspector = Inspector(rendered.pictures)
    for cell in rendered.cells:
        inspector.feed(cell.source + cell.outputs)
    inspector.close()
    return inspector


def text(rendered: Rendered) -> str:
    """Return what a person reads, blanks folded."""
    return " ".join(" ".join(inspected(rendered).text).split())
