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
def schema(update: Update = True) -> None:  # noqa: FBT002 - typer makes an option of it
    """Write the rules of the project's table to the file that `data.schema` names, or mend those that do not hold.

    Rules that hold stay as somebody wrote them. Every run then checks the table by that file as soon as it is loaded.
    """
    from pipeline.console import schema as console
    from pipeline.data import rulebook, sources
    from pipeline.store.objects import write_atomic
    from pipeline.workflow import Workflow

    root = project.root()
    path = project.table(root).get("data", {}).get("schema")
    if path is None:
        raise SettingsError(
            'no file is named for the rules of the table: set `schema = "schema.yaml"` in [tool.pipeline.data].'
        )
    named = _table(Workflow(root, [], {}, {}))
    file = root / path
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    old = rulebook.load(path) if before else None
    after = rulebook.to_yaml(rulebook.renewed(sources.load(**named | {"schema": None}), old, unique=named.get("id")))
    changed = rulebook.difference(before, after, path)
    if update and changed:
        write_atomic(file, after.encode())
    console.difference(path, changed, written=update)


def _table(work: "Workflow") -> dict[str, Any]:
    """Return what the first stage that loads a table calls `sources.load` with."""
    for name, stage in work.whole.stages.items():
        for taken in stage.loads:
            values = work.values[name].values
            return {argument: values[parameter] for argument, parameter in taken.items() if parameter in values}
    raise UsageError("no stage loads a table with `sources.load(source, ...)`: there is nothing to infer rules from.")
