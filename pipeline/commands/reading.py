"""The commands with which reports are read and compared."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pipeline import project

app = typer.Typer()
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or `latest`.")]
Stage = Annotated[str, typer.Argument(metavar="STAGE", help="A stage of that run.")]
Last = Annotated[int, typer.Option("--last", metavar="N", min=1, help="Newest runs that get pages; the list has all.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0: any that is free.")]
PdfFile = Annotated[Path, typer.Argument(metavar="FILE", help="The PDF to write.")]
Against = Annotated[
    str | None,
    typer.Option(metavar="WHAT", help="A run's id, `latest`, `champion`, or a branch; default: the run before."),
]
MarkdownFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as Markdown for GitHub.")]
HtmlFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as one HTML file, with figures.")]


@app.command()
def review(port: Port = 8889) -> None:
    """Read, compare and judge reports in a browser.

    It answers on this machine alone, and reads only; comments and decisions need the address with the token.
    """
    import asyncio
    import secrets

    from pipeline import lookback
    from pipeline.console import reading
    from pipeline.review import server
    from pipeline.review.authors import author

    root, token = project.root(), secrets.token_urlsafe()
    library = lookback.Lookback(root).library()
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve(library, port, token, author(root), lambda found: reading.address(found, token)))


@app.command()
def site(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder, or one that this made.")],
    last: Last = 50,
) -> None:
    """Write the same pages as files, which open from disk or from any host of static files."""
    from pipeline import lookback
    from pipeline.console import reading
    from pipeline.review.folder import Folder

    Folder(library=lookback.Lookback(project.root()).library(), target=folder, last=last, wrote=reading.wrote).write()
    reading.written(folder / "index.html")


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
    blocks = tuple(of.summary(past, baseline.choose(past, against), reading.rendered))
    if markdown is not None:
        write_atomic(markdown, as_markdown.render(blocks).encode())
    if html is not None:
        write_atomic(html, standalone.render(f"{of.TITLE}: {past.record.run}", blocks).encode())
    if markdown is None and html is None:
        typer.echo(as_markdown.render(blocks))


@app.command()
def pdf(run: Run, stage: Stage, file: PdfFile) -> None:
    """Print a report to a PDF, with a browser of the Chromium family that is installed here."""
    from pipeline import lookback
    from pipeline.console import reading
    from pipeline.review import export
    from pipeline.review.folder import printable

    library = lookback.Lookback(project.root()).library()
    with printable(library, run, stage) as page:
        export.pdf(page, file)
    reading.written(file)
