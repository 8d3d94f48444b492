"""Colours: of highlighted code and of a terminal, readable on white and on near-black. The one importer of pygments."""

from collections.abc import Mapping
from typing import ClassVar

from pygments.formatters.html import HtmlFormatter
from pygments.style import Style
from pygments.token import (
    Comment,
    Error,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    Token,
    _TokenType,
)

WHITE, NEAR_BLACK = "#ffffff", "#16181c"  # the grounds that every colour here is measured against: 4.5 to 1 or more


class Light(Style):  # type: ignore[misc]
    """Dark letters on white."""

    background_color = WHITE
    styles: ClassVar[Mapping[_TokenType, str]] = {
        Token: "#1f2328",
        Comment: "italic #59636e",
        Keyword: "#a0111f",
        Operator: "#1f2328",
        Operator.Word: "#a0111f",
        Name.Builtin: "#0550ae",
        Name.Function: "#6639ba",
        Name.Class: "#6639ba",
        Name.Decorator: "#6639ba",
        Name.Exception: "#0550ae",
        Name.Tag: "#116329",
        Name.Attribute: "#0550ae",
        String: "#0a3069",
        Number: "#0550ae",
        Generic.Deleted: "#82071e",
        Generic.Inserted: "#116329",
        Generic.Heading: "bold #0550ae",
        Error: "#1f2328",
    }


class Dark(Style):  # type: ignore[misc]
    """Light letters on near-black."""

    background_color = NEAR_BLACK
    styles: ClassVar[Mapping[_TokenType, str]] = {
        Token: "#e6edf3",
        Comment: "italic #9da7b1",
        Keyword: "#ff8f88",
        Operator: "#e6edf3",
        Operator.Word: "#ff8f88",
        Name.Builtin: "#8ac4ff",
        Name.Function: "#dbb7ff",
        Name.Class: "#dbb7ff",
        Name.Decorator: "#dbb7ff",
        Name.Exception: "#8ac4ff",
        Name.Tag: "#7ee787",
        Name.Attribute: "#8ac4ff",
        String: "#b1dcff",
        Number: "#8ac4ff",
        Generic.Deleted: "#ffb3ad",
        Generic.Inserted: "#aff5b4",
        Generic.Heading: "bold #8ac4ff",
        Error: "#e6edf3",
    }


TERMINAL = {  # name: on white, on near-black
    "black": ("#1f2328", "#c9d1d9"),
    "red": ("#b3151d", "#ff8f88"),
    "green": ("#116329", "#7ee787"),
    "yellow": ("#7d4e00", "#e3b341"),
    "blue": ("#0550ae", "#8ac4ff"),
    "magenta": ("#8032b0", "#dbb7ff"),
    "cyan": ("#0d6470", "#76e3ea"),
    "white": ("#59636e", "#e6edf3"),
}


def css() -> str:
    """Return the rules: those for dark stand under `prefers-color-scheme: dark`."""
    return f"{_rules(Light, 0)}\n@media (prefers-color-scheme: dark) {{\n{_rules(Dark, 1)}\n}}\n"


def _rules(style: type[Style], column: int) -> str:
    formatter = HtmlFormatter(style=style)
    code = [line for line in formatter.get_token_style_defs(".highlight") if line.strip()]
    return "\n".join([*code, *_terminal(column)])


def _terminal(column: int) -> list[str]:
    """Write terminal colours; as grounds they carry letters of the page's ground: the same contrast."""
    ground = (WHITE, NEAR_BLACK)[column]
    letter = TERMINAL["black"][0] if column == 0 else TERMINAL["white"][1]
    rules = [
        ".ansi-bold { font-weight: bold }",
        ".ansi-underline { text-decoration: underline }",
        f".ansi-default-inverse-bg {{ background: {letter}; color: {ground} }}",
    ]
    for place, rule in (("fg", "color: {}"), ("bg", f"background: {{}}; color: {ground}")):  # the later one wins
        for name, colours in TERMINAL.items():
            rules.append(f".ansi-{name}-{place}, .ansi-{name}-intense-{place} {{ {rule.format(colours[column])} }}")
    return rules
