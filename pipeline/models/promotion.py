"""Promotion: which model answers, and every model that ever did. Owns the pointer file in the project's state folder.

Light on purpose: it is asked while a run is planned, so it imports nothing but the standard library at the top.
"""

import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.errors import ModelError
from pipeline.store.objects import project_store, write_atomic
from pipeline.turns import turn

NONE = "none"
SCHEME = "champion:"
_FORMAT = 2
_POINTER = Path("models") / "champion.json"


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
    data_digest, test_digest
        Of the tables it learnt from and was tested on, there too.
    threshold
        A row is positive from this probability up, 0 to 1.
    run
        Id of the run that promoted it.
    when
        Moment of the promotion, UTC.
    """

    name: str
    version: int
    model_digest: str
    data_digest: str
    test_digest: str
    threshold: float
    run: str
    when: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        texts = (self.name, self.model_digest, self.data_digest, self.test_digest, self.run)
        if any(not isinstance(text, str) or not text for text in texts):
            raise TypeError("name, model_digest, data_digest, test_digest and run are texts that are not empty")
        if not isinstance(self.threshold, float) or not 0 <= self.threshold <= 1:
            raise TypeError(f"threshold is a number from 0 to 1, not {self.threshold!r}")
        if type(self.version) is not int or self.version < 1:
            raise TypeError(f"version is a whole number from 1 up, not {self.version!r}")
        if self.when.tzinfo is None:
            raise TypeError("when has a time zone")

    def as_scrap(self) -> dict[str, str | int | float]:
        """Return the model and what it was made from, without when and by which run it was promoted."""
        return {name: value for name, value in asdict(self).items() if name not in {"run", "when"}}


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
    if not uri.startswith(SCHEME):
        raise ModelError(f"{uri!r} names no champion: such a source is written {SCHEME}<model digest>.")
    return _digest(_other_than(uri.removeprefix(SCHEME)))


def promote(wanted: Promotion, *, against: str | None, timeout_s: float = 30.0) -> Promotion:
    """Make a version the champion; nothing happens where it is that already.

    Parameters
    ----------
    wanted
        The line of history to add.
    against
        Digest of the champion that the model was judged against, None where there was none. A verdict that was reached
        against another than the present one says nothing about it.
    timeout_s
        How long to wait for other promotions, in seconds.

    Returns
    -------
    Promotion
        The line of history that made this version champion.

    Raises
    ------
    ModelError
        If the model is not in the object store, it was judged against another champion than the present one, the
        history is damaged, or another promotion holds the lock too long.
    """
    _require_stored(wanted)
    with turn(_pointer().with_suffix(".lock"), timeout_s):
        past = history()
        if past and past[-1].as_scrap() == wanted.as_scrap():
            return past[-1]
        _require_judged(wanted, against, past)
        write_atomic(_pointer(), _render((*past, wanted)))
    return wanted


def copy_until(moment: datetime, folder: Path) -> None:
    """Write the history as it was at a moment into another state folder, for a stage that is run again.

    Raises
    ------
    ModelError
        As in `history`.
    """
    known = tuple(line for line in history() if line.when <= moment)
    write_atomic(folder / _POINTER, _render(known))


def _pointer() -> Path:
    return project.state() / _POINTER


def _other_than(model_digest: str) -> Promotion | None:
    return next((past for past in reversed(history()) if past.model_digest != model_digest), None)


def _digest(found: Promotion | None) -> str:
    return found.model_digest if found else NONE


def _audit(asked: str, found: Promotion | None) -> None:
    sys.audit("pipeline.source", f"{SCHEME}{asked}", _digest(found))


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


def _require_judged(wanted: Promotion, against: str | None, past: tuple[Promotion, ...]) -> None:
    present = past[-1].model_digest if past else None
    if present not in {against, wanted.model_digest}:
        named = {line.model_digest: f"{line.name!r} version {line.version}" for line in past} | {None: "none"}
        raise ModelError(
            f"{wanted.name!r} version {wanted.version} is not promoted: it was judged against "
            f"{named.get(against, against)}, the champion is now {named[present]}. Nothing was changed; evaluate again."
        )
