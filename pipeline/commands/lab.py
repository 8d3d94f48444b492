"""The commands for authors, in JupyterLab and in git."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from pipeline import project
from pipeline.errors import PipelineError
from pipeline.secrecy import KNOWN

app = typer.Typer()
StageName = Annotated[str, typer.Argument(metavar="STAGE", help="A stage of the project.")]


@app.command()
def standing(stage: StageName) -> None:
    """Say whether a stage is fresh, why, and where its last report is, in JSON: for editors."""
    from pipeline.lab import standing as stands
    from pipeline.workflow import Workflow

    work = Workflow(project.root(), [stage], {}, {})
    reports = work.reports
    try:
        state, reason = stands.verdict(stage, work.plan())
    except PipelineError as error:
        state, reason = stands.State.UNCLEAR, str(error)
    report = stands.last_report(stage, reports)
    found = stands.Standing(stage=stage, state=state, reason=KNOWN.scrub(reason), report=report)
    typer.echo(json.dumps(asdict(found)))


@app.command(name="setup-git")
def setup_git() -> None:
    """Let git show and merge notebooks cell by cell, with nbdime, in this clone.

    Again it does nothing. `.gitattributes` is for everybody: commit it; the settings each clone needs of its own.
    """
    from pipeline.lab import git

    for step in git.setup(project.root()):
        typer.echo(f"{'set' if step.changed else 'as it was':<11}{step.what}")
