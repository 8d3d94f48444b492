"""Rehearsal: a state folder as it was when a stage ran, on a copy of which it can be run again without consequences."""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import project
from pipeline.data.snapshots import VARIABLE as SNAPSHOTS
from pipeline.models import connection, promotion

VARIABLE = "PIPELINE_VERIFY"  # set to 1 for stages that act on the world outside, and should not this time
_SERVERS = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")


def prepare(folder: Path, moment: datetime) -> dict[str, str]:
    """Make a state folder with the registry as it is and the champions as they were.

    A model that was registered then is found in the copy, so that it gets the same version again.

    Parameters
    ----------
    folder
        Where to make it.
    moment
        When the stage ran, UTC.

    Returns
    -------
    dict
        Variables for the environment of a kernel; what it registers or promotes then happens to the copy.

    Raises
    ------
    ModelError
        If the history of promotions is damaged.
    """
    from pipeline.serving import bundle  # loads what models are made of

    folder.mkdir(parents=True, exist_ok=True)
    promotion.copy_until(moment, folder)
    if (bundles := project.state() / bundle.FOLDER).is_dir():
        shutil.copytree(bundles, folder / bundle.FOLDER)
    if connection.database().is_file():
        _copy(connection.database(), folder / connection.database().name)
    # Empty: a registry on a server is not asked, because it would be written to.
    return {project.STATE_VARIABLE: str(folder), VARIABLE: "1", **dict.fromkeys(_SERVERS, "")}


def started(document: Mapping[str, object]) -> datetime:
    """Return when a report's execution began; now where it does not say."""
    metadata = document.get("metadata")
    stamps = metadata.get("papermill") if isinstance(metadata, dict) else None
    try:
        found = datetime.fromisoformat(stamps["start_time"] if isinstance(stamps, dict) else "")
    except (KeyError, TypeError, ValueError):
        return datetime.now(UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def snapshots(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the variable of the environment that has a stage read what it read then, whatever its sources hold now."""
    read = document["metadata"].get("pipeline", {}).get("snapshots", {})
    return {SNAPSHOTS: json.dumps(read)}


def _copy(database: Path, target: Path) -> None:
    """Copy a database that others may be writing to."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
