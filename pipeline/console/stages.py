"""Stages: what is known of a notebook, and what would happen to it, without running it."""

from collections.abc import Sequence

from pipeline.runs.plan import Action, Decision
from pipeline.stages.parameters import Parameter
from pipeline.stages.stage import LANGUAGES, Stage

_MARKS = {Action.REUSE: "reuse", Action.RUN: "run", Action.WAIT: "wait"}


def decision(found: Decision) -> None:
    """Print what would happen to a stage."""
    print(f"{_MARKS[found.action]:<6}{found.stage:<12}{found.reason}")


def notebook(stage: Stage) -> None:
    """Print what is known of a notebook without running it."""
    source = stage.notebook
    print(f"{source.path}: {source.language}, kernel {source.kernel or 'not named'}, nbformat 4.{source.minor}")
    print(f"  {len(source.code)} code cells of {len(source.cells)}. {stage.question}".rstrip())
    if source.language not in LANGUAGES:
        print(f"  what it takes and gives is read from Python alone, not from {source.language}")
        return
    if source.parameters is None:
        print("  no cell is tagged `parameters`, so there are none that can be given")
    for cell in source.code:
        if cell.parsed is None:
            print(f"  cell {cell.index + 1} ({cell.id}) cannot be read as Python")
    _rows("parameters", [(declaration(each), each.meaning) for each in stage.parameters.values()])
    _rows("upstreams", [(f"{name} <- {up}", ", ".join(stage.reads[name])) for name, up in stage.upstreams.items()])
    _rows("glues", [(name, "") for name in stage.glues])


def declaration(parameter: Parameter) -> str:
    """Write a parameter's name, type and default.

    >>> declaration(Parameter(name="rate", annotation="Annotated[float, Field(gt=0, lt=1)]", default="0.5"))
    'rate: float (> 0, < 1) = 0.5'
    """
    kind = f": {parameter.kind}" if parameter.annotation else ""
    return f"{parameter.name}{kind}" + (f" = {parameter.default}" if parameter.default else ", must be given")


def _rows(title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        print(f"  {title}:")
    width = max((len(left) for left, _ in rows), default=0)
    for left, right in rows:
        print(f"    {left:<{width}}  {right}".rstrip())
