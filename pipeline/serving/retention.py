"""Retention: predictions that are too old or too many are removed, a few at a time, so that nobody waits to write."""

import threading
from dataclasses import dataclass

from pipeline.serving.terms import Terms
from pipeline.serving.traffic import Traffic

AT_ONCE = 500  # rows of one commit: some milliseconds
_REST_S = 0.02  # between commits
_DAY_S = 86_400


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What is kept.

    Attributes
    ----------
    days
        Age from which on predictions are removed; None: at no age.
    rows
        So many of the newest are kept; None: all.
    size_bytes
        About so much of the newest is kept, with labels and indexes; None: all.
    watch_days
        Predictions of so many days, which monitoring looks at, are kept in any case.
    """

    days: float | None
    rows: int | None
    watch_days: float
    size_bytes: int | None = None

    @classmethod
    def of(cls, terms: Terms) -> "Retention":
        """Keep what settings say."""
        size_bytes = None if terms.traffic_keep_mb is None else int(terms.traffic_keep_mb * 2**20)
        return cls(
            days=terms.traffic_keep_days,
            rows=terms.traffic_keep_rows,
            size_bytes=size_bytes,
            watch_days=terms.traffic_watch_days,
        )

    def remove(self, traffic: Traffic, now: float, over: threading.Event) -> int:
        """Remove what need not be kept, with its labels, until it is done or somebody says that it is over.

        Parameters
        ----------
        now
            Seconds since 1970.

        Returns
        -------
            How many predictions were removed.

        Raises
        ------
        StoreError
            If the log cannot be written.
        """
        before, removed = self._before(traffic, now), 0
        while before is not None and not over.is_set():
            some = traffic.remove(before, AT_ONCE)
            removed += some
            if some < AT_ONCE:
                break
            over.wait(_REST_S)
        return removed

    def _before(self, traffic: Traffic, now: float) -> float | None:
        """Return the time before which predictions are removed; None where all are kept."""
        ends = [] if self.days is None else [now - self.days * _DAY_S]
        fitting = None if self.size_bytes is None else traffic.fitting(self.size_bytes)
        newest = [traffic.since(rows) for rows in (self.rows, fitting) if rows is not None]
        ends += [each for each in newest if each is not None]
        return min(max(ends), now - self.watch_days * _DAY_S) if ends else None
