"""Maths: formulas in LaTeX as MathML. The one importer of latex2mathml."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter

LETTERS = 4_000
DEPTH = 60  # of braces: the converter calls itself for each
_OWN_COMMANDS = re.compile(r"\\(?:re)?newcommand|\\providecommand|\\[gex]?def\b|\\let\b")  # can grow without end
_ELEMENT_NAMES = (
    "math mrow mi mn mo mtext ms mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd "
    "mpadded mphantom mstyle menclose mfenced mmultiscripts mprescripts none semantics"
)
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTE_NAMES = (
    "display accent accentunder columnalign columnspacing columnlines rowspacing rowlines rowalign displaystyle fence "
    "form height depth width voffset lspace rspace linethickness mathvariant maxsize minsize movablelimits notation "
    "scriptlevel separator stretchy symmetric open close separators"
)
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_VALUE = re.compile(r"[\w .%+-]{0,60}|[|(){}\[\]<>]?")


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A formula of the prose; `shown` is how it stands in the source, with what marks it as one."""

    latex: str
    shown: str
    display: bool

    def tokens(self) -> list[dict[str, Any]] | None:
        """Return it as the tokens of an HTML stream; None where it is no LaTeX that we can show."""
        if len(self.latex) > LETTERS or self.latex.count("{") > LETTERS / 4 or _depth(self.latex) > DEPTH:
            return None
        if _OWN_COMMANDS.search(self.latex):
            return None
        try:
            element = Converter(display="block" if self.display else "inline").convert_to_element(self.latex)
            return list(_stream(element))
        except Exception:  # noqa: BLE001 - the converter raises whatever an odd formula makes of it
            return None


def _depth(latex: str) -> int:
    """Return how deep braces are nested.

    >>> _depth("{a{b}}{c}")
    2
    """
    depth = deepest = 0
    for letter in latex:
        depth += (letter == "{") - (letter == "}")
        deepest = max(deepest, depth)
    return max(deepest, latex.count(r"\left"))


def _stream(element: Element) -> Iterator[dict[str, Any]]:
    """Yield an element; one that is not in the list of what draws leaves only its content."""
    known = element.tag in _ELEMENTS
    if known:
        yield {"type": "StartTag", "name": element.tag, "namespace": None, "data": _attributes(element)}
    if element.text:
        yield {"type": "Characters", "data": unescape(element.text)}
    for child in element:
        yield from _stream(child)
    if known:
        yield {"type": "EndTag", "name": element.tag, "namespace": None}
    if element.tail:
        yield {"type": "Characters", "data": unescape(element.tail)}


def _attributes(element: Element) -> dict[tuple[None, str], str]:
    kept = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES and _VALUE.fullmatch(value)}
    return {(None, name): value for name, value in kept.items()}
