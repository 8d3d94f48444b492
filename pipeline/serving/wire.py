"""Wire: JSON as it is sent and kept. The one importer of orjson."""

import json
from typing import Any

import orjson


def load(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Read JSON.

    Raises
    ------
    ValueError, RecursionError
        If it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:  # or NaN, which Python writes, or half a character, which the rule of a column names
        return json.loads(body)


def dump(content: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Write JSON; NaN is null."""
    try:
        return orjson.dumps(content)
    except TypeError:  # half a character, or a number beyond 64 bits
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
