"""The commands that let a model answer."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import project
from pipeline.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from pipeline.serving.following import Answering
    from pipeline.serving.terms import Terms

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
Answers = Annotated[
    str,
    typer.Option(
        "--traffic",
        metavar="FILE_OR_URL",
        envvar="PIPELINE_SERVE_TRAFFIC",
        help="Where answers are written down: a file, or a database of PostgreSQL; default: as settings say.",
    ),
]
Log = Annotated[str, typer.Option("--log", metavar="FILE", help="Where events go as JSON lines (ECS); -: the output.")]
Shared = Annotated[
    bool, typer.Option("--shared", hidden=True, help="Who listens at the port already is followed, not in the way.")
]
Door = Annotated[int, typer.Option("--door", hidden=True, help="Number of a socket that listens already.")]


@app.command()
def serve(  # noqa: PLR0913 - each is an option
    host: Host = "127.0.0.1",
    port: Port = 8080,
    model: Model = "",
    bundle: Bundle = "",
    *,
    traffic: Answers = "",
    log: Log = "",
    door: Door = 0,
    shared: Shared = False,
) -> None:
    """Answer rows by REST with the champion, and with the next one as soon as it is promoted.

    Every answer is written down before it is given. `/openapi.json` describes what can be asked. With the variable
    PIPELINE_SERVE_TOKEN set, whoever asks must send it: `Authorization: Bearer ...`.
    """
    from pipeline.console import serving
    from pipeline.serving import logbook, logs, server
    from pipeline.serving.access import Access
    from pipeline.serving.app import Service

    if bundle and model:
        raise UsageError("a bundle is of one model and version: leave out --model, or --bundle.")
    table = _table(bundle)
    agreed, access = _agreed(bundle, table), Access.from_environment(host)
    champion = packed(bundle) if bundle else promoted(model, table)
    if log:
        logs.begin(champion.name, log)
    service = Service(champion, logbook.writing(champion.predictor, agreed, traffic), access, agreed)
    server.serve(service, host, port, serving.answers, door=door, shared=shared)


def _table(bundle: str) -> Mapping[str, Any]:
    """Read the project's settings; what is packed may answer where there is no project."""
    try:
        return project.table()
    except SettingsError:
        if not bundle:
            raise
        return {}


def _agreed(bundle: str, table: Mapping[str, Any]) -> "Terms":
    """Take the terms that a packed version brings with it, else the project's; where the log is, says the project."""
    from pipeline.serving import packing, terms

    own = terms.read(table.get("serve", {}))
    brought = packing.agreed(bundle) if bundle else None
    return own if brought is None else brought.model_copy(update={"traffic": own.traffic})


def packed(place: str) -> "Answering":
    """Take the version that was packed at a place."""
    from pipeline.serving import packing
    from pipeline.serving.following import Fixed

    return Fixed(packing.load(place))


def promoted(model: str, table: Mapping[str, Any]) -> "Answering":
    """Take the project's champion, where settings ask for an approval only with a valid one."""
    from pipeline.serving.following import Champion

    champion = Champion(model or str(table.get("models", {}).get("name", "model")))
    if table.get("promotion", "auto") != "auto":
        from pipeline.deploy import permission
        from pipeline.lookback import Lookback

        back = Lookback(project.root())
        permission.require(back.root, back.reports, champion.predictor.manifest, back.policy)
    return champion


@app.command()
def observe(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Write what watches the service: Prometheus rules, an Alertmanager route, a Grafana dashboard, Elastic objects.

    Fit addresses and receivers to your place. `pipeline serve --log FILE` writes the lines that go to Elasticsearch.
    """
    from pipeline.console import serving
    from pipeline.deploy import observing

    serving.written(observing.write(folder))
