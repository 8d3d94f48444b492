"""Drawings: an SVG written again with only what draws, so that it is safe even where it is opened by itself."""

import math
import re
from collections.abc import Mapping
from html import escape
from xml.parsers import expat

from pipeline.review.pictures import Picture, picture

BYTES = 5_000_000
_SVG = "http://www.w3.org/2000/svg"
_HREFS = {"href", "http://www.w3.org/1999/xlink href"}
_WORDS = (
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath title desc style image "
    "clipPath mask marker pattern linearGradient radialGradient stop switch filter feBlend feColorMatrix "
    "feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow "
    "feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight "
    "feSpecularLighting feSpotLight feTile feTurbulence"
)
_DRAWING = frozenset(_WORDS.split())
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(px|pt|pc|in|cm|mm)?\s*")
_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_RASTER = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_DISTANT = re.compile(
    r"url\s*\(\s*[\"']?\s*(?!#|[\"'\s#])|@import|@font-face|image-set|\\|script:|expression|<", re.IGNORECASE
)
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_DEFAULT_SIZE = (300.0, 150.0)  # what browsers take where a drawing does not say
_LARGEST_PX = 20_000


class _RefusedError(Exception):
    """The drawing is none, or wants more than to draw."""


class _Copy:
    """The drawing as it is written again while it is read."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.size = _DEFAULT_SIZE
        self._open: list[str] = []
        self._skipped = 0  # how deep we are in an element that is left out
        self._style: list[str] | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.removeprefix(f"{_SVG} ")
        local = "g" if local == "a" else local  # of a link what it draws
        if not self._open and not self._skipped:
            if local != "svg":
                raise _RefusedError
            self.size = _size(attributes)
        if self._skipped or local not in _DRAWING or (local == "image" and not _is_raster(attributes)):
            self._skipped += 1
            return
        namespace = "" if self._open else f' xmlns="{_SVG}"'
        kept = "".join(f' {key}="{escape(value)}"' for key, value in _attributes(local, attributes))
        self._open.append(local)
        self.out.append(f"<{local}{namespace}{kept}>")
        self._style = [] if local == "style" else None

    def end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if self._style is not None:
            css = "".join(self._style)
            self.out.append("" if _DISTANT.search(css) else escape(css, quote=False))
            self._style = None
        self.out.append(f"</{self._open.pop()}>")

    def text(self, data: str) -> None:
        if self._skipped:
            return
        if self._style is not None:
            self._style.append(data)
        else:
            self.out.append(escape(data, quote=False))

    def refuse(self, *_: object) -> None:
        raise _RefusedError


def cleaned(data: bytes) -> Picture | None:
    """Copy a drawing: no script, no handler, no link, nothing that is loaded from elsewhere, no entity of its own.

    Returns
    -------
    Picture | None
        None where the bytes are no SVG, or one of more than 5 MB.
    """
    if len(data) > BYTES:
        return None
    copy, parser = _Copy(), expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = copy.start, copy.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = copy.text, copy.refuse
    try:
        parser.Parse(data.strip(), True)  # noqa: FBT003 - expat takes no keyword
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):
        return None
    width, height = (max(1, min(round(length), _LARGEST_PX)) for length in copy.size)
    return picture("".join(copy.out).encode(), "svg", width, height)


def _attributes(element: str, attributes: Mapping[str, str]) -> list[tuple[str, str]]:
    kept = []
    for name, value in attributes.items():
        if name in _HREFS:
            if value.startswith("#") or (element == "image" and _RASTER.fullmatch(value)):
                kept.append(("href", value))
        elif _NAME.fullmatch(name) and not name.lower().startswith("on") and not _DISTANT.search(value):
            kept.append((name, value))
    return kept


def _is_raster(attributes: Mapping[str, str]) -> bool:
    return any(_RASTER.fullmatch(attributes.get(name, "")) for name in _HREFS)


def _size(attributes: Mapping[str, str]) -> tuple[float, float]:
    """Return width and height in pixels, of which one may follow from the other by the box that is drawn in."""
    box = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", attributes.get("viewBox", ""))[:4]]
    whole = (box[2], box[3]) if len(box) == 4 and min(box[2:]) > 0 else _DEFAULT_SIZE  # noqa: PLR2004 - x, y and size
    width, height = (_length(attributes.get(side, "")) for side in ("width", "height"))
    if width and height:
        return width, height
    scale = width / whole[0] if width else height / whole[1] if height else 1.0
    return whole[0] * scale, whole[1] * scale


def _length(text: str) -> float:
    """Return a length in pixels; 0 where it is relative, or none.

    >>> _length("72pt"), _length("50%")
    (96.0, 0.0)
    """
    match = _LENGTH.fullmatch(text)
    length = float(match[1]) * _PX[match[2] or ""] if match else 0.0
    return length if math.isfinite(length) else 0.0
