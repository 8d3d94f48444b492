"""Markup: prose, code and the colours of a terminal as HTML. The one importer of nbconvert.

Code and terminal text come out escaped; prose holds whatever HTML its author wrote, and must be sanitised.
"""

import re
import secrets
import warnings
from dataclasses import dataclass, field
from functools import cache
from html import escape

from pipeline.review.maths import Formula
from pipeline.sparing import spared

with spared():
    from nbconvert.filters.ansi import ansi2html
    from nbconvert.filters.highlight import Highlight2HTML
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

CODE_LETTERS = 50_000  # longer code stays plain
_MAGIC = re.compile(r"^\s*[%!?]|[\w)]\?\s*$", re.MULTILINE)
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_PRE = re.compile(r"<pre>")
_OTHER_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[()][A-Z0-9]|\x1b(?!\[)")
_STYLED = re.compile(r'<span(?: class="([\w -]*)")? style="([\w:(), ;-]*)">')
_RGB = re.compile(r"(background-)?color: rgb\((\d+),(\d+),(\d+)\)")
_BASIC = {
    "black": (0, 0, 0),
    "red": (205, 0, 0),
    "green": (0, 160, 0),
    "yellow": (180, 130, 0),
    "blue": (0, 70, 220),
    "magenta": (190, 0, 190),
    "cyan": (0, 160, 160),
    "white": (245, 245, 245),
    "black-intense": (120, 120, 120),
}


@dataclass(frozen=True, kw_only=True)
class Prose:
    """Prose as HTML that is not yet safe; where a formula belongs stands a word that nobody can guess."""

    html: str
    formulas: dict[str, Formula] = field(default_factory=dict)


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, which leaves anchors, formulas and pictures to whoever sanitises."""

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.formulas: dict[str, Formula] = {}
        self._nonce = secrets.token_hex(16)

    def block_math(self, body: str) -> str:
        return self._kept(body, f"$${body}$$", display=True)

    def inline_math(self, body: str) -> str:
        return self._kept(body, f"${body}$", display=False)

    def latex_environment(self, name: str, body: str) -> str:
        whole = rf"\begin{{{name}}}{body}\end{{{name}}}"
        return self._kept(whole, whole, display=True)

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        shown = f' title="{escape(title)}"' if title else ""
        return f'<img src="{escape(url)}" alt="{escape(text)}"{shown}>'

    def _kept(self, latex: str, shown: str, *, display: bool) -> str:
        word = f"formula{self._nonce}x{len(self.formulas)}x"
        self.formulas[word] = Formula(latex=latex.strip(), shown=shown, display=display)
        return word


def prose(source: str) -> Prose:
    """Render Markdown as JupyterLab understands it: tables, task lists, formulas, raw HTML."""
    renderer = _Renderer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of code in a language that nobody knows
        html = MarkdownWithMath(renderer=renderer).render(source)
    return Prose(html=html, formulas=renderer.formulas)


def code(source: str, language: str) -> str:
    """Highlight code with classes; in a language that nobody knows, or of more than 50,000 letters, it stays plain."""
    if len(source) > CODE_LETTERS:
        return f'<div class="highlight"><pre tabindex="0">{escape(source)}</pre></div>\n'
    name = language.lower() if _LANGUAGE.fullmatch(language) else "text"
    if name in {"python", "python3", "ipython", "ipython3"}:
        name = "ipython3" if _MAGIC.search(source) else "python"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        html = str(_highlighter(name)(source))
    return _PRE.sub('<pre tabindex="0">', html, count=1)


def terminal(text: str) -> str:
    r"""Turn the colours of a terminal into classes; a colour beyond the basic ones becomes the nearest of them.

    >>> terminal("\x1b[31m<no>\x1b[0m")
    '<span class="ansi-red-fg">&lt;no&gt;</span>'
    """
    html = ansi2html(_OTHER_ESCAPES.sub("", text))  # type: ignore[no-untyped-call]
    return _STYLED.sub(_classed, str(html))


@cache
def _highlighter(language: str) -> Highlight2HTML:
    return Highlight2HTML(pygments_lexer=language)  # type: ignore[no-untyped-call]


def _classed(match: re.Match[str]) -> str:
    classes = (match[1] or "").split()
    for ground, *rgb in _RGB.findall(match[2]):
        classes.append(f"ansi-{_nearest(tuple(map(int, rgb)))}-{'bg' if ground else 'fg'}")
    return f'<span class="{" ".join(classes)}">'


def _nearest(rgb: tuple[int, ...]) -> str:
    """Return the name of the basic colour nearest to one.

    >>> _nearest((135, 215, 95))
    'green'
    """
    if max(rgb) - min(rgb) < 30:  # noqa: PLR2004 - a grey: which of the hues is a little nearer means nothing
        return "black" if rgb[0] < 70 else "black-intense" if rgb[0] < 200 else "white"  # noqa: PLR2004 - thirds
    hues = {name: basic for name, basic in _BASIC.items() if len(set(basic)) > 1}
    bright = [part * 255 / max(rgb) for part in rgb]
    scaled = {name: [part * 255 / max(basic) for part in basic] for name, basic in hues.items()}
    return min(scaled, key=lambda name: sum((a - b) ** 2 for a, b in zip(bright, scaled[name], strict=True)))
