"""TOML: written here; the standard library only reads it."""

import json
import re
from collections.abc import Mapping
from datetime import datetime

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def lines(table: Mapping[str, str | datetime]) -> list[str]:
    r"""Write texts and moments as the lines of a table.

    >>> lines({"a": 'x"\n', "b c": "y"})
    ['a = "x\\"\\n"', '"b c" = "y"']
    """
    return [f"{key if _BARE.fullmatch(key) else _text(key)} = {_value(value)}" for key, value in table.items()]


def _value(value: str | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else _text(value)


def _text(value: str) -> str:
    """Write a text as JSON does, which differs in one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
