"""Packed: the service on a packed version, for whatever listens in the place of its own server.

A site of somebody else's, or a function in a cloud. It is the same service: same routes, rules, refusals and answers.
"""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from pipeline import secrecy
from pipeline.errors import SettingsError, near
from pipeline.serving import logbook, packing, terms
from pipeline.serving.access import TOKEN, Access, Decided
from pipeline.serving.app import Service
from pipeline.serving.following import Fixed
from pipeline.serving.hiding import Hiding
from pipeline.serving.predictor import Predictor
from pipeline.serving.spoken import Spoken
from pipeline.serving.terms import Terms
from pipeline.serving.traffic import Traffic

BUNDLE, TERMS = "bundle", "serve.json"
GUARD = "PIPELINE_SERVE_ACCESS"
REHEARSAL = "PIPELINE_REHEARSAL"
Guard = Literal["token", "outside"]
"""Who decides who may ask: a token that callers send, or what stands outside, a site or a cloud's platform."""


def service(predictor: Predictor, *, log: str, guard: Guard, chosen: Terms) -> Service:
    """Make the service.

    Parameters
    ----------
    log
        Where predictions are written down: a file of SQLite, a PostgreSQL database (`postgresql://...`), or empty:
        lines on standard output.
    chosen
        What settings of the project say, but for the log.

    Raises
    ------
    SettingsError
        If a token shall guard it and there is none, or a sensitive column is none of the model's.
    SecretError, StoreError
        If the log cannot be opened.
    """
    return Service(Fixed(predictor), _traffic(predictor, log, chosen), access(guard), chosen)


def function(folder: Path) -> Service:
    """Make the service of a function in a cloud; see `prepared`."""
    return prepared(folder)()


def prepared(folder: Path) -> Callable[[], Service]:
    """Load what was built for a function in a cloud, and return what makes its service, in whatever process that is.

    It has no disk of its own: settings name a PostgreSQL database, or predictions are lines on standard output.
    The variable `PIPELINE_SERVE_ACCESS`, `token` or `outside`, says who decides who may ask.

    Raises
    ------
    SettingsError, SecretError
        As in `service`, or if the variable says something else.
    ModelError, StoreError, ScrapError
        If the bundle is damaged, or does not prove itself.
    """
    chosen = terms.read(json.loads((folder / TERMS).read_text(encoding="utf-8")))
    predictor = packing.load(str(folder / BUNDLE))
    if REHEARSAL in os.environ:  # asked to see whether all is well: no database hears of it
        hidden = chosen.model_copy(update={"sensitive": dict.fromkeys(chosen.sensitive, "drop")})  # nor needs it a key
        return partial(service, predictor, log="", guard="outside", chosen=hidden)
    said = os.environ.get(GUARD, "token")
    if said not in get_args(Guard):
        raise SettingsError(f"{GUARD} is {said!r}: {near(said, get_args(Guard))}")
    guard: Guard = "outside" if said == "outside" else "token"
    require(predictor, guard, chosen)
    return partial(service, predictor, log=chosen.traffic, guard=guard, chosen=chosen)


def require(predictor: Predictor, guard: Guard, chosen: Terms) -> None:
    """Find out before anybody asks whether a service can be made; its log alone is opened later.

    Raises
    ------
    SettingsError, SecretError
        As in `service`.
    """
    access(guard)
    _hiding(predictor, chosen)


def access(guard: Guard) -> Access:
    """Say who may ask.

    Raises
    ------
    SettingsError
        If a token shall guard the service and there is none.
    """
    if guard == "outside":
        return Decided()
    if not (token := secrecy.find(TOKEN)):
        raise SettingsError(
            f"whoever asks must know a token: set {TOKEN} in the environment, or as a file where secrets are mounted. "
            f"Where the site or platform around it decides who may ask, say so: guard='outside', or {GUARD}=outside."
        )
    return Access("anywhere", token)


def _traffic(predictor: Predictor, log: str, chosen: Terms) -> Traffic:
    hide = _hiding(predictor, chosen)
    if not log:
        return Spoken(hide)
    return Traffic(logbook.at(log, predictor.manifest.name), hide)


def _hiding(predictor: Predictor, chosen: Terms) -> Hiding | None:
    return Hiding(chosen.sensitive, predictor.form.columns) if chosen.sensitive else None
