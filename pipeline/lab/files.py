"""The files of a project as JupyterLab sees them. Only Jupyter imports this, by its name in `launch`."""

from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

from pipeline.lab.folders import Folders, folders

_OF_A_RUN = "widgets"  # what a kernel left in a notebook's metadata
_TIMES = "execution"  # and in a cell's


class ProjectFiles(AsyncLargeFileManager):
    """The project's files: kernels start in the root, stages are saved without outputs, reports are only read."""

    async def get_kernel_path(self, path: str, model: object = None) -> str:  # noqa: ARG002 - the signature is Jupyter's
        """Return the working folder for the kernel of the notebook at `path`, relative to the root: the root."""
        return ""

    def is_writable(self, path: str) -> bool:
        """Say whether a file can be saved. Reports cannot, even by a user whom the system lets write everything."""
        return not self._folders().is_sealed(path) and bool(super().is_writable(path))  # type: ignore[no-untyped-call]

    async def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Save a file; a stage without its outputs, which stay in the open tab."""
        where = self._unsealed(path)
        if model.get("type") == "notebook" and where.is_stage(path) and isinstance(model.get("content"), dict):
            model = model | {"content": without_outputs(model["content"])}
        saved: dict[str, Any] = await super().save(model, path)  # type: ignore[no-untyped-call]
        return saved

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Rename a file, unless it belongs to a run, or would."""
        self._unsealed(old_path, new_path)
        await super().rename_file(old_path, new_path)  # type: ignore[no-untyped-call]

    async def delete_file(self, path: str) -> None:
        """Delete a file, unless it belongs to a run."""
        self._unsealed(path)
        await super().delete_file(path)  # type: ignore[no-untyped-call]

    def _folders(self) -> Folders:
        return folders(Path(self.root_dir))

    def _unsealed(self, *paths: str) -> Folders:
        """Return the project's folders, if files may be changed in all these places.

        Raises
        ------
        HTTPError
            If one of them is a report's.
        """
        where = self._folders()
        if sealed := next((path for path in paths if where.is_sealed(path) or where.holds_reports(path)), ""):
            raise HTTPError(403, f"{sealed} is a report, and never changed: `pipeline open` makes a copy to edit.")
        return where


def without_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook as its author wrote it, without what a kernel added.

    >>> without_outputs({"cells": [{"cell_type": "code", "source": "1", "execution_count": 7, "outputs": ["1"]}]})
    {'cells': [{'cell_type': 'code', 'source': '1', 'execution_count': None, 'outputs': []}]}
    """
    cells = [_written(cell) if cell.get("cell_type") == "code" else cell for cell in notebook.get("cells", [])]
    return _without(_OF_A_RUN, notebook) | {"cells": cells}


def _written(cell: dict[str, Any]) -> dict[str, Any]:
    return _without(_TIMES, cell) | {"execution_count": None, "outputs": []}


def _without(key: str, owner: dict[str, Any]) -> dict[str, Any]:
    metadata = owner.get("metadata", {})
    kept = {name: value for name, value in metadata.items() if name != key}
    return owner if kept == metadata else owner | {"metadata": kept}
