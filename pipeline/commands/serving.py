"""The commands that let a model answer, here or far from its project."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import project
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.serving.bundle import Manifest

app = typer.Typer()
Host = Annotated[str, typer.Option("--host", help="Address; any but this machine's own asks for a token.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")]
Where = Annotated[
    list[str],
    typer.Argument(metavar="[VERSION] PLACE", help="Which version, default: the champion; a folder, or a URL."),
]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose champion; default: as settings say.")]


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8080, model: Model = "") -> None:
    """Answer rows by REST with the champion, and with the next one as soon as it is promoted.

    Every answer is written down before it is given. `/openapi.json` describes what can be asked. With the variable
    PIPELINE_SERVE_TOKEN set, whoever asks must send it: `Authorization: Bearer ...`.
    """
    from pipeline.console import serving
    from pipeline.serving import server

    server.serve(_name(model), host, port, serving.answers)


@app.command()
def pack(where: Where, model: Model = "") -> None:
    """Copy a version with its model to a folder or URL, whole: what it needs to answer far from this project.

    Packing it again changes nothing; another version takes its place.
    """
    from pipeline.console import serving
    from pipeline.serving import packing
    from pipeline.store.objects import project_store

    if len(where) > 2:  # noqa: PLR2004 - a version and a place
        raise UsageError(f"pack takes a version and a place, not {' '.join(where)!r}.")
    manifest = _manifest(_name(model), "champion" if len(where) == 1 else where[0])
    serving.packed(manifest.title, packing.pack(manifest, project_store(), where[-1]))


def _name(model: str) -> str:
    return model or str(project.table().get("models", {}).get("name", "model"))


def _manifest(name: str, version: str) -> "Manifest":
    from pipeline.serving import bundle, following

    if version == "champion":
        return following.champion(name)
    if not version.isdecimal():
        from pipeline.models import registry  # seconds, and only it knows the other names

        return bundle.read(name, registry.find(name, version).version)
    return bundle.read(name, int(version))
