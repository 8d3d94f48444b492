"""Launch: JupyterLab for a project, in which the working folder of every kernel is the project root, as in a run.

What it has more than JupyterLab's own is named on its command line, so that nothing has to be installed into it.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import UsageError

_OURS = (
    "--ServerApp.contents_manager_class=pipeline.lab.files.ProjectFiles",
    "--ServerApp.jpserver_extensions=pipeline.lab.extension=True",
    f"--LabApp.extra_labextensions_path={Path(__file__).with_name('labextension')}",
)


def command(root: Path, arguments: Sequence[str]) -> list[str]:
    """Return the command that starts JupyterLab in a project.

    Parameters
    ----------
    arguments
        What the user adds; anything that `jupyter lab` takes.

    Raises
    ------
    UsageError
        If JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise UsageError("JupyterLab is not installed. Install it: `pip install 'stagebook[lab]'`.")
    return [sys.executable, "-m", "jupyterlab", *_OURS, f"--ServerApp.root_dir={root}", *arguments]


def open_copy(copy: Path, root: Path, arguments: Sequence[str]) -> list[str]:
    """Return the command that opens a scratch copy, which stands in a folder that Jupyter would not show by itself.

    Raises
    ------
    UsageError
        As in `command`.
    """
    return command(root, ["--ContentsManager.allow_hidden=True", str(copy.relative_to(root)), *arguments])
