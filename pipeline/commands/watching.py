"""The command that watches a champion."""

import sys

import typer

from pipeline import project

app = typer.Typer()
ALARM = 4


@app.command()
def monitor() -> None:
    """Watch the champion once, on what its service has answered; nothing is trained or promoted.

    Stages that glue `watch` run, on what all others left last. Exit code 4: a critical finding stands.
    """
    from pipeline import watching, workflow
    from pipeline.console import watching as console
    from pipeline.console.progress import progress
    from pipeline.console.summary import run_summary
    from pipeline.monitoring import telling

    work = watching.workflow_of(project.root())
    if missing := watching.missing(work):
        console.nothing(missing)
        return
    with progress(sorted(work.only)) as shown:
        record = work.run(shown)
    if code := workflow.exit_code(record):
        run_summary(record, work.root, work.root / work.settings.reports)
        sys.exit(code)
    found = watching.outcome_of(record)
    console.outcome(found, record, work.only)
    if found is not None:
        console.untold(telling.tell(found, watching.report_of(record, work), work.settings.alerts))
    sys.exit(ALARM if found is not None and found.alarms else 0)
