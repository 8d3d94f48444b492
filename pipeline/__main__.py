"""The commands. The only place that exits."""
# ruff: noqa: E402 - first of all, for it is about what is imported

import atexit
from gc import freeze, set_threshold

# What a command loads stays to its end: not to look through it for objects in circles saves a quarter of a short one.
set_threshold(200_000)
atexit.register(freeze)

import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import project
from pipeline.commands import deploy as deploy_commands
from pipeline.commands import lab as lab_commands
from pipeline.commands import models as models_commands
from pipeline.commands import new as new_commands
from pipeline.commands import reading
from pipeline.commands import retraining as retraining_commands
from pipeline.commands import review as review_commands
from pipeline.commands import schema as schema_commands
from pipeline.commands import scoring as scoring_commands
from pipeline.commands import serving as serving_commands
from pipeline.commands import trial as trial_commands
from pipeline.commands import watching as watching_commands
from pipeline.errors import PipelineError, UsageError
from pipeline.secrecy import KNOWN

if TYPE_CHECKING:
    from pipeline.workflow import Workflow

app = typer.Typer(
    name="pipeline",
    help="Run the notebooks of a project as its pipeline, and keep every executed one as a report.",
    epilog="Exit codes: 0 done, 1 a stage failed, 2 wrong settings, parameters or graph, 3 a gate refused, "
    "4 something critical was found, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(new_commands.app)
app.add_typer(reading.app)
app.add_typer(review_commands.app)
app.add_typer(models_commands.app)
app.add_typer(lab_commands.app)
app.add_typer(schema_commands.app)
app.add_typer(serving_commands.app)
app.add_typer(scoring_commands.app)
app.add_typer(retraining_commands.app)
app.add_typer(watching_commands.app)
app.add_typer(deploy_commands.app)
app.add_typer(trial_commands.app)
Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="STAGE", help="Stages to reach, with all that they need; default: every one."),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        "-p",
        metavar="NAME VALUE",
        help="A value for every stage that has the parameter; `STAGE.NAME VALUE`: for one. Can be repeated.",
    ),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", help="Stages that run at the same time; default: one a core.")
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or `latest`.")]
StageName = Annotated[str, typer.Argument(metavar="STAGE", help="A stage of that run.")]
ForJupyter = Annotated[list[str] | None, typer.Argument(metavar="ARGUMENTS", help="For JupyterLab, after `--`.")]
_REST = {"allow_extra_args": True, "ignore_unknown_options": True}
KeepLast = Annotated[int, typer.Option("--keep-last", metavar="N", min=0, help="Newest runs to keep in any case.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")]


@app.command()
def run(stages: Targets = None, parameter: Parameters = None, jobs: Jobs = None) -> None:
    """Run the stages; what nothing has changed for is reused."""
    from pipeline import workflow
    from pipeline.console.progress import progress
    from pipeline.console.summary import run_summary

    overrides = {} if jobs is None else {"jobs": jobs}
    work = workflow.Workflow(project.root(), stages or [], _pairs(parameter), overrides)
    _say_what_is_meant(work)
    with progress(list(work.graph.stages)) as shown:
        record = work.run(shown)
    run_summary(record, work.root, work.root / work.settings.reports)
    if work.settings.publish.promoted:
        review_commands.publish_promoted(work.root, record.run)
    sys.exit(workflow.exit_code(record))


@app.command()
def plan(stages: Targets = None, parameter: Parameters = None) -> None:
    """Say what would run and why, without starting anything."""
    from pipeline import workflow
    from pipeline.console.stages import decision

    work = workflow.Workflow(project.root(), stages or [], _pairs(parameter), {})
    _say_what_is_meant(work)
    for found in work.plan():
        decision(found)


@app.command()
def inspect(notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="Any .ipynb.")]) -> None:
    """Print what any notebook takes, reads and glues, without running it."""
    from pipeline.console.stages import notebook as show_notebook
    from pipeline.stages.notebook import read
    from pipeline.stages.stage import Stage

    show_notebook(Stage(read(notebook)))


@app.command()
def show(run: Run = "latest") -> None:
    """Print a run: stages and why they ran, parameters, gates, reports, and what people said about it."""
    from pipeline import lookback
    from pipeline.console import past, review
    from pipeline.review.remarks import Remarks

    found = lookback.Lookback(project.root()).find(run)
    past.run(found.record)
    review.remarks(Remarks(found.folder))


