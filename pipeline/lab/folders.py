"""Folders: what a file of a project is, by where it stands. Asked for each file that JupyterLab lists: it is light."""

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline import project
from pipeline.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where a project keeps its stages and its reports.

    Paths that are asked about are Jupyter's: from the project's root, with `/` between folders.
    """

    root: Path
    notebooks: Path
    reports: Path

    def is_stage(self, path: str) -> bool:
        """Say whether a notebook is a stage, were it saved there: hidden folders hold none."""
        found = self._at(path)
        if found.suffix != ".ipynb" or not found.is_relative_to(self.notebooks):
            return False
        return not any(part.startswith(".") for part in found.relative_to(self.notebooks).parts)

    def is_sealed(self, path: str) -> bool:
        """Say whether a file belongs to a run, or is among the newest reports that stages read: nobody edits those."""
        found = self._at(path)
        return found.is_relative_to(self.reports) and len(found.relative_to(self.reports).parts) > 1

    def holds_reports(self, path: str) -> bool:
        """Say whether it is the folder of all runs, or of one: without it nothing finds them."""
        found = self._at(path)
        return found == self.reports or (found.parent == self.reports and found.is_dir())

    def _at(self, path: str) -> Path:
        return Path(os.path.normpath(self.root / path.strip("/")))


def folders(root: Path) -> Folders:
    """Read where a project keeps what; while its settings cannot be read, the folders are the usual ones."""
    try:
        table = project.table(root)
    except (SettingsError, KeyError, OSError):  # somebody is editing them, and has to be able to save
        table = {}
    return Folders(
        root=root,
        notebooks=root / str(table.get("notebooks", "notebooks")),
        reports=Path(os.path.normpath(root / str(table.get("reports", "reports")))),
    )
