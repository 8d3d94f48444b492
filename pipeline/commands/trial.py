"""The commands with which a version is tried beside the champion."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import project

if TYPE_CHECKING:
    from pipeline.models.trials import Mode

trial = typer.Typer(help="Try a version beside the champion, on a part of the traffic.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(trial, name="trial")
Version = Annotated[str, typer.Argument(metavar="VERSION", help="A version's number, or `challenger`, `previous`.")]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose version; default: as settings say.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the log.")]
Author = Annotated[str, typer.Option("--author", metavar="NAME", help="In whose name; default: whom git knows here.")]
Share = Annotated[float, typer.Option("--share", metavar="SHARE", help="Part of the traffic that it gets.")]


@trial.command()
def canary(version: Version, reason: Reason, share: Share = 0.1, model: Model = "", author: Author = "") -> None:
    """Let a version answer a part of the traffic, the same keys always, until it fails, is stopped or promoted.

    None of its gates refused it, and it is approved where settings ask for that. Where it turns out to be worse than
    the champion, the service ends the trial by itself.
    """
    from pipeline.models.trials import Mode

    _begin(Mode.CANARY, version, reason, share, model, author)


@trial.command()
def shadow(version: Version, reason: Reason, share: Share = 1.0, model: Model = "", author: Author = "") -> None:
    """Ask a version too, and write down what it says; those who ask get the champion's answers."""
    from pipeline.models.trials import Mode

    _begin(Mode.SHADOW, version, reason, share, model, author)


@trial.command()
def stop(reason: Reason, model: Model = "", author: Author = "") -> None:
    """End the trial that goes on."""
    from pipeline.console import trial as console
    from pipeline.errors import UsageError
    from pipeline.lookback import Lookback
    from pipeline.models import trials
    from pipeline.review import authors

    back = Lookback(project.root())
    name = model or back.model
    if (going := trials.present(name)) is None:
        raise UsageError(f"no version of {name!r} is tried. `pipeline trial history` lists what was.")
    console.ended(going, trials.stop(going, by=authors.author(back.root, author), reason=reason))


@trial.command()
def status(model: Model = "") -> None:
    """Print which version is tried, what is known of it, and how the last trial ended."""
    from pipeline.console import trial as console
    from pipeline.lookback import Lookback
    from pipeline.models import trials
    from pipeline.serving import challenger, logbook, terms

    back = Lookback(project.root())
    name = model or back.model
    past = trials.history(name)
    if not past or past[-1].end is not None:
        console.last(name, past)
        return
    with closing(logbook.reading(name, terms.read(back.table.get("serve", {})))) as traffic:
        console.going(past[-1].trial, challenger.known(past[-1].trial, traffic))


@trial.command()
def history(model: Model = "") -> None:
    """Print every trial, oldest first: which version, how much of the traffic, who, why, and how it ended."""
    from pipeline.console import trial as console
    from pipeline.models import trials

    console.history(trials.history(model or None))


def _begin(mode: "Mode", version: str, reason: str, share: float, model: str, author: str) -> None:  # noqa: PLR0913, PLR0917 - as commands have it
    from pipeline.console import trial as console
    from pipeline.lookback import Lookback
    from pipeline.models import crowning, registry, trials
    from pipeline.review import authors
    from pipeline.serving import bundle

    back = Lookback(project.root())
    by = authors.author(back.root, author)
    found = registry.find(model or back.model, version)
    if mode is trials.Mode.CANARY:
        policy = back.settings.approval if back.settings.promotion == "approval" else None
        crowning.admit(back.root, back.reports, found, policy=policy)
    bundle.read(found.name, found.version)
    wanted = trials.Trial(
        name=found.name,
        version=found.version,
        model_digest=found.model_digest,
        mode=mode,
        share=share,
        by=by,
        reason=reason,
        **trials.against(found.name),
    )
    console.begun(trials.start(wanted))
