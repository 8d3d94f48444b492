"""JupyterLab for this project: the working folder of every kernel is the project root, as it is in a run."""
# ruff: noqa: INP001 - Jupyter reads this file by its name; it is in no package

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class ProjectFiles(AsyncLargeFileManager):  # type: ignore[misc]
    """The project's files; Jupyter's own manager starts a kernel in its notebook's folder, and has no setting."""

    async def get_kernel_path(self, path: str, model: object = None) -> str:  # noqa: ARG002 - the signature is Jupyter's
        """Return the working folder for the kernel of the notebook at `path`, relative to the root: the root."""
        return ""


c = get_config()  # type: ignore[name-defined]  # noqa: F821 - Jupyter defines it for its configuration files
c.ServerApp.contents_manager_class = ProjectFiles
c.ServerApp.root_dir = "."
