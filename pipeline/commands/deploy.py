"""The commands that let versions answer elsewhere, and no more."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import project
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.deploy.target import Home, Target
    from pipeline.lookback import Lookback
    from pipeline.serving.bundle import Manifest

app = typer.Typer()
Version = Annotated[int | None, typer.Option("--version", metavar="NUMBER", help="Default: the champion.")]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose version; default: as settings say.")]
Name = Annotated[str, typer.Option("--target", metavar="NAME", help="Where to; default: as settings say.")]
Where = Annotated[
    list[str],
    typer.Argument(metavar="[VERSION] PLACE", help="A version's number, default: the champion; a folder, or a URL."),
]
Lines = Annotated[typer.FileText, typer.Argument(metavar="FILE", help="Lines of a log; -: standard input.")]
BuildOnly = Annotated[bool, typer.Option("--build-only", help="Make and prove it, and release nothing.")]


@app.command()
def deploy(
    version: Version = None,
    model: Model = "",
    target: Name = "",
    build_only: BuildOnly = False,  # noqa: FBT002 - typer makes an option of it
) -> None:
    """Build the champion for the target that settings name, prove it there, and let it answer.

    What was built has to answer its golden rows as it must and refuse wrong ones, or nothing is released (exit code 1).
    Exit code 3: settings ask for an approval, and there is no valid one.
    """
    from pipeline.console import deploy as console
    from pipeline.deploy import permission, releasing

    back = _lookback()
    manifest = _manifest(model or back.model, version)
    permission.require(back.root, back.reports, manifest, back.policy)
    there, home = _target(back, manifest.name, target)
    build = releasing.build(there, home, manifest)
    console.built(build)
    if not build_only:
        console.deployments([releasing.release(there, home, build)])


@app.command()
def pack(where: Where, model: Model = "") -> None:
    """Copy a version with its model to a folder or URL, whole: what it needs to answer far from this project.

    Packing it again changes nothing; another version takes its place. Exit code 3: settings ask for an approval, and
    there is no valid one.
    """
    from pipeline.console import serving
    from pipeline.deploy import permission
    from pipeline.serving import packing, terms
    from pipeline.store.objects import project_store

    version, place = ["champion", *where][-2:]
    if len(where) > 2 or not (version == "champion" or version.isdecimal()):  # noqa: PLR2004 - a version and a place
        raise UsageError(f"pack takes a version (its number, or `champion`) and a place, not {' '.join(where)!r}.")
    back = _lookback()
    manifest = _manifest(model or back.model, int(version) if version.isdecimal() else None)
    permission.require(back.root, back.reports, manifest, back.policy)
    agreed = terms.read(back.table.get("serve", {}))
    serving.packed(manifest.title, packing.pack(manifest, project_store(), place, agreed))


@app.command()
def collect(file: Lines, model: Model = "") -> None:
    """Take the predictions and labels that functions in clouds printed into the project's log.

    It reads what the platform's log gives: `aws logs tail GROUP --since 1d | pipeline collect -`. A second time it adds
    nothing.
    """
    from pipeline.console import serving
    from pipeline.serving import collecting, logbook, terms

    back = _lookback()
    traffic = logbook.reading(model or back.model, terms.read(back.table.get("serve", {})))
    serving.collected(collecting.collect(file, traffic))
    traffic.close()


@app.command()
def deployments(model: Model = "") -> None:
    """Print what was released where, and how it is. Exit code 1: something that was released does not answer."""
    from pipeline.console import deploy as console
    from pipeline.deploy import target as targets
    from pipeline.deploy.target import State

    back = _lookback()
    name = model or back.model
    found = [each for target in targets.names() for each in _target(back, name, target)[0].status()]
    console.deployments(found)
    sys.exit(any(each.state in {State.FAILING, State.GONE} for each in found))


@app.command()
def withdraw(model: Model = "", target: Name = "") -> None:
    """Let what was released answer no more, after what was begun is finished."""
    from pipeline.console import deploy as console
    from pipeline.deploy import releasing

    back = _lookback()
    console.deployments([releasing.withdraw(*_target(back, model or back.model, target))])


@app.command(hidden=True)
def supervise(folder: Path) -> None:
    """Keep a version answering on this machine."""
    from pipeline.deploy.supervisor import Supervisor

    os.chdir(folder)
    Supervisor(folder).run()


def _lookback() -> "Lookback":
    from pipeline.lookback import Lookback

    return Lookback(project.root())


def _manifest(model: str, version: int | None) -> "Manifest":
    from pipeline.serving import bundle, following

    return following.champion(model) if version is None else bundle.read(model, version)


def _target(back: "Lookback", model: str, name: str) -> "tuple[Target, Home]":
    from pipeline.deploy import records
    from pipeline.deploy import target as targets

    table: Mapping[str, Any] = back.table.get(targets.TABLE, {})
    chosen = targets.declared(table)
    folder = back.state / records.FOLDER / model / (name or chosen.target)
    home = targets.Home(root=back.root, folder=folder, model=model)
    return chosen.make(home, name), home
