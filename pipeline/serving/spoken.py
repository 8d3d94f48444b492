"""Spoken: traffic as lines of JSON on standard output, where there is no disk that outlives the process.

A line is as durable as what the place makes of it: it is printed before a row is answered, but whether it is kept is
not known here. Labels are lines too, of whatever id they name: which predictions there were is not known here either.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TextIO

from pipeline.errors import StoreError
from pipeline.serving.entries import Prediction, Requests, Shadow, Truth
from pipeline.serving.traffic import Hide, Traffic

MARK = "traffic"
"""Key that says of what kind a line is."""


class Spoken(Traffic):
    """Traffic that is printed.

    Parameters
    ----------
    hide
        Makes of a row what may be written of it.
    out
        Where it is printed; None: standard output.
    """

    def __init__(self, hide: Hide | None = None, out: TextIO | None = None) -> None:
        self._hide, self._out = hide, out

    def write(self, batches: Sequence[Sequence[Prediction | Shadow | Truth | Requests]]) -> list[int]:
        """Print what some requests said, a line an entry: `{"traffic": "prediction", ...}`.

        Raises
        ------
        StoreError
            If nothing can be printed.
        """
        lines = [f"{json.dumps(self._told(entry), ensure_ascii=False)}\n" for batch in batches for entry in batch]
        out = self._out or sys.stdout
        try:
            out.write("".join(lines))
            out.flush()
        except (OSError, ValueError) as error:
            raise StoreError(f"the log of predictions cannot be printed: {error}. Open standard output.") from error
        return [len(batch) for batch in batches]

    def _told(self, entry: Prediction | Shadow | Truth | Requests) -> dict[str, object]:
        told = entry._asdict() if isinstance(entry, Prediction) else asdict(entry)
        if self._hide and isinstance(entry, Prediction):
            told["inputs"] = self._hide(entry.inputs)
        return {MARK: type(entry).__name__.lower(), **told}

    def unknown(self, _: Sequence[str]) -> list[str]:
        """Take every id for one that a prediction has."""
        return []

    def since(self, _: int) -> float | None:
        """Say that there are not so many: how long lines are kept is not known here."""
        return None

    def fitting(self, _: int) -> int | None:
        """Say that all do, for the same reason."""
        return None

    def remove(self, _: float, __: int) -> int:
        """Nothing can be removed."""
        return 0

    def close(self) -> None:
        """Nothing is to be closed."""
