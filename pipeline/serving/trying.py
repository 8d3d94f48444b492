"""Trying: a version that is tried beside the champion is asked soon after somebody said so, and no longer than that."""

import logging
import time
from typing import TYPE_CHECKING

from pipeline.errors import ModelError, PipelineError, StoreError
from pipeline.models import trials
from pipeline.models.trials import End, Told, Trial
from pipeline.serving import bundle
from pipeline.serving.challenger import ITSELF, Challenger
from pipeline.serving.predictor import Predictor
from pipeline.store.objects import project_store

if TYPE_CHECKING:
    from pipeline.serving.traffic import Traffic

_EXCHANGE_S = 1.0
_log = logging.getLogger(__name__)


class Trying:
    """The trial of a model.

    Attributes
    ----------
    challenger
        Who is asked beside the champion; None while nobody is tried.
    told
        The newest trial that was followed, and how it ended; None where there was none.
    traffic
        Where outcomes come to light; None: nowhere.
    failure
        Why a trial is not followed; empty where it is.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.traffic: Traffic | None = None
        self.challenger: Challenger | None = None
        self.told: Told | None = None
        self.failure = ""
        self._looked = 0.0

    def follow(self, champion: Predictor) -> None:
        """Do what the log of trials says. Whatever a challenger does here, the champion goes on."""
        try:
            self._follow(champion)
            self.failure = ""
        except Exception as error:  # noqa: BLE001 - see above
            if str(error) != self.failure:
                _log.error("the trial of %r is not followed: %s", self._name, error)
            self.failure = str(error)
            self.challenger = None

    def look(self) -> bool:
        """Look at what was seen, once a second, and say whether the trial ended with it."""
        challenger, now = self.challenger, time.monotonic()
        if challenger is None or (now < self._looked + _EXCHANGE_S and not challenger.ended):
            return False
        self._looked = now
        try:
            challenger.look()
        except PipelineError as error:
            _log.error("the evidence of %s is not complete: %s", challenger.trial.title, error)
        return bool(challenger.ended)

    def _follow(self, champion: Predictor) -> None:
        past = trials.history(self._name)
        told = past[-1] if past else None
        if told is None or told.end is not None:
            self.challenger = None
        elif self.challenger is None or self.challenger.trial.id != told.trial.id:
            self.challenger = None
            told = Told(trial=told.trial, end=self._take_up(told.trial, champion))
        self.told = told

    def _take_up(self, trial: Trial, champion: Predictor) -> End | None:
        """Ask a version from now on, and say how its trial ended where it does not prove itself."""
        try:
            self.challenger = Challenger(trial, _load(trial, champion), self.traffic)
            _log.warning("%s is asked from now on", trial.title)
        except (StoreError, OSError):
            raise  # it may be there the next time
        except Exception as error:  # noqa: BLE001 - a challenger that cannot be loaded is not tried
            _log.error("%s is not asked: %s", trial.title, error)
            return trials.stop(trial, by=ITSELF, reason=f"it does not prove itself: {error}")
        return None


def _load(trial: Trial, champion: Predictor) -> Predictor:
    manifest = bundle.read(trial.name, trial.version)
    if manifest.model_digest != trial.model_digest:
        raise ModelError(f"the bundle of {manifest.title} is of another model than the one on trial. Write it again.")
    if manifest.goal != champion.manifest.goal:
        raise ModelError(f"{manifest.title} predicts another thing than the champion does, so nothing compares them.")
    return Predictor(manifest, project_store())
