"""Settings: `[tool.pipeline]` in pyproject.toml, then the environment, then the command line, each with its source."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline import project
from pipeline.errors import SettingsError, near
from pipeline.models import gates

# Tables that rooms read by themselves, beside those that a notebook takes with `setting("table.key")`.
TABLES = frozenset({"data", "gates", "models"})


class Settings(BaseModel):
    """How the project runs. Each value can be set as `PIPELINE_<NAME>` too."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notebooks: Path = Field(Path("notebooks"), description="folder of the stages")
    reports: Path = Field(Path("reports"), description="folder of the runs")
    store: str = Field(f"{project.STATE}/store", description="where large values are kept: a folder or any fsspec URL")
    jobs: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="stages that run at the same time")
    cell_timeout_s: int | None = Field(None, ge=1, description="longest time for one cell, seconds")


def load(folder: Path, given: Mapping[str, Any], read_by_notebooks: set[str]) -> Settings:
    """Read the settings of a project.

    Parameters
    ----------
    given
        Values from the command line, by name; they win.
    read_by_notebooks
        First parts of the keys that notebooks take with `setting(...)`.

    Raises
    ------
    SettingsError
        If a name is unknown, or a value is of a wrong type or out of its range; with where it came from.
    """
    table = project.table(folder)
    known = {*Settings.model_fields, *TABLES, *read_by_notebooks}
    if unknown := sorted(table.keys() - known):
        raise SettingsError(f"[tool.pipeline] has the unknown key {unknown[0]!r}: {near(unknown[0], known)}")
    gates.declared(table.get("gates", {}))
    try:
        return Settings(**{**table, **given})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        rule = Settings.model_fields[name].description
        raise SettingsError(
            f"{name} ({rule}) is {first['input']!r} in {source(name, given)}: {first['msg']}. Mend it there."
        ) from error


def source(name: str, given: Mapping[str, Any]) -> str:
    """Say where a value came from."""
    if name in given:
        return "the command line"
    variable = project.variable(name)
    return f"the environment ({variable})" if variable in os.environ else "[tool.pipeline] of pyproject.toml"
