"""Tokens: what becomes of sanitised HTML on its way to the page: its links, anchors, pictures, tables and formulas.

Each function takes a stream of html5lib's tokens, in which elements are balanced, and yields another.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from typing import Any, TypeAlias
from urllib.parse import unquote

from pipeline.review.gathering import anchor_of
from pipeline.review.maths import Formula

Token: TypeAlias = dict[str, Any]
Shower: TypeAlias = Callable[[str, str], dict[str, str] | None]

_ACTING = (
    "script style template iframe frame frameset object embed applet noscript noembed noframes svg math audio video "
    "canvas portal select textarea xmp plaintext title head"
)
ACTING = frozenset(_ACTING.split())
_SILENT = {"style", "head", "title", "noscript", "template"}  # nobody misses what they would have shown
_HTML = {None, "http://www.w3.org/1999/xhtml"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_CLASSES = re.compile(r"dataframe|highlight|[a-z]{1,2}[0-9a-z]?")  # of pandas' tables, and of highlighted code
_NUMBERS = {"colspan", "rowspan", "span", "width", "height", "start"}
_LARGEST = {"colspan": 1_000, "rowspan": 10_000, "span": 1_000, "width": 10_000, "height": 10_000, "start": 10**9}
_OUTWARD = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)
_REPORT = re.compile(r"\.\./(?P<run>[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6})/(?P<stage>[A-Za-z0-9_-]+)\.ipynb")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_DATA = re.compile(r"data:image/[\w.+-]+(?:;charset=[\w-]+)?(;base64)?,", re.IGNORECASE)
_WORD = re.compile(r"(formula[0-9a-f]{32}x\d+x)")


def start(name: str, **attributes: str) -> Token:
    """Make a start tag; a name's underscore stands for a hyphen, values are plain text."""
    data = {(None, key.strip("_").replace("_", "-")): escaped(value) for key, value in attributes.items()}
    return {"type": "StartTag", "name": name, "namespace": None, "data": data}


def end(name: str) -> Token:
    """Make an end tag."""
    return {"type": "EndTag", "name": name, "namespace": None}


def characters(text: str) -> Token:
    """Make plain text."""
    return {"type": "Characters", "data": text}


def escaped(value: str) -> str:
    """Write plain text as the value of an attribute: entities are kept as they are by what writes the HTML."""
    return value.replace("&", "&amp;")


def attribute(token: Token, name: str) -> str:
    """Return an attribute as plain text; empty where there is none."""
    return unescape(token["data"].get((None, name), ""))


def text_of(stream: Iterable[Token], formulas: Mapping[str, Formula] | None = None) -> str:
    """Return the text that stands in a stream, blanks folded, formulas as in the source."""
    parts = [_text(token) for token in stream]
    return " ".join(_spelled("".join(parts), formulas or {}).split())


def without_acting(source: Iterable[Token], left_out: set[str]) -> Iterator[Token]:
    """Leave out whole elements that act, and name those that a reader would miss."""
    stream = iter(source)
    for token in stream:
        if token["type"] not in {"StartTag", "EmptyTag"}:
            yield token
        elif token["name"] in ACTING or token.get("namespace") not in _HTML:
            left_out.update({token["name"]} - _SILENT)
            if token["type"] == "StartTag":
                _whole(token, stream)
        else:
            yield token


def with_own_attributes(source: Iterable[Token], anchor: Callable[[str], str]) -> Iterator[Token]:
    """Keep the attributes that mean something on our pages: links lead out or to our anchors, no name is the site's."""
    for token in source:
        if token["type"] in {"StartTag", "EmptyTag"}:
            given = {name: unescape(value) for (_, name), value in token["data"].items()}
            named = given.pop("name", "")
            if own := anchor(given.pop("id", "") or named):
                given["id"] = own
            kept = _attributes(token["name"], given)
            token["data"] = {(None, name): escaped(value) for name, value in kept.items()}
        yield token


def with_pictures(source: Iterable[Token], show: Shower) -> Iterator[Token]:
    """Show pictures that the report holds itself; of others say what and where they are. A box to tick is a letter."""
    for token in source:
        if token["type"] == "EmptyTag" and token["name"] == "img":
            yield from _picture(token, show)
        elif token["type"] == "EmptyTag" and token["name"] == "input":
            if attribute(token, "type").lower() == "checkbox":
                yield characters("☑ " if (None, "checked") in token["data"] else "☐ ")
        else:
            yield token


def with_headings(
    source: Iterable[Token], formulas: Mapping[str, Formula], note: Callable[[int, str], str]
) -> Iterator[Token]:
    """Give each heading the anchor that noting it returns."""
    stream = iter(source)
    for token in stream:
        if token["type"] == "StartTag" and token["name"] in _HEADINGS:
            whole = [token, *_whole(token, stream)]
            text = text_of(whole, formulas)
            if text:
                token["data"][None, "id"] = note(int(token["name"][1]), text)
            yield from whole
        else:
            yield token


