"""Following: the version that answers is the champion, soon after it became so, and only if it proves itself."""

import logging
import threading
from pathlib import Path
from typing import Protocol

from pipeline import project
from pipeline.errors import ModelError, PipelineError
from pipeline.models import promotion
from pipeline.serving import bundle
from pipeline.serving.predictor import Predictor
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
        Why it is not the one it should be; empty where it is.
    """

    name: str
    predictor: Predictor
    swaps: int
    failure: str

    def start(self) -> None:
        """Begin, with the server."""

    def stop(self) -> None:
        """End, with the server."""


class Fixed:
    """One version for good, as far from its project as it was packed."""

    def __init__(self, predictor: Predictor) -> None:
        self.name, self.predictor, self.swaps, self.failure = predictor.manifest.name, predictor, 0, ""

    def start(self) -> None:
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
        self.name, self.swaps, self.failure = name, 0, ""
        self._seen = self._stamps()
        self.predictor = _load(name)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="champion", daemon=True)

    def start(self) -> None:
        """Look for another champion from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Take up another champion, where there is one; whatever is wrong with it, the present one goes on."""
        stamps = self._stamps()
        if stamps == self._seen and not self.failure:
            return
        try:
            self._take_up()
            self.failure = ""
        except (PipelineError, OSError) as error:
            if str(error) != self.failure:
                _log.error("the champion of %r is not taken up: %s", self.name, error)
            self.failure = str(error)
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
        """Tell whether the log or a bundle was written since."""
        log, bundles = promotion.log_file(), bundle.path(self.name, 1).parent
        return [_stamp(path) for path in (log, bundles)]


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
