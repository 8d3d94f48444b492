"""TOML: written here; the standard library only reads it."""

import json
import re
from collections.abc import Mapping
from datetime import date

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def lines(table: Mapping[str, object]) -> list[str]:
    r"""Write the lines of a table: texts, numbers, truths, dates, moments, lists, and tables within it in one line.

    >>> lines({"a": 'x"\n', "b c": ["y", 1, True]})
    ['a = "x\\"\\n"', '"b c" = ["y", 1, true]']
    >>> lines({"reading": {"decimal": ",", "rate": float("inf")}})
    ['reading = { decimal = ",", rate = inf }']
    """
    return [f"{key(name)} = {value(given)}" for name, given in table.items()]


def key(name: str) -> str:
    """Write the name of a key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else _text(name)


def value(given: object) -> str:
    """Write a value.

    Raises
    ------
    TypeError
        If TOML has nothing like it.
    """
    match given:
        case bool():
            return str(given).lower()
        case int() | float():
            return str(given)
        case str():
            return _text(given)
        case date():  # a moment too
            return given.isoformat()
        case list() | tuple():
            return f"[{', '.join(map(value, given))}]"
        case Mapping():
            return f"{{ {', '.join(lines(given))} }}" if given else "{}"
    raise TypeError(f"TOML has no {type(given).__name__}")


def comment(text: str) -> str:
    r"""Write a text as a comment: it stays on its line, whatever is in it.

    >>> comment("a\nb = 1")
    '# a\ufffdb = 1'
    """
    return f"# {_CONTROLS.sub(chr(0xFFFD), text)}"


def _text(text: str) -> str:
    """Write a text as JSON does, which differs in one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
