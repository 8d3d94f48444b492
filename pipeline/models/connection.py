"""Connection: where the registry is, and an MLflow client for it that is quiet, offline and speaks in our errors."""

import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import project
from pipeline.errors import ModelError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SERVER = "MLFLOW_TRACKING_URI"
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
}


def location() -> str:
    """Return the URI of the registry, as MLflow's own commands take it."""
    path = str(database()).replace("%", "%25").replace("?", "%3F")  # SQLAlchemy decodes it and ends it at a "?"
    return os.environ.get(_SERVER) or f"sqlite:///{path}"


def database() -> Path:
    """Return the path of the registry that a project has by itself."""
    return project.state() / "mlflow.db"


def artifacts(name: str) -> str | None:
    """Return the URI of the folder for a model's files, None where a server decides."""
    return None if os.environ.get(_SERVER) else (project.state() / "mlartifacts" / name).as_uri()


@contextmanager
def session(purpose: str) -> Iterator["MlflowClient"]:
    """Open a client for the block.

    Parameters
    ----------
    purpose
        The start of the message if it fails: `cannot register ...`.

    Raises
    ------
    ModelError
        If the registry does not answer, or refuses a value.
    """
    _require_database()
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what MLflow's libraries say to MLflow's authors
        try:
            from mlflow import MlflowClient

            registry = os.environ.get("MLFLOW_REGISTRY_URI") or location()
            yield MlflowClient(tracking_uri=location(), registry_uri=registry)
        except ModelError:
            raise
        except Exception as error:  # MLflow passes on what its database, its server or the disk raised
            raise ModelError(
                f"{purpose}: {_first_line(error)}. The registry is at {location()}: mend that, or the value it refused."
            ) from error


def _require_database() -> None:
    """Refuse a database file that cannot be used at once; MLflow would go on trying for minutes."""
    if os.environ.get(_SERVER):
        return
    try:
        with closing(sqlite3.connect(database())) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        raise ModelError(f"cannot use {database()}: {error}. Make it and its folder writable.") from error
    except sqlite3.DatabaseError as error:
        raise ModelError(
            f"{database()} is damaged: {error}. Bring it back from a copy, or move it away: it is made anew, and "
            "versions are registered again as they are deployed."
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
