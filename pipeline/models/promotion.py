"""Promotion: which model answers, and every model that ever did. Owns the pointer file in the project's state folder.

Light on purpose: it is asked while a run is planned, so it imports nothing but the standard library at the top.
"""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.errors import ModelError
from pipeline.models.turns import turn
from pipeline.store.objects import project_store, write_atomic

NONE = "none"
_SCHEME = "champion:"
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One line of history: a model became champion.

    Attributes
    ----------
    name
        Registered model.
    version
        Its version in the registry, 1 and up.
    model_digest
        Digest of the model's bytes in the object store.
    run
        Id of the run that promoted it.
    when
        Moment of the promotion, UTC.
    """

    name: str
    version: int
    model_digest: str
    run: str
    when: datetime

    def __post_init__(self) -> None:
        if any(not isinstance(text, str) or not text for text in (self.name, self.model_digest, self.run)):
            raise TypeError("name, model_digest and run are texts that are not empty")
        if type(self.version) is not int or self.version < 1:
            raise TypeError(f"version is a whole number from 1 up, not {self.version!r}")
        if self.when.tzinfo is None:
            raise TypeError("when has a time zone")

    def as_scrap(self) -> dict[str, str | int]:
        """Return what names the model, without when and by which run it was promoted."""
        return {"name": self.name, "version": self.version, "model_digest": self.model_digest}


def history() -> tuple[Promotion, ...]:
    """Read every promotion of the project, oldest first; the last one is the champion.

    Raises
    ------
    ModelError
        If the pointer file is damaged. It is left as it is.
    """
    path = _pointer()
    try:
        return _parse(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} does not read as a history of promotions: {error}. Nothing was changed. "
            "Bring the file back from a copy, or move it away to start a new history."
        ) from error


def champion() -> Promotion | None:
    """Return the model that answers now; a stage that asks depends on the answer."""
    found = next(reversed(history()), None)
    _audit("", found)
    return found


def incumbent(model_digest: str) -> Promotion | None:
    """Return the newest champion that is another model than this one; a stage that asks depends on the answer.

    A stage that is run again after its own model was promoted sees the same incumbent as before.
    """
    found = _other_than(model_digest)
    _audit(model_digest, found)
    return found


def fingerprint(uri: str) -> str:
    """Return what `champion` (`champion:`) or `incumbent` (`champion:<model digest>`) would answer now, as a digest.

    Raises
    ------
    ModelError
        If the uri is of another kind.
    """
    if not uri.startswith(_SCHEME):
        raise ModelError(f"{uri!r} names no champion: such a source is written {_SCHEME}<model digest>.")
    return _digest(_other_than(uri.removeprefix(_SCHEME)))


def promote(*, name: str, version: int, model_digest: str, run: str, timeout_s: float = 30.0) -> Promotion:
    """Make a version the champion; nothing happens where it is that already.

    Parameters
    ----------
    name, version, model_digest, run
        As in `Promotion`.
    timeout_s
        How long to wait for other promotions, in seconds.

    Returns
    -------
    Promotion
        The line of history that made this version champion.

    Raises
    ------
    ModelError
        If the model is not in the object store, the history is damaged, or another promotion holds the lock too long.
    """
    wanted = Promotion(name=name, version=version, model_digest=model_digest, run=run, when=datetime.now(UTC))
    _require_stored(wanted)
    with turn(_pointer().with_suffix(".lock"), timeout_s):
        past = history()
        if past and past[-1].as_scrap() == wanted.as_scrap():
            return past[-1]
        write_atomic(_pointer(), _render((*past, wanted)))
    return wanted


def _pointer() -> Path:
    return project.state() / "models" / "champion.json"


def _other_than(model_digest: str) -> Promotion | None:
    return next((past for past in reversed(history()) if past.model_digest != model_digest), None)


def _digest(found: Promotion | None) -> str:
    return found.model_digest if found else NONE


def _audit(asked: str, found: Promotion | None) -> None:
    sys.audit("pipeline.source", f"{_SCHEME}{asked}", _digest(found))


def _parse(data: bytes) -> tuple[Promotion, ...]:
    read: dict[str, Any] = json.loads(data)
    if read["format"] != _FORMAT:
        raise ValueError(f"its format is {read['format']!r}, known here is {_FORMAT}")
    return tuple(Promotion(**{**line, "when": datetime.fromisoformat(line["when"])}) for line in read["history"])


def _render(past: tuple[Promotion, ...]) -> bytes:
    lines = [{**asdict(line), "when": line.when.isoformat()} for line in past]
    return (json.dumps({"format": _FORMAT, "history": lines}, indent=2) + "\n").encode()


def _require_stored(wanted: Promotion) -> None:
    if not project_store().has(wanted.model_digest):
        raise ModelError(
            f"version {wanted.version} of {wanted.name!r} cannot become champion: its model {wanted.model_digest} is "
            "not in the project's object store. Run the stage that made it again."
        )