def with_tables(source: Iterable[Token], name: Callable[[tuple[tuple[str, ...], ...]], str]) -> Iterator[Token]:
    """Put each table into a box that can be scrolled by keyboard, called as its rows' being taken in returns."""
    from pipeline.review.grid import rows_of

    stream = iter(source)
    for token in stream:
        if token["type"] == "StartTag" and token["name"] == "table":
            whole = [token, *_whole(token, stream)]
            called = name(rows_of(whole))
            yield start("div", class_="table-scroll", tabindex="0", role="region", aria_label=called)
            yield from _scoped(whole)
            yield end("div")
        else:
            yield token


def with_formulas(source: Iterable[Token], formulas: Mapping[str, Formula]) -> Iterator[Token]:
    """Put formulas in their places; in an attribute, and where we cannot show it, a formula stays as in the source."""
    for token in source:
        if token["type"] == "Characters" and formulas:
            for part in _WORD.split(token["data"]):
                formula = formulas.get(part)
                shown = formula.tokens() if formula else None
                yield from shown or [characters(formula.shown if formula else part)]
        else:
            if token["type"] in {"StartTag", "EmptyTag"} and formulas:
                token["data"] = {key: _spelled(value, formulas, escaped) for key, value in token["data"].items()}
            yield token


def bytes_of(source: str) -> bytes | None:
    """Decode the picture in a `data:` URL; None where it is no such URL."""
    match = _DATA.match(source.strip())
    if match is None:
        return None
    body = source.strip()[match.end() :]
    try:
        return base64.b64decode(unquote(body)) if match[1] else unquote(body).encode()
    except (binascii.Error, ValueError):
        return b""


def _text(token: Token) -> str:
    if token["type"] == "Entity":
        return unescape(f"&{token['name']};")
    if token["type"] in {"Characters", "SpaceCharacters"}:
        return str(token["data"])
    return " " if token.get("name") in {"br", "div", "p", "li"} else ""


def _spelled(text: str, formulas: Mapping[str, Formula], written: Callable[[str], str] = str) -> str:
    """Return text with each formula as it stands in the source."""
    parts = _WORD.split(text) if formulas else [text]
    return "".join(written(formulas[part].shown) if part in formulas else part for part in parts)


def _whole(_: Token, stream: Iterator[Token]) -> list[Token]:
    """Take the rest of an element whose start tag was taken."""
    taken, depth = [], 1
    for token in stream:
        taken.append(token)
        depth += (token["type"] == "StartTag") - (token["type"] == "EndTag")
        if not depth:
            break
    return taken


def _attributes(element: str, given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in given.items() if name not in {"class", "style", "align", "href"}}
    for name in _NUMBERS & kept.keys():
        number = kept.pop(name).strip()
        if number.isascii() and number.isdigit() and int(number[:12]) <= _LARGEST[name]:
            kept[name] = number
    classes = [word for word in given.get("class", "").split() if _CLASSES.fullmatch(word)]
    side = (given.get("style") or given.get("align", "")).lower()
    classes += [f"align-{side}"] if side in {"left", "right", "center"} else []
    if classes:
        kept["class"] = " ".join(classes)
    return kept | (_link(given.get("href", "")) if element == "a" else {})


def _link(address: str) -> dict[str, str]:
    """Return where a link leads: out, to an anchor of ours, or to another run's report. Elsewhere there is nothing."""
    plain = _INVISIBLE.sub("", address)
    if report := _REPORT.fullmatch(plain):
        return {"href": f"../../{report['run']}/stages/{report['stage']}.html"}
    if plain.startswith("#"):
        anchor = anchor_of(unquote(plain[1:]))
        return {"href": f"#{anchor}"} if anchor else {}
    return {"href": plain, "rel": "noopener noreferrer nofollow"} if _OUTWARD.fullmatch(plain) else {}


def _picture(token: Token, show: Shower) -> Iterator[Token]:
    source, alt = attribute(token, "src"), attribute(token, "alt")
    shown = show(source, alt)
    if shown is not None:
        size = {side: attribute(token, side) for side in ("width", "height") if (None, side) in token["data"]}
        if size:  # of one side given the other follows
            shown = {name: value for name, value in shown.items() if name not in {"width", "height"}} | size
        yield {**token, "data": {(None, name): escaped(value) for name, value in shown.items()}}
        return
    plain = _INVISIBLE.sub("", source)
    where = f" at {plain}" if _OUTWARD.fullmatch(plain) else ""
    yield start("span", class_="left-out")
    yield characters(f"[picture that is not in the report{where}{': ' if alt else ''}{alt}]")
    yield end("span")


def _scoped(table: list[Token]) -> Iterator[Token]:
    """Say of each head of a table whether it is one of a column or of a row; an empty one is no head."""
    in_head = False
    stream = iter(table)
    for token in stream:
        if token.get("name") == "thead":
            in_head = token["type"] == "StartTag"
        if token["type"] == "StartTag" and token["name"] == "th":
            whole = [token, *_whole(token, stream)]
            if text_of(whole):
                token["data"].setdefault((None, "scope"), "col" if in_head else "row")
            else:
                token["name"] = whole[-1]["name"] = "td"
                token["data"].pop((None, "scope"), None)
            yield from whole
        else:
            yield token
