"""Says in ms how long one row takes without any server, and one write to the disk: `python direct.py FOLDER`."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from pipeline.serving import bundle
from pipeline.serving.predictor import Predictor
from pipeline.store.objects import project_store

_TIMES = 200


def milliseconds(work: Callable[[], object]) -> float:
    """Return the median time of some work."""
    found = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return median(found) * 1e3


def main() -> None:
    """Measure both."""
    os.chdir(sys.argv[1])
    rows = json.loads(Path("ours-1.json").read_text(encoding="utf-8"))["rows"]
    predictor = Predictor(bundle.read("model", 1), project_store())
    with Path("disk").open("wb") as file:
        written = milliseconds(lambda: (file.write(b"x" * 4096), file.flush(), os.fdatasync(file.fileno())))
    direct = milliseconds(lambda: predictor.predict(predictor.read(rows)[0]))
    sys.stdout.write(f"{direct:.3f} {written:.1f}")


if __name__ == "__main__":
    main()
