"""Logbook: where the traffic of a model is kept, as settings say."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import project
from pipeline.serving.hiding import Hiding
from pipeline.serving.postgres import Postgres
from pipeline.serving.terms import Terms
from pipeline.serving.traffic import Traffic

if TYPE_CHECKING:
    from pipeline.serving.predictor import Predictor


def path(model: str) -> Path:
    """Return the file of a model's log, where settings name no database."""
    return project.state() / "traffic" / f"{model}.sqlite"


def reading(model: str, terms: Terms) -> Traffic:
    """Open the log of a model to read it.

    Raises
    ------
    SettingsError, SecretError, StoreError
        If it cannot be opened; see `Postgres`.
    """
    return Traffic(Postgres(terms.traffic, model) if terms.traffic else path(model))


def writing(predictor: "Predictor", terms: Terms, file: Path | None = None) -> Traffic:
    """Open the log of the model that answers.

    Parameters
    ----------
    file
        SQLite file in the place of the one in the project's state; a database that the terms name goes before it.

    Raises
    ------
    SettingsError, SecretError, StoreError
        As `reading`; and if a sensitive column is none of the model's, or there is no key to hash it with.
    """
    hide = Hiding(terms.sensitive, predictor.form.columns) if terms.sensitive else None
    name = predictor.manifest.name
    return Traffic(Postgres(terms.traffic, name) if terms.traffic else file or path(name), hide)
