"""The project: the nearest folder whose pyproject.toml has `[tool.pipeline]`, and that table as it stands."""

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError

STATE = ".pipeline"
ROOT_VARIABLE = "PIPELINE_ROOT"  # set in the kernels of a run, so that a stage may change its working folder
STATE_VARIABLE = "PIPELINE_STATE"
PLAIN = (
    "notebooks",
    "reports",
    "store",
    "jobs",
    "cell_timeout_s",
    "stage_timeout_s",
    "run_timeout_s",
    "kernel",
    "report_budget_mb",
)


def root(start: Path | None = None) -> Path:
    """Find the project that `start` stands in; by default the one of this kernel, else of the working folder.

    Raises
    ------
    SettingsError
        If no folder from `start` upwards has a pyproject.toml with `[tool.pipeline]`, or one is not TOML.
    """
    start = (start or Path(os.environ.get(ROOT_VARIABLE, "."))).resolve()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file() and "pipeline" in _tools(folder):
            return folder
    raise SettingsError(
        f"no project at {start} or above it: a project is a folder whose pyproject.toml has a table [tool.pipeline]. "
        "Go to one, or add the table."
    )


def table(folder: Path | None = None) -> dict[str, Any]:
    """Read `[tool.pipeline]` of a project folder (by default the one that the working folder stands in).

    A variable `PIPELINE_<NAME>` takes the place of the plain value `<name>`; tables are only in the file.

    Raises
    ------
    SettingsError
        As in `root`.
    """
    folder = folder or root()
    found = _tools(folder)["pipeline"]
    if not isinstance(found, dict):
        raise SettingsError(f"{folder / 'pyproject.toml'}: [tool.pipeline] is {found!r}, not a table. Make it one.")
    return found | {name: os.environ[variable(name)] for name in PLAIN if variable(name) in os.environ}


def variable(name: str) -> str:
    """Name the environment variable of a plain value."""
    return f"PIPELINE_{name.upper()}"


def state(folder: Path | None = None) -> Path:
    """Return the folder for what can be made again (store, ledger, registry), made where it is missing.

    The variable `PIPELINE_STATE` names another one: a stage that is only rehearsed works on a copy.
    """
    path = Path(os.environ.get(STATE_VARIABLE) or (folder or root()) / STATE)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _tools(folder: Path) -> dict[str, Any]:
    path = folder / "pyproject.toml"
    try:
        tools = _parsed(path.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}. Mend the file.") from error
    return tools if isinstance(tools, dict) else {}


@lru_cache(maxsize=1)
def _parsed(text: str) -> dict[str, Any]:
    """Parse TOML once, however often it is asked for: it takes milliseconds."""
    return tomllib.loads(text)
