"""Upkeep: what the service does beside answering. It writes down how requests ended, and removes what is too old."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from pipeline.errors import StoreError
from pipeline.serving.retention import Retention
from pipeline.serving.traffic import Requests, Traffic

EVERY_S = 5.0
_REMOVE_EVERY_S = 3600.0
_MINUTE_S = 60
_MOST_HELD = 20_000  # counts, while they cannot be written
_log = logging.getLogger(__name__)
_Key = tuple[int, str, int, int]


class Tally:
    """How requests ended that is not written down yet; any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[_Key, tuple[int, float, float]] = {}

    def add(self, route: str, status: int, version: int, seconds: float) -> None:
        """Count a request that ended now."""
        self._add((int(time.time()) // _MINUTE_S * _MINUTE_S, route, status, version), 1, seconds, seconds)

    def _add(self, key: _Key, count: int, seconds: float, slowest_s: float) -> None:
        with self._lock:
            known, total, slowest = self._counts.get(key, (0, 0.0, 0.0))
            self._counts[key] = (known + count, total + seconds, max(slowest, slowest_s))

    def take(self) -> list[Requests]:
        """Return what was counted, and begin anew."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return [
            Requests(
                minute=minute,
                route=route,
                status=status,
                version=version,
                count=count,
                seconds=seconds,
                slowest_s=slowest_s,
            )
            for (minute, route, status, version), (count, seconds, slowest_s) in taken.items()
        ]

    def put_back(self, entries: Sequence[Requests]) -> None:
        """Take back what could not be written; of more than can be held, the newest."""
        for each in entries[-_MOST_HELD:]:
            self._add((each.minute, each.route, each.status, each.version), each.count, each.seconds, each.slowest_s)


class _Tell(Protocol):
    def __call__(self, *, well: bool) -> None: ...


class Upkeep:
    """A thread that looks after the log.

    Parameters
    ----------
    tell
        Told whether the log could be written, each time that was tried.
    """

    def __init__(self, traffic: Traffic, retention: Retention, tell: _Tell) -> None:
        self.tally, self._traffic, self._retention, self._tell = Tally(), traffic, retention, tell
        self._over, self._removed_at = threading.Event(), -_REMOVE_EVERY_S
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin, with the server."""
        self._thread.start()

    def stop(self) -> None:
        """End, and write down what was counted."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.count()

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            if self.count() and time.monotonic() - self._removed_at >= _REMOVE_EVERY_S:
                self._removed_at = time.monotonic()
                self.remove()

    def count(self) -> bool:
        """Write down how requests ended, and say whether that was possible."""
        entries = self.tally.take()
        try:
            self._traffic.write([entries])
        except StoreError as error:
            self.tally.put_back(entries)
            _log.error("%s", error)
            self._tell(well=False)
            return False
        self._tell(well=True)
        return True

    def remove(self) -> None:
        """Remove what need not be kept."""
        try:
            if removed := self._retention.remove(self._traffic, time.time(), self._over):
                _log.info("%s predictions were removed from the log", removed)
        except StoreError as error:
            _log.error("%s", error)
