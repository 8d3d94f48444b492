"""The files of a project as JupyterLab sees them. Only Jupyter imports this, by its name in `launch`."""

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class ProjectFiles(AsyncLargeFileManager):
    """The project's files; Jupyter's own manager starts a kernel in its notebook's folder, and has no setting."""

    async def get_kernel_path(self, path: str, model: object = None) -> str:  # noqa: ARG002 - the signature is Jupyter's
        """Return the working folder for the kernel of the notebook at `path`, relative to the root: the root."""
        return ""
