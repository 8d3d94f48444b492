"""The command that lets a model answer."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import project

app = typer.Typer()
Host = Annotated[str, typer.Option("--host", help="Address; any but this machine's own asks for a token.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose champion; default: as settings say.")]
Log = Annotated[str, typer.Option("--log", metavar="FILE", help="Where events go as JSON lines (ECS); -: the output.")]


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8080, model: Model = "", log: Log = "") -> None:
    """Answer rows by REST with the champion, and with the next one as soon as it is promoted.

    Every answer is written down before it is given. `/openapi.json` describes what can be asked. With the variable
    PIPELINE_SERVE_TOKEN set, whoever asks must send it: `Authorization: Bearer ...`.
    """
    from pipeline.console import serving
    from pipeline.serving import logs, server, terms

    table = project.table()
    name = model or str(table.get("models", {}).get("name", "model"))
    if log:
        logs.begin(name, log)
    server.serve(name, host, port, serving.answers, terms.read(table.get("serve", {})))


@app.command()
def observe(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Write what watches the service: Prometheus rules, an Alertmanager route, a Grafana dashboard, Elastic objects.

    Fit addresses and receivers to your place. `pipeline serve --log FILE` writes the lines that go to Elasticsearch.
    """
    from pipeline.console import serving
    from pipeline.deploy import observing

    serving.written(observing.write(folder))