@app.command(name="open", context_settings=_REST)
def open_report(run: Run, stage: StageName, arguments: ForJupyter = None) -> None:
    """Open a scratch copy of a report in JupyterLab.

    It has the inputs that it had when it was executed; the report stays as it is.
    """
    from pipeline import lookback
    from pipeline.lab import launch

    root = project.root()
    copy = lookback.Lookback(root).scratch_copy(run, stage)
    _become(root, launch.open_copy(copy, root, arguments or []))


@app.command(context_settings=_REST)
def lab(arguments: ForJupyter = None) -> None:
    """Open JupyterLab on the project.

    The project root is every kernel's working folder, so any stage runs by hand on the outputs of the latest run.
    """
    from pipeline.lab import launch

    _become(project.root(), launch.command(project.root(), arguments or []))


@app.command()
def debug(run: Run, stage: StageName) -> None:
    """Run a stage again to where it failed, and keep its kernel.

    It gets the inputs that it had. To look around in its kernel, attach to it from another terminal.
    """
    from pipeline import lookback
    from pipeline.console import past
    from pipeline.console.progress import lines

    try:
        with lines([stage]) as shown, lookback.Lookback(project.root()).debug(run, stage, shown.cell_done) as attached:
            shown.running.clear()
            past.attached(attached)
            attached.wait()
    except KeyboardInterrupt:
        past.left()


@app.command()
def verify(run: Run = "latest") -> None:
    """Run a run again from its reports alone, and compare every scrap.

    In fresh kernels and on a copy of the registry: nothing is registered or promoted. Exit code 1: something differs.
    """
    from pipeline import lookback
    from pipeline.console import past
    from pipeline.console.progress import lines

    review = lookback.Lookback(project.root())
    names = [stage.name for stage in review.find(run).record.stages]
    with lines(names) as shown, review.verification(run, shown.cell_done) as found:
        verdicts = found.run()
    past.verdicts(found, verdicts)
    sys.exit(any(verdict.problems for verdict in verdicts))


@app.command()
def gc(keep_last: KeepLast, dry_run: DryRun = False) -> None:  # noqa: FBT002 - typer makes an option of it
    """Remove runs that nothing kept needs, with what only they used.

    Kept are runs that a champion, an approval, git or a kept report needs, and the newest ones.
    """
    from pipeline import lookback
    from pipeline.console import past

    review = lookback.Lookback(project.root())
    retention = review.retention(keep_last)
    with nullcontext() if dry_run else review.alone():
        past.surplus(retention)
        if not dry_run:
            retention.remove()
    past.freed(retention, "would be freed" if dry_run else "freed")


def _say_what_is_meant(work: "Workflow") -> None:
    """Print what was found out where parameters name another table than the project's."""
    if work.another is not None:
        from pipeline.console import start

        start.looks(work.another.looks)


def _become(root: Path, command: list[str]) -> None:
    """Let a program take this one's place, in the project's root."""
    os.chdir(root)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _pairs(given: list[str] | None) -> dict[str, str]:
    if lone := next((item for item in given or [] if "=" not in item), None):
        raise UsageError(f"the parameter {lone!r} has no value: write `-p {lone} VALUE` or `-p {lone}=VALUE`.")
    return dict(item.partition("=")[::2] for item in given or [])


def _joined(arguments: list[str]) -> list[str]:
    """Turn `-p trials 40` into `-p trials=40`."""
    joined, rest = [], list(arguments)
    while rest:
        joined.append(rest.pop(0))
        if joined[-1] in {"-p", "--parameter"} and len(rest) > 1 and "=" not in rest[0]:
            joined.append(f"{rest.pop(0)}={rest.pop(0)}")
    return joined


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run a command; an error of ours is a message and its exit code, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    # jsonschema loads it with nbformat where JupyterLab is installed: a parser of two seconds that nothing here asks.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    os.environ.pop(project.ROOT_VARIABLE, None)  # a command that a stage calls is about the project it is called in
    try:
        app(_joined(sys.argv[1:]), prog_name="pipeline")
    except PipelineError as error:
        print(f"{type(error).__name__}: {KNOWN.scrub(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
