"""Sparing: kept from libraries is what they would load for nothing, seconds of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SLOW = (
    "rfc3987_syntax",  # jsonschema's, for formats that no notebook is checked for: it makes a parser as it loads
    *(
        "papermill.s3",
        "papermill.abs",
        "papermill.adl",
        "gcsfs",
        "pyarrow.fs",
    ),  # papermill's clouds: notebooks are files here
)


@contextmanager
def spared() -> Iterator[None]:
    """Let slow modules that are not loaded yet be missing for what is imported in the block, which does without."""
    missing = [name for name in _SLOW if name not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type] # None: as where it is not installed
    try:
        yield
    finally:
        for name in missing:
            sys.modules.pop(name, None)
