"""Rates: how often one caller may ask. Whoever asks more often is told when to ask again."""

import math
import time
from collections import OrderedDict

from pipeline.serving.exchange import Refused

_BURST_S = 1.0  # so much of what a caller did not ask before may be asked at once
_MOST_CALLERS = 10_000  # that are remembered, the latest


class Rates:
    """A bucket that leaks, for each caller (the generic cell rate algorithm of ATM Forum TM 4.0, 1996).

    Parameters
    ----------
    per_s
        Requests that one caller may send a second; None: any.
    """

    def __init__(self, per_s: float | None) -> None:
        self._every_s = 0.0 if per_s is None else 1 / per_s
        self._due: OrderedDict[str, float] = OrderedDict()

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self._every_s > 0

    def require(self, caller: str) -> None:
        """Let a request pass.

        Raises
        ------
        Refused
            If the caller asks too often (429); with the seconds after which there is room again.
        """
        now = time.monotonic()
        due = max(now, self._due.pop(caller, now))
        ahead = due - now - max(_BURST_S - self._every_s, 0)
        self._due[caller] = due if ahead > 0 else due + self._every_s
        if len(self._due) > _MOST_CALLERS:
            self._due.popitem(last=False)
        if ahead > 0:
            raise Refused(
                429, "you ask too often: try again later", headers={"Retry-After": str(max(1, math.ceil(ahead)))}
            )
