"""Sanitising: of any HTML what is safe to show and cannot act. The one importer of bleach.

What may pass is listed; everything else falls away. Elements that act, load, frame or draw are named too, so that
their content goes with them and a reader is told. The parser is that of HTML 5, and what leaves is written anew.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from bleach.sanitizer import Cleaner

from pipeline.review import tokens
from pipeline.review.gathering import Gathering
from pipeline.review.markup import Prose

_TEXT = """
a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption
figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody
td tfoot th thead tr tt u ul var wbr
"""
_EVERYWHERE = {"id", "title", "lang", "dir", "class", "style", "align"}
_ATTRIBUTES = {
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "checked"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "reversed"},
    "details": {"open"},
}
_TEXT_ALIGN = re.compile(r"(?:^|;)\s*text-align\s*:\s*(left|right|center)\b", re.IGNORECASE)


HTML_LETTERS = 300_000
DEPTH = 1_000
ATTRIBUTES = 1_000
_BASE64 = re.compile(r"base64,[A-Za-z0-9+/=\s]{100,}")
_NAME = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]*)")
_FLAT_ONES = "br col dd dt hr img input li p wbr embed"
_NESTING = (tokens.ACTING | frozenset(_TEXT.split())) - frozenset(_FLAT_ONES.split())
_LONG_NUMBER = re.compile(r"&(?=#x?[0-9a-f]{8})", re.IGNORECASE)  # no letter has it, and bleach cannot count so far


class _AlignmentOnly:
    """What bleach asks about styles: of all of them only `text-align` is kept, and becomes a class later."""

    @staticmethod
    def sanitize_css(style: str) -> str:
        found = _TEXT_ALIGN.search(style)
        return found[1].lower() if found else ""


def is_heavy(html: str) -> bool:
    """Say whether HTML is so large, or of such depth, that reading it would take minutes: nobody wrote it to be read.

    Counted is roughly, and pictures that are in it not at all.
    """
    bare = _BASE64.sub("", html)
    if len(bare) > HTML_LETTERS:
        return True
    depth = deepest = 0
    for piece in bare.split("<")[1:]:
        name = _NAME.match(piece)
        if name is not None and name[2].lower() in _NESTING:
            depth = max(0, depth + (-1 if name[1] else 1))
            deepest = max(deepest, depth)
        tag = piece.rpartition(">")[0] or piece
        if max(len(tag.split()), tag.count("="), tag.count("/")) > ATTRIBUTES and piece[:1].isalpha():
            return True
    return deepest > DEPTH


class Sanitiser:
    """Makes HTML of one report safe, and gathers what it finds in it.

    Parameters
    ----------
    gathering
        Takes in the pictures, tables and headings.
    """

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering

    def prose(self, prose: Prose, attachments: Mapping[str, bytes]) -> str:
        """Sanitise the HTML of prose; its headings get anchors, its formulas become MathML."""
        steps = [
            partial(tokens.with_pictures, show=partial(self._illustration, attachments)),
            partial(tokens.with_headings, formulas=prose.formulas, note=self._gathering.title),
            partial(tokens.with_tables, name=lambda _: self._gathering.named("table")),
        ]
        return self._cleaned(prose.html, steps, prose)

    def output(self, html: str | Prose) -> str:
        """Sanitise the HTML of an output; its pictures and tables are gathered to be compared."""
        prose = html if isinstance(html, Prose) else Prose(html=html)
        steps = [
            partial(tokens.with_pictures, show=self._figure),
            partial(tokens.with_tables, name=self._gathering.table),
        ]
        return self._cleaned(prose.html, steps, prose)

    def _cleaned(self, html: str, steps: "list[partial[Iterator[tokens.Token]]]", prose: Prose) -> str:
        self._gathering.left_out = set()
        cleaner = Cleaner(
            tags=tokens.ACTING | frozenset(_TEXT.split()),
            attributes=_is_allowed,
            protocols={"http", "https", "mailto", "data", "attachment"},  # `tokens` decides which of them where
            strip=True,
            css_sanitizer=_AlignmentOnly(),
            filters=[
                partial(tokens.without_acting, left_out=self._gathering.left_out),
                partial(tokens.with_own_attributes, anchor=self._gathering.anchor),
                *steps,
                partial(tokens.with_formulas, formulas=prose.formulas),
            ],
        )
        return str(cleaner.clean(_LONG_NUMBER.sub("&amp;", html)))

    def _figure(self, source: str, alt: str) -> dict[str, str] | None:
        data = tokens.bytes_of(source)
        return None if data is None else self._gathering.figure(data, alt)

    def _illustration(self, attachments: Mapping[str, bytes], source: str, alt: str) -> dict[str, str] | None:
        name = source.removeprefix("attachment:")
        data = attachments.get(name) if name != source else tokens.bytes_of(source)
        return None if data is None else self._gathering.illustration(data, alt)


def _is_allowed(tag: str, name: str, _: str) -> bool:
    allowed: Iterable[str] = _ATTRIBUTES.get(tag, ())
    return name in _EVERYWHERE or name in allowed
