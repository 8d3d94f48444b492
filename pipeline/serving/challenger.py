"""Challenger: a version on trial in this process: what it is asked, what is seen of it, and when that is enough."""

import hashlib
import logging
import secrets

from pipeline.models import trials
from pipeline.models.trials import Trial
from pipeline.serving import bundle, evidence, tally
from pipeline.serving.evidence import Finding
from pipeline.serving.outcomes import Outcomes
from pipeline.serving.predictor import Predictor
from pipeline.serving.tally import Counting, Side
from pipeline.serving.traffic import Traffic

ITSELF = "its sequential test"
_BITS = 64
_log = logging.getLogger(__name__)


class Challenger:
    """A version that is tried.

    Parameters
    ----------
    predictor
        It; has proved itself.
    traffic
        Where truths come to light; None where nobody keeps them.

    Attributes
    ----------
    ended
        Why it is asked no more; empty while it is.
    """

    def __init__(self, trial: Trial, predictor: Predictor, traffic: Traffic | None) -> None:
        self.trial, self.predictor, self.ended = trial, predictor, ""
        self.counting = Counting(trial)
        self._outcomes = Outcomes(trial, predictor.manifest.goal, traffic) if traffic is not None else None

    def draw(self, key: str | None) -> str:
        """Return the unit of traffic that a request is: always the same for a key, and for none one by itself."""
        if key is None:
            return secrets.token_hex(_BITS // 8)
        salt = self.trial.id.removeprefix("sha256:")[:64].encode()
        return hashlib.blake2b(key.encode(), key=salt, digest_size=_BITS // 8).hexdigest()

    def takes(self, unit: str) -> bool:
        """Say whether a unit is tried: as many as its share says, by chance."""
        return not self.ended and int(unit, 16) < self.trial.share * 2**_BITS

    def failed(self, side: Side, unit: str, why: str) -> None:
        """Count a failure; where it is one too many, nothing more is asked from here on."""
        self.counting.failed(side, unit, why)
        if side is Side.CHALLENGER and not self.ended:
            self._judge(self._events())

    def findings(self) -> list[Finding]:
        """Judge all that is known."""
        return [*self._events(), *([self._outcomes.finding()] if self._outcomes else [])]

    def look(self) -> None:
        """Exchange with other processes what was seen, read what became true, and end the trial where it has to end.

        Raises
        ------
        StoreError, ModelError, BusyError
            If something cannot be read or written. A challenger that has ended here stays so.
        """
        try:
            self.counting.exchange()
            if self._outcomes:
                self._outcomes.read()
        finally:
            found = self.findings()
            if not self.ended:
                self._judge(found)
            if self.ended:
                trials.stop(self.trial, by=ITSELF, reason=self.ended, evidence=tuple(each.line for each in found))

    def _events(self) -> list[Finding]:
        return self.counting.all().findings(self.trial.mode, self.trial.share)

    def _judge(self, found: list[Finding]) -> None:
        self.ended = evidence.verdict(found)
        if self.ended:
            why = self.counting.all().why
            self.ended += f" (first: {why})" if why and self.ended.startswith(evidence.Check.ERRORS) else ""
            _log.error("%s ended itself: %s", self.trial.title, self.ended)


def known(trial: Trial, traffic: Traffic) -> list[Finding]:
    """Judge what all services together have seen of a trial, from what they wrote down.

    Raises
    ------
    StoreError, ModelError
        If something cannot be read.
    """
    outcomes = Outcomes(trial, bundle.read(trial.name, trial.version).goal, traffic)
    outcomes.read()
    return [*tally.kept(trial).findings(trial.mode, trial.share), outcomes.finding()]
