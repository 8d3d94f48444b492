"""The commands about reading, comparing and judging reports."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import project

app = typer.Typer()
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or `latest`.")]
Against = Annotated[
    str | None,
    typer.Option(metavar="WHAT", help="A run's id, `latest`, `champion`, or a branch; default: the run before."),
]
MarkdownFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as Markdown for GitHub.")]
HtmlFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as one HTML file, with figures.")]


@app.command()
def summary(run: Run = "latest", against: Against = None, markdown: MarkdownFile = None, html: HtmlFile = None) -> None:
    """Say what changed from another run, for whoever reviews a change.

    A branch stands for the newest run of the newest commit that both have. Without a file, Markdown is printed.
    """
    from pipeline import lookback
    from pipeline.review import baseline, reading, standalone
    from pipeline.review import markdown as as_markdown
    from pipeline.review import summary as of
    from pipeline.store.objects import write_atomic

    past = lookback.Lookback(project.root()).find(run)
    blocks = tuple(of.summary(past, baseline.choose(past, against), reading.Reader()))
    if markdown is not None:
        write_atomic(markdown, as_markdown.render(blocks).encode())
    if html is not None:
        write_atomic(html, standalone.render(f"{of.TITLE}: {past.record.run}", blocks).encode())
    if markdown is None and html is None:
        typer.echo(as_markdown.render(blocks))
