"""Outputs: what a cell printed, showed and raised as safe HTML, of each the richest form that cannot act."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from pipeline.handoff import MIME_PREFIX
from pipeline.review import markup
from pipeline.review.gathering import Gathering
from pipeline.review.maths import Formula
from pipeline.review.sanitising import Sanitiser, is_heavy
from pipeline.runs.outputs import settled

TEXT_LETTERS = 20_000
SCRAP_LETTERS = 120
_RASTERS = ("image/png", "image/jpeg", "image/webp", "image/gif")
_PASSIVE = {"text/html", "text/markdown", "text/latex", "text/plain", "image/svg+xml", "application/json", *_RASTERS}
_SCRIPT = re.compile(r"<script[\s/>]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_IN_DOLLARS = re.compile(r"^\s*(\$\$?)(?P<body>.*?)\1\s*$", re.DOTALL)
ODD = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Outputs:
    """Renders the outputs of one report.

    Parameters
    ----------
    gathering
        Takes in figures and tables.
    sanitiser
        Makes HTML safe.
    """

    def __init__(self, gathering: Gathering, sanitiser: Sanitiser) -> None:
        self._gathering, self._sanitiser = gathering, sanitiser

    def html(self, outputs: Iterable[Any]) -> str:
        """Render outputs; one that is none, or that no reader of ours understands, is a notice."""
        return "\n".join(filter(None, map(self._safely, outputs)))

    def _safely(self, output: Any) -> str:  # noqa: ANN401 - whatever stands in a file
        try:
            return self._output(output)
        except ODD:
            return notice("An output that cannot be shown: it is not as notebooks have them.")

    def _output(self, output: Mapping[str, Any]) -> str:
        kind = output.get("output_type")
        if kind == "stream":
            return _stream(plain(output.get("text")), is_error=output.get("name") == "stderr")
        if kind == "error":
            return _error(output)
        data, metadata = output.get("data", {}), output.get("metadata", {})
        scraps = [payload for mime, payload in data.items() if mime.startswith(MIME_PREFIX)]
        if scraps:
            return "\n".join(_scrap(payload, metadata.get("pipeline", {})) for payload in scraps)
        return self._shown(data, metadata)

    def _shown(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        """Show the richest form that can be shown, under a notice where a form that acts was passed over."""
        acts = any(_acts(mime) for mime in data) or bool(_SCRIPT.search(plain(data.get("text/html"))))
        for form in self._forms(acting=acts):
            if shown := form(data, metadata):
                break
        else:
            shown = notice(_why_nothing(data)) if not acts else ""
        return "\n".join(filter(None, [notice("Interactive: seen in JupyterLab.") if acts else "", shown]))

    def _forms(self, *, acting: bool) -> list[Callable[[Mapping[str, Any], Mapping[str, Any]], str]]:
        """List how data can be shown, richest first; HTML that needs its scripts comes last."""
        pictures = [self._drawing, self._raster]
        still = [self._markdown, *pictures, self._latex, self._json, self._text]
        return [*pictures, self._markdown, self._latex, self._text, self._html] if acting else [self._html, *still]

    def _html(self, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        html = plain(data.get("text/html"))
        if not html.strip():
            return ""
        if is_heavy(html):
            return "\n".join([notice("A table or page too large for here: seen in JupyterLab."), self._text(data, {})])
        safe = self._sanitiser.output(html)
        lost = sorted(self._gathering.left_out - {"script"})
        told = notice(f"Left out here, because it could act or load something: {', '.join(lost)}.") if lost else ""
        return f'<div class="output html">{safe}</div>\n{told}'.strip()

    def _markdown(self, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        source = plain(data.get("text/markdown"))
        if not source.strip():
            return ""
        prose = markup.prose(source if len(source) <= TEXT_LETTERS else "")
        if not prose.html.strip() or is_heavy(prose.html):
            return text_block(source)
        return f'<div class="output markdown">{self._sanitiser.output(prose)}</div>'

    def _drawing(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        source = plain(data.get("image/svg+xml"))
        return self._figure(source.encode(), _table(metadata.get("image/svg+xml"))) if source else ""

    def _raster(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        for mime in _RASTERS:
            if mime in data and (figure := self._figure(_decoded(data[mime]), _table(metadata.get(mime)))):
                return figure
        return ""

    def _figure(self, data: bytes, said: Mapping[str, Any]) -> str:
        """Show a picture in its size, or in the one that the notebook says."""
        alt = said.get("alt")
        found = self._gathering.figure(data, plain(alt) if isinstance(alt, str) else "")
        if found is None:
            return ""
        sizes = {side: said[side] for side in ("width", "height") if type(said.get(side)) is int}
        if sizes and all(0 < size <= 10_000 for size in sizes.values()):  # noqa: PLR2004 - no screen is larger
            found = {name: value for name, value in found.items() if name not in {"width", "height"}}
            found |= {side: str(size) for side, size in sizes.items()}
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in found.items())
        return f'<figure class="output figure"><img{attributes}></figure>'

    def _latex(self, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        source = plain(data.get("text/latex"))
        if not source.strip():
            return ""
        match = _IN_DOLLARS.match(source)
        formula = Formula(latex=match["body"] if match else source.strip(), shown=source, display=True)
        if formula.tokens() is None:
            return ""
        word = f"formula{'0' * 32}x0x"
        prose = markup.Prose(html=word, formulas={word: formula})
        return f'<div class="output latex">{self._sanitiser.output(prose)}</div>'

    def _json(self, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        if "application/json" not in data:
            return ""
        return text_block(plain(json.dumps(data["application/json"], indent=2, ensure_ascii=False)))

    def _text(self, data: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        text = plain(data.get("text/plain"))
        return text_block(text) if text.strip() else ""


def plain(value: Any) -> str:  # noqa: ANN401 - whatever stands in a file
    """Return text as notebooks have it, one string or a list of them, without letters that no file can hold."""
    if value is None:
        return ""
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    return _CONTROL.sub("", settled(text)).encode("utf-8", "replace").decode()


def cut(text: str, letters: int = TEXT_LETTERS) -> str:
    """Keep the head and the tail of a long text, and say how much is left out between them.

    >>> print(cut("0123456789" * 10, 8))
    012345
    ... 92 characters left out ...
    89
    """
    if len(text) <= letters:
        return text
    tail = letters // 4
    head = letters - tail
    return f"{text[:head]}\n... {len(text) - letters:,} characters left out ...\n{text[-tail:]}"


def text_block(text: str, kind: str = "text") -> str:
    """Show plain text, the colours of a terminal as classes."""
    return f'<pre class="output {kind}" tabindex="0">{markup.terminal(cut(text))}</pre>'


def notice(text: str) -> str:
    """Tell the reader something that does not stand in the report."""
    return f'<p class="output notice">{escape(text)}</p>'


def _stream(text: str, *, is_error: bool) -> str:
    if not text.strip():
        return ""
    if not is_error:
        return text_block(text, "stdout")
    return f'<div class="output-channel"><span class="output-name">stderr</span>{text_block(text, "stderr")}</div>'


def _error(output: Mapping[str, Any]) -> str:
    lines = output.get("traceback")
    traceback = "\n".join(plain(line) for line in lines) if isinstance(lines, list) else plain(lines)
    return text_block(traceback or f"{plain(output.get('ename'))}: {plain(output.get('evalue'))}", "error")


def _acts(mime: str) -> bool:
    """Say whether a form is one of those that live on scripts: widgets, plotly, vega."""
    return mime.startswith(("application/", "text/vnd.")) and mime not in _PASSIVE and not mime.startswith(MIME_PREFIX)


def _why_nothing(data: Mapping[str, Any]) -> str:
    if any(mime.startswith("image/") for mime in data):
        return "A picture that cannot be shown: it is broken, or of more than 50 million pixels."
    return "An output that has nothing to show." if data else ""


def _decoded(value: Any) -> bytes:  # noqa: ANN401 - whatever stands in a file
    try:
        return base64.b64decode(plain(value))
    except (binascii.Error, ValueError):
        return b""


def _scrap(payload: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """Say in a line what was glued: a short value itself, of others their kind and size."""
    value, kind = payload.get("data"), plain(record.get("kind")) or plain(payload.get("encoder"))
    rows = record.get("rows")
    if isinstance(rows, int):
        said = f": {kind}, {rows:,} rows"
    elif (not record or kind == "literal") and len(text := plain(json.dumps(value, ensure_ascii=False))) <= (
        SCRAP_LETTERS
    ):
        said = f" = {text}"
    else:
        size = record.get("bytes")
        said = f": {kind}, {size:,} bytes" if isinstance(size, int) else f": {kind}"
    return f'<p class="output scrap"><code>{escape(plain(payload.get("name")))}</code>{escape(said)}</p>'


def _table(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - whatever stands in a file
    return value if isinstance(value, dict) else {}
