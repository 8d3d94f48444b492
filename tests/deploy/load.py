"""Load: a service is asked while something is done to it."""

import http.client
import json
import threading
import time
from typing import Self
from urllib.parse import urlsplit

from pipeline.serving.bundle import Manifest


class Load:
    """Ask hundreds of times a second, on connections that are kept and on new ones, and keep what was answered.

    Attributes
    ----------
    versions, failures
        Which version gave each answer, and what went wrong.
    gap_s
        Longest time in which none came, in seconds.
    """

    def __init__(self, url: str, manifest: Manifest, token: str = "") -> None:
        self._address, self._body = urlsplit(url).netloc, json.dumps({"rows": manifest.golden[:3]})
        self.versions: list[int] = []
        self.failures: list[str] = []
        self.gap_s, self._last = 0.0, time.monotonic()
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._over = threading.Event()
        self._askers = [threading.Thread(target=self._ask, args=(kept,)) for kept in (True, True, False, False)]

    def __enter__(self) -> Self:
        for each in self._askers:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for each in self._askers:
            each.join()

    def _ask(self, kept: bool) -> None:  # noqa: FBT001 - one of two ways
        line = http.client.HTTPConnection(self._address, timeout=60)
        while not self._over.is_set():
            try:
                line.request("POST", "/predict", self._body, self._headers)
                answer = line.getresponse()
                said = json.loads(answer.read())
                self.versions.append(said["version"])
                now = time.monotonic()
                self.gap_s, self._last = max(self.gap_s, now - self._last), now
            except (OSError, http.client.HTTPException, KeyError) as error:
                self.failures.append(repr(error))
            if not kept:
                line.close()
            self._over.wait(0.01)  # the machine has to start processes too
        line.close()
