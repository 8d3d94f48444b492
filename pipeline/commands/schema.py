"""The command that keeps the rules of the project's table."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import project
from pipeline.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from pipeline.workflow import Workflow

app = typer.Typer()
Update = Annotated[bool, typer.Option("--update/--show", help="Write the file, or only show what would change.")]


@app.command()
def schema(update: Update = Annotated[bool, typer.Option("--update/--show", help="Write the file, or only show what would change.")]


def _table(work: "Workflow") -> dict[str, Any]:
    """Return what the first stage that loads a table calls `sources.load` with."""
    for name, stage in work.whole.stages.items():
        for taken in stage.loads:
            values = work.values[name].values
            return {argument: values[parameter] for argument, parameter in taken.items() if parameter in values}
    raise UsageError("no stage loads a table with `sources.load(source, ...)`: there is nothing to infer rules from.")
