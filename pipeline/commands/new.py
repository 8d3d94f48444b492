"""The command that begins a project."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]
Data = Annotated[
    str,
    typer.Option("--data", metavar="FILE_OR_URL", help="The table; a file stays where it is and is named by its path."),
]
Target = Annotated[str, typer.Option("--target", metavar="COLUMN", help="The column to predict.")]
Time = Annotated[str | None, typer.Option("--time", metavar="COLUMN", help="The column that orders the rows.")]
Id = Annotated[str | None, typer.Option("--id", metavar="COLUMN", help="The column that names each row once.")]
Task = Annotated[
    str | None, typer.Option("--task", help="binary, multiclass or regression; left out: the target says which.")
]
Query = Annotated[str | None, typer.Option("--query", metavar="SQL", help="What to ask a database for.")]


@app.command()
def new(  # noqa: PLR0913, PLR0917 - each is an option
    folder: Folder,
    data: Data,
    target: Target,
    time: Time = None,
    id: Id = None,  # noqa: A002 - the word that settings use
    task: Task = None,
    query: Query = None,
) -> None:
    """Look at a table, and write a project that learns from it: notebooks, settings, noxfile, CI files.

    What was found out is printed, and stands in its pyproject.toml.
    """
    from pipeline.console import start
    from pipeline.start import founding, looks

    where = folder.resolve()
    founding.vacant(where)
    options = {"target": target, "time": time, "id": id, "task": task, "query": query}
    said = {key: value for key, value in options.items() if value is not None}
    found = looks.look({"source": looks.address(data), **said}, folder=where)
    start.looks(found)
    start.founded(where, founding.Founding(folder=where, looks=found).write())
