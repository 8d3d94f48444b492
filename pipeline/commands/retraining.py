"""The commands that close the loop: decide whether a model is trained anew, once or again and again."""

import sys
from typing import Annotated

import typer

from pipeline import project

app = typer.Typer()
Because = Annotated[
    str, typer.Option("--because", metavar="TEXT", help="Train anew in any case, and why: nothing holds it back then.")
]
Every = Annotated[float | None, typer.Option("--every", metavar="S", help="Seconds between steps; default: settings.")]
Steps = Annotated[int | None, typer.Option("--steps", metavar="N", min=1, help="End after so many; default: never.")]


@app.command()
def retrain(because: Because = "") -> None:
    """Watch, decide whether a model is trained anew, and if so run the pipeline on the latest data.

    Gates decide what becomes of it; a new champion that does worse than the one before is rolled back. Exit code 0:
    nothing had to be done, or a new champion answers; 1: a stage failed; 3: a gate refused, or the model waits for
    approval; 4: an alarm stands, or a person has to look.
    """
    from pipeline import upkeep
    from pipeline.console import retraining
    from pipeline.console.progress import progress

    work = upkeep.Upkeep(project.root(), progress)
    with work.alone():
        decided = work.decide(because)
        retraining.decided(decided.action, decided.causes, decided.held)
        sys.exit(upkeep.carry_out(work, decided, retraining.trained, retraining.went_back))


@app.command()
def loop(every: Every = None, steps: Steps = None) -> None:
    """Do what `pipeline retrain` does again and again, in the foreground; SIGTERM ends it after the step that goes on.

    A step that fails is tried again later and later. One loop a project.
    """
    from pipeline import rounds
    from pipeline.console import retraining

    root = project.root()
    sys.exit(rounds.go_on(root, rounds.interval(root, every), steps, retraining.said))
