"""Settings: `[tool.pipeline]` in pyproject.toml, then the environment, then the command line, each with its source."""

import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline import handoff, project
from pipeline.errors import SettingsError, near
from pipeline.models.approval import Policy
from pipeline.models.card import Words
from pipeline.monitoring.channels import Channels
from pipeline.retraining import policy
from pipeline.runs.record import Status
from pipeline.store import urls

# Tables that rooms read by themselves, beside those that a notebook takes with `setting("table.key")`.
TABLES = frozenset({"data", "deploy", "gates", "models", "serve", "verify"})


class Publish(BaseModel):
    """`[tool.pipeline.publish]`: how runs are kept for good."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    to: str = Field("git", min_length=1, description="`git`, a folder, or any fsspec URL")
    promoted: bool = Field(
        default=False, description="whether a run whose model became champion is published by itself"
    )
    limit_mb: float = Field(20.0, gt=0, description="most that git takes of a run, megabytes")


class Settings(BaseModel):
    """How the project runs. Each value can be set as `PIPELINE_<NAME>` too."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notebooks: Path = Field(Path("notebooks"), description="folder of the stages")
    reports: Path = Field(Path("reports"), description="folder of the runs")
    store: str = Field(f"{project.STATE}/store", description="where large values are kept: a folder or any fsspec URL")
    jobs: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="stages that run at the same time")
    cell_timeout_s: float = Field(math.inf, gt=0, description="longest time for one cell, seconds")
    stage_timeout_s: float = Field(math.inf, gt=0, description="longest time for one stage, seconds")
    run_timeout_s: float = Field(math.inf, gt=0, description="longest time for a run, seconds")
    report_budget_mb: float = Field(2.0, gt=0, description="size from which on a report is called large, MiB")
    secrets: tuple[str, ...] = Field((), description="names of secrets that no cell asks for by name")
    kernel: Literal["fork", "spawn"] = Field(
        "fork" if sys.platform == "linux" else "spawn",
        description="how a stage gets its kernel: forked from a process that has loaded the libraries, or spawned",
    )
    retry: dict[Literal[Status.FAILED, Status.DIED, Status.TIMED_OUT], Annotated[int, Field(ge=0)]] = Field(
        {}, description="how often a stage that ended so is tried again"
    )
    promotion: Literal["auto", "approval"] = Field(
        "auto", description="what makes a model champion that passed its gates: nothing more, or somebody's approval"
    )
    approval: Policy = Field(Policy(), description="what makes an approval valid")
    card: Words = Field(Words(), description="what only people can say of a model")
    alerts: Channels = Field(Channels(), description="who hears of what a watch finds")
    publish: Publish = Field(Publish(), description="how runs are kept for good")
    retrain: policy.Policy = Field(policy.Policy(), description="when a model is trained anew by itself")


def notebooks(folder: Path) -> Path:
    """Read where the stages are: needed before all other settings, for the stages say which keys there may be.

    Raises
    ------
    SettingsError
        If it is no text.
    """
    found = project.table(folder).get("notebooks", "notebooks")
    if not isinstance(found, str):
        raise SettingsError(f"notebooks (folder of the stages) is {found!r} in [tool.pipeline]: it must be text.")
    return Path(found)


def load(folder: Path, given: Mapping[str, Any], asked: set[str]) -> Settings:
    """Read the settings of a project.

    Parameters
    ----------
    given
        Values from the command line, by name; they win.
    asked
        Dotted keys that notebooks take with `setting(...)`.

    Raises
    ------
    SettingsError
        If a name is unknown, or a value is of a wrong type or out of its range; with where it came from.
    """
    table = project.table(folder)
    _check_names(table, {*Settings.model_fields, *TABLES, *(key.partition(".")[0] for key in asked)}, "[tool.pipeline]")
    for name, inner in table.items():
        keys = {key.removeprefix(f"{name}.") for key in asked if key.startswith(f"{name}.")}
        if isinstance(inner, dict) and keys and name not in asked:
            _check_names(inner, keys, f"[tool.pipeline.{name}]")
    _check_tables(table)
    _check_publish(table.get("publish"))
    if isinstance(table.get("retrain"), dict):
        policy.policy(table["retrain"])
    try:
        return Settings(**{**table, **given})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        rule, key = Settings.model_fields[name].description, ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"{key} ({rule}) is {first['input']!r} in {source(name, given)}: {first['msg']}. Mend it there."
        ) from error


def _check_tables(table: Mapping[str, Any]) -> None:
    """Have rooms check their own tables, each loaded only where the project has its table."""
    if "gates" in table:
        from pipeline.models import gates

        gates.declared(table["gates"])
    if "serve" in table:
        from pipeline.serving import terms

        terms.read(table["serve"])
    if (limits := handoff.lookup(table, "monitor.thresholds", None)) is not None:
        from pipeline.monitoring import thresholds

        thresholds.declared(limits)
    if "deploy" in table:
        from pipeline.deploy import target

        target.declared(table["deploy"])


def _check_publish(table: object) -> None:
    if isinstance(table, dict):
        _check_names(table, set(Publish.model_fields), "[tool.pipeline.publish]")
        if isinstance(to := table.get("to"), str) and urls.public(to) != to:
            raise SettingsError(
                f"publish.to in [tool.pipeline.publish] is {urls.public(to)!r} with a user, a password or a token. "
                "That would stand in every copy of pyproject.toml: give it to the place's library in the environment."
            )


def _check_names(table: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(table.keys() - known):
        raise SettingsError(f"{where} has the unknown key {unknown[0]!r}: {near(unknown[0], known)}")


def source(name: str, given: Mapping[str, Any]) -> str:
    """Say where a value came from."""
    if name in given:
        return "the command line"
    variable = project.variable(name)
    return f"the environment ({variable})" if variable in os.environ else "[tool.pipeline] of pyproject.toml"
