"""Observing: the files with which Prometheus, Alertmanager, Grafana and Elasticsearch watch what answers."""

import shutil
from pathlib import Path

from pipeline.errors import UsageError

FILES = Path(__file__).parent / "observability"


def write(folder: Path) -> list[Path]:
    """Write the files, to be fitted to a place: addresses, who is told.

    Parameters
    ----------
    folder
        New or empty: what somebody has fitted is not written over.

    Returns
    -------
        What was written, in the order of the names.

    Raises
    ------
    UsageError
        If there is something in the folder, or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty: its files may be fitted to your place. Name a new folder.")
    try:
        shutil.copytree(FILES, folder, dirs_exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error}. Name another folder.") from error
    return sorted(path for path in folder.rglob("*") if path.is_file())
