"""Owns what a contender is: a program that runs the six stages, and how to ask it to."""

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import contenders
from work.cells import STAGES

RESULT = f"{STAGES[-1]}/result.json"


def result_in_files(folder: Path) -> float:
    """Read the last stage's number where it is handed over by files."""
    return float(json.loads((folder / "out" / RESULT).read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One row of the table.

    Attributes
    ----------
    name
        What `--only` takes, and the name of its environment.
    title
        What the table calls it.
    requirements
        What its own environment holds beside the libraries that the stages use; empty: the project's own environment.
    write
        Makes its project in a folder where `data/rows.parquet` is already.
    command
        Runs the six stages; its program is in the environment.
    result
        Reads the number that the last stage leaves, to compare that all did the same work.
    reuses
        Whether the same command, given again, leaves out what did not change.
    variables
        What its environment variables are beside those that all have.
    """

    name: str
    title: str
    write: Callable[[Path], None]
    command: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    result: Callable[[Path], float] = result_in_files
    reuses: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def every() -> list[Contender]:
    """List the contenders: each file in `contenders/` holds one."""
    modules = (
        importlib.import_module(f"contenders.{found.name}") for found in pkgutil.iter_modules(contenders.__path__)
    )
    return sorted((module.CONTENDER for module in modules), key=lambda contender: contender.name)
