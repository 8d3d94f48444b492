"""Owns how much of the machine other programs took meanwhile: a bench on a busy machine says so in its table."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Neighbours:
    """Counts from now on what the processors did that was none of our doing."""

    def __init__(self) -> None:
        self._since, self._at_first = time.monotonic(), _others_s()

    def cores(self) -> float:
        """Return how many processors they kept busy, on average."""
        return max(0.0, _others_s() - self._at_first) / (time.monotonic() - self._since)


def _others_s() -> float:
    """Return seconds of work by whatever is not this process, nor one that it has started and that has ended."""
    user, nice, system, _, _, hard, soft, stolen = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + hard + soft + stolen) / TICKS - sum(os.times()[:4])
