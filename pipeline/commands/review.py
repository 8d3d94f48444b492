"""The commands about reading, comparing and judging reports."""

import asyncio
import secrets
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


@app.command()
def review(port: Port = 8889) -> None:
    """Read, compare and judge reports in a browser.

    It answers on this machine alone, and reads only; comments and decisions need the address with the token.
    """
    from pipeline import lookback
    from pipeline.console import reading
    from pipeline.review import remarks, server

    root, token = project.root(), secrets.token_urlsafe()
    library = lookback.Lookback(root).library()
    with suppress(KeyboardInterrupt):
        asyncio.run(
            server.serve(library, port, token, remarks.author(root), lambda found: reading.address(found, token))
        )


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
    reading.written(folder)
