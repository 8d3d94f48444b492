"""Silence: since when nobody has asked a service, where it was never that long between two questions before.

Windows are made of rows, so what has stopped makes none; and a report is the same for the same log. So whoever watches
looks at the clock, and tells the stage that watches.
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise

from pipeline.errors import PipelineError
from pipeline.serving import marks

_DAY_S = 86_400.0
_LOOKED_AT_S = 30 * _DAY_S
_HOUR_S = 3600.0
_PAUSES = 2


def since(model: str, now: datetime) -> datetime | None:
    """Return the minute since which nobody has asked for a prediction; None where there is nothing unusual.

    Usual is what the 30 days before the last answer had. A log that cannot be read tells nothing here: the stage that
    reads it says why.
    """
    try:
        minutes = _asked(model, now.timestamp())
    except PipelineError:
        return None
    last = silent(minutes, now.timestamp())
    return None if last is None else datetime.fromtimestamp(last, UTC)


def silent(minutes: Sequence[float], now: float) -> float | None:
    """Return the last of the minutes where what passed since is no pause as they have them.

    Parameters
    ----------
    minutes
        In which somebody asked, in their order, in seconds since 1970: of a day or more, to tell what is usual.
    now
        As they are. Silent is more than an hour, and more than twice the longest pause.

    >>> [silent([0, 7200, 86_400], now) for now in (86_400 + 158_400, 86_400 + 158_401)]
    [None, 86400]
    >>> silent([0, 7200], 10**6)
    """
    if not minutes or minutes[-1] - minutes[0] < _DAY_S:
        return None
    longest = max(after - before for before, after in pairwise(minutes))
    return minutes[-1] if now - minutes[-1] > max(_HOUR_S, _PAUSES * longest) else None


def _asked(model: str, now: float) -> list[float]:
    traffic = marks.opened(model)
    if traffic is None:
        return []
    with closing(traffic):
        span = traffic.span()
        found = traffic.requests(span[1] - _LOOKED_AT_S, now) if span else []
    return sorted({float(each.minute) for each in found if each.route == marks.ANSWERING})
