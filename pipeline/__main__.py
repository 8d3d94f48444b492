"""The commands. The only place that prints and exits."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline import project
from pipeline.errors import PipelineError

app = typer.Typer(
    name="pipeline",
    help="Run the notebooks of a project as its pipeline, and keep every executed one as a report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Targets = Annotated[
    list[str] | None, typer.Argument(help="Stages to reach, with all that they need; default: every one.")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter", "-p", metavar="NAME VALUE", help="`trials 40`, `trials=40`, or `STAGE.trials=40` for one stage."
    ),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", help="Stages that run at the same time; default: one a core.")
]


@app.command()
def run(stages: Targets = None, parameter: Parameters = None, jobs: Jobs = None) -> None:
    """Run the stages; what nothing has changed for is reused."""
    from pipeline import workflow
    from pipeline.console import progress, run_summary

    overrides = {} if jobs is None else {"jobs": jobs}
    work = workflow.Workflow(project.root(), stages or [], _pairs(parameter), overrides)
    with progress(list(work.graph.stages)) as shown:
        record = work.run(shown)
    run_summary(record, work.root / work.settings.reports)
    sys.exit(workflow.exit_code(record))


@app.command()
def plan(stages: Targets = None, parameter: Parameters = None) -> None:
    """Say what would run and why, without starting anything."""
    from pipeline import workflow
    from pipeline.console import decision

    for found in workflow.Workflow(project.root(), stages or [], _pairs(parameter), {}).plan():
        decision(found)


@app.command()
def inspect(notebook: Annotated[Path, typer.Argument(help="Any notebook.")]) -> None:
    """Print what a notebook takes, reads and glues."""
    from pipeline.console import notebook as show
    from pipeline.stages.notebook import read
    from pipeline.stages.stage import Stage

    show(Stage(read(notebook)))


def _pairs(given: list[str] | None) -> dict[str, str]:
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
    try:
        app(_joined(sys.argv[1:]), prog_name="pipeline")
    except PipelineError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
