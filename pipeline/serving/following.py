"""Following: the version that answers is the champion, soon after it became so, and only if it proves itself."""

import logging
import threading
from pathlib import Path
from typing import Protocol

from pipeline import project
from pipeline.errors import ModelError
from pipeline.models import promotion, trials
from pipeline.models.trials import Told
from pipeline.serving import bundle
from pipeline.serving.challenger import Challenger
from pipeline.serving.predictor import Predictor
from pipeline.serving.traffic import Traffic
from pipeline.serving.trying import Trying
from pipeline.store.objects import project_store

EVERY_S = 0.5
AGAIN_S = 2.0  # after a failure: loading costs more than looking
_log = logging.getLogger(__name__)


class Answering(Protocol):
    """Who answers. Whoever asks takes `predictor` once, and with it one version.

    Attributes
    ----------
    swaps
        How often `predictor` was replaced.
    failure
        Why it is not the one it should be, or a trial is not followed; empty where all is as it should be.
    """

    name: str
    predictor: Predictor
    swaps: int

    @property
    def failure(self) -> str:
        """As above."""

    @property
    def challenger(self) -> Challenger | None:
        """Who is tried beside it; None while nobody is."""

    @property
    def trial(self) -> Told | None:
        """The newest trial, and how it ended; None where there was none."""

    def start(self, traffic: Traffic | None = None) -> None:
        """Begin, with the server.

        Parameters
        ----------
        traffic
            Where the outcomes of a trial come to light; None: nowhere.
        """

    def stop(self) -> None:
        """End, with the server."""


class Fixed:
    """One version for good, as far from its project as it was packed."""

    def __init__(self, predictor: Predictor) -> None:
        self.name, self.predictor, self.swaps, self.failure = predictor.manifest.name, predictor, 0, ""
        self.challenger: Challenger | None = None
        self.trial: Told | None = None

    def start(self, traffic: Traffic | None = None) -> None:
        """Nothing is to be begun."""

    def stop(self) -> None:
        """Nothing is to be ended."""


class Champion:
    """The predictor of a model's champion; another is taken up in one step once it is champion and has proved itself.

    Raises
    ------
    ModelError
        If there is no champion, or it does not prove itself: see `Predictor`.
    """

    def __init__(self, name: str) -> None:
        self.name, self.swaps, self._failure = name, 0, ""
        self._seen = self._stamps()
        self.predictor = _load(name)
        self._trying = Trying(name)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="champion", daemon=True)

    def start(self, traffic: Traffic | None = None) -> None:
        """Follow what goes on, and look for another champion or trial from now on."""
        self._trying.traffic = traffic
        self._trying.follow(self.predictor)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def failure(self) -> str:
        """Why it is not the one it should be, or a trial is not followed."""
        return self._failure or self._trying.failure

    @property
    def challenger(self) -> Challenger | None:
        """Who is tried beside it."""
        return self._trying.challenger

    @property
    def trial(self) -> Told | None:
        """The newest trial."""
        return self._trying.told

    def look(self) -> None:
        """Take up another champion or trial, where there is one; whatever is wrong with it, the present one goes on."""
        stamps, ended = self._stamps(), self._trying.look()
        if stamps == self._seen and not self.failure and not ended:
            return
        try:
            self._take_up()
            self._failure = ""
        except Exception as error:  # noqa: BLE001 - see above
            if str(error) != self._failure:
                _log.error("the champion of %r is not taken up: %s", self.name, error)
            self._failure = str(error)
        self._trying.follow(self.predictor)
        self._seen = stamps

    def _take_up(self) -> None:
        present = self.predictor.manifest
        wanted = champion(self.name)
        if wanted.digest != present.digest:
            self.predictor = Predictor(wanted, project_store())
            self.swaps += 1
            _log.warning("%s answers from now on, no longer version %s", wanted.title, present.version)

    def _follow(self) -> None:
        while not self._stopped.wait(AGAIN_S if self.failure else EVERY_S):
            self.look()

    def _stamps(self) -> list[tuple[int, int] | None]:
        """Tell whether a log or a bundle was written since."""
        bundles = bundle.path(self.name, 1).parent
        return [_stamp(path) for path in (promotion.log_file(), trials.log_file(), bundles)]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _load(name: str) -> Predictor:
    return Predictor(champion(name), project_store())


def champion(name: str) -> bundle.Manifest:
    """Read the bundle of a model's champion.

    Raises
    ------
    ModelError
        If there is no champion, or its bundle is missing, changed, or of another model.
    """
    past = promotion.history(name)
    if not past:
        raise ModelError(
            f"no version of {name!r} is champion in {project.root()}, so none can answer. Run the pipeline until one "
            "passes its gates, or `pipeline promote` one."
        )
    found = bundle.read(name, past[-1].version)
    if found.model_digest != past[-1].model_digest:
        raise ModelError(f"the bundle of {found.title} is of another model than the one promoted. Write it again.")
    return found
