"""Memory: the scores that a search has found, so that one that was stopped goes on where it was.

What a search proposes follows from what it was told, so it is enough to remember scores: a search that is begun again
asks for the same and is answered at once. In a verification, whose state folder is empty, all is computed anew.
"""

import hashlib
import inspect
import json
import re
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEPT = 20  # searches; the oldest are forgotten
_LIBRARIES = ("numpy", "pandas", "scikit-learn")
_OURS = "pipeline.learning."  # whose code decides scores too
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of a function, in the words for what holds it


class Memory:
    """Scores by parameters and fold, in a file where there is one, a line for each."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._known = dict(_read(path)) if path else {}

    def find(self, params: Mapping[str, Any], fold: int) -> float | None:
        """Return a score, None where it is not known."""
        return self._known.get(_key(params, fold))

    def keep(self, params: Mapping[str, Any], fold: int, score: float) -> None:
        """Keep a score; what is cut off by a sudden end is not read."""
        key = _key(params, fold)
        self._known[key] = score
        if self.path is None:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, score]) + "\n")


def of(folder: Path | None, *what: Any) -> Memory:  # noqa: ANN401 - tables, arrays and plain values
    """Open the memory of a search over all that its scores follow from; without a folder it ends with the process."""
    if folder is None:
        return Memory()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_digest(what)}.jsonl"
    if not path.exists():
        for old in sorted(folder.glob("*.jsonl"), key=lambda each: each.stat().st_mtime)[: -_KEPT + 1]:
            old.unlink(missing_ok=True)
    return Memory(path)


def _read(path: Path) -> Iterable[tuple[str, float]]:
    lines = path.read_bytes().splitlines() if path.exists() else []
    for line in lines:
        try:
            key, score = json.loads(line)
        except ValueError:
            continue
        if isinstance(key, str) and isinstance(score, float):
            yield key, score


def _key(params: Mapping[str, Any], fold: int) -> str:
    return json.dumps([fold, params], sort_keys=True)


def _digest(what: Iterable[Any]) -> str:
    found = hashlib.sha256()
    for item in what:
        found.update(_bytes(item))
    for name in _LIBRARIES:
        found.update(f"{name} {metadata.version(name)}".encode())
    for name, module in sorted(sys.modules.items()):
        if name.startswith(_OURS) and not hasattr(module, "__path__"):  # a package is empty
            found.update(inspect.getsource(module).encode())
    return found.hexdigest()[:24]


def _bytes(item: Any) -> bytes:  # noqa: ANN401 - tables, arrays and plain values
    if isinstance(item, pd.DataFrame):
        hashes: NDArray[Any] = pd.util.hash_pandas_object(item, index=False).to_numpy()
        return repr([(str(name), str(kind)) for name, kind in item.dtypes.items()]).encode() + hashes.tobytes()
    if isinstance(item, np.ndarray):
        return f"{item.dtype}{item.shape}".encode() + np.ascontiguousarray(item).tobytes()
    return _ADDRESS.sub("", repr(item)).encode()
