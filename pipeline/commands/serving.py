"""The command that lets a model answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import project
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.serving.following import Answering

app = typer.Typer()
Host = Annotated[
    str,
    typer.Option("--host", envvar="PIPELINE_SERVE_HOST", help="Address; any but this machine's own asks for a token."),
]
Port = Annotated[
    int, typer.Option("--port", envvar="PIPELINE_SERVE_PORT", min=0, max=65535, help="0: any that is free.")
]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose champion; default: as settings say.")]
Bundle = Annotated[
    str,
    typer.Option("--bundle", metavar="PLACE", help="Folder or URL of a packed version: it alone answers."),
]
Log = Annotated[
    Path | None,
    typer.Option("--traffic", metavar="FILE", help="Where answers are written down; default: in the project's state."),
]
Door = Annotated[int, typer.Option("--door", hidden=True, help="Number of a socket that listens already.")]


@app.command()
def serve(  # noqa: PLR0913 - each is an option
    host: Host = "127.0.0.1",
    port: Port = 8080,
    model: Model = "",
    bundle: Bundle = "",
    *,
    traffic: Log = None,
    door: Door = 0,
) -> None:
    """Answer rows by REST with the champion, and with the next one as soon as it is promoted.

    Every answer is written down before it is given. `/openapi.json` describes what can be asked. With the variable
    PIPELINE_SERVE_TOKEN set, whoever asks must send it: `Authorization: Bearer ...`.
    """
    from pipeline.console import serving
    from pipeline.serving import server
    from pipeline.serving.traffic import Traffic

    if bundle and model:
        raise UsageError("a bundle is of one model and version: leave out --model, or --bundle.")
    champion = _packed(bundle) if bundle else _champion(model)
    log = Traffic(traffic or project.state() / "traffic" / f"{champion.name}.sqlite")
    server.serve(champion, log, host, port, serving.answers, door=door)


def _packed(place: str) -> "Answering":
    from pipeline.serving import packing
    from pipeline.serving.following import Fixed

    return Fixed(packing.load(place))


def _champion(model: str) -> "Answering":
    """Take the project's champion, where settings ask for an approval only with a valid one."""
    from pipeline.serving.following import Champion

    table = project.table()
    champion = Champion(model or str(table.get("models", {}).get("name", "model")))
    if table.get("promotion", "auto") != "auto":
        from pipeline.deploy import permission
        from pipeline.lookback import Lookback

        back = Lookback(project.root())
        permission.require(back.root, back.reports, champion.predictor.manifest, back.policy)
    return champion
