"""Logbook: where the traffic of a model is kept, as settings say."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import project
from pipeline.data import addresses
from pipeline.serving.hiding import Hiding
from pipeline.serving.postgres import Postgres
from pipeline.serving.terms import Terms

if TYPE_CHECKING:
    from pipeline.serving.predictor import Predictor
    from pipeline.serving.traffic import Traffic


def path(model: str) -> Path:
    """Return the file of a model's log, where settings name no database."""
    return project.state() / "traffic" / f"{model}.sqlite"


def reading(model: str, terms: Terms) -> "Traffic":
    """Open the log of a model to read it.

    Raises
    ------
    SettingsError, SecretError, StoreError
        If it cannot be opened; see `Postgres`.
    """
    from pipeline.serving.traffic import Traffic  # most runs ask only whether there is a log

    return Traffic(_kept(model, terms))


def writing(predictor: "Predictor", terms: Terms, place: str = "") -> "Traffic":
    """Open the log of the model that answers.

    Parameters
    ----------
    place
        File of SQLite or PostgreSQL database in the place of the one that the terms name.

    Raises
    ------
    SettingsError, SecretError, StoreError
        As `reading`; and if a sensitive column is none of the model's, or there is no key to hash it with.
    """
    from pipeline.serving.traffic import Traffic

    hide = Hiding(terms.sensitive, predictor.form.columns) if terms.sensitive else None
    name = predictor.manifest.name
    return Traffic(at(place, name) if place else _kept(name, terms), hide)


def at(place: str, model: str) -> "Path | Postgres":
    """Find the log of a model at a place: a file of SQLite, or a PostgreSQL database.

    Raises
    ------
    SettingsError, SecretError, StoreError
        As `Postgres`.
    """
    is_database = "://" in place or place.startswith(addresses.SECRET)
    return Postgres(place, model) if is_database else Path(place)


def _kept(model: str, terms: Terms) -> "Path | Postgres":
    return Postgres(terms.traffic, model) if terms.traffic else path(model)
