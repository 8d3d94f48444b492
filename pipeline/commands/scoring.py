"""The command that lets a model answer all rows of a file."""

from typing import Annotated

import typer

from pipeline import project
from pipeline.commands.serving import packed, promoted

app = typer.Typer()
Source = Annotated[str, typer.Argument(metavar="FILE_OR_URL", help="A table: text, Parquet, JSON lines, Excel.")]
Output = Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="A .csv, .csv.gz or .parquet, or a URL.")]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="COLUMN", help="Column that stands beside the answers. Can be repeated."),
]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose champion; default: as settings say.")]
Bundle = Annotated[
    str, typer.Option("--bundle", metavar="PLACE", help="A folder or URL that a version was packed at: it answers.")
]


@app.command()
def score(source: Source, output: Output, keep: Keep = None, model: Model = "", bundle: Bundle = "") -> None:
    """Answer all rows of a file as the service would, and write the answers beside what names each row.

    That is the column `id` of settings, and those of --keep; other columns that the model is not asked with are left
    out. A row that breaks a rule is named, and nothing is written. Memory does not grow with the file.
    """
    from pipeline.console import scoring as shown
    from pipeline.serving import scoring

    table = {} if bundle else project.table()
    predictor = (packed(bundle) if bundle else promoted(model, table)).predictor
    data = table.get("data", {})
    order = scoring.Order(source=source, output=output, keep=keep or [], data=data)
    rows = scoring.score(predictor, order, shown.progress())
    shown.scored(predictor.manifest.title, rows, output)
