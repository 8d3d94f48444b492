"""The commands with which reports are judged and kept."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import project

if TYPE_CHECKING:
    from pipeline.lookback import Lookback
    from pipeline.models.remark import Ruling

app = typer.Typer()
_YEAR = 4  # digits, with which the id of a run begins: fewer are the number of a version
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or `latest`.")]
StageName = Annotated[str, typer.Argument(metavar="STAGE", help="A stage of that run.")]
Cell = Annotated[str, typer.Argument(metavar="CELL", help="The id of a cell of its report.")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="What is said.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the decision.")]
Author = Annotated[str, typer.Option("--author", metavar="NAME", help="In whose name; default: whom git knows here.")]
Judged = Annotated[
    str, typer.Argument(metavar="RUN|VERSION", help="A run, or the version that it registered: a number or an alias.")
]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", envvar="PIPELINE_APPROVAL_KEY", help="An OpenSSH key to sign it with."),
]
Days = Annotated[float | None, typer.Option("--days", help="How long it holds; default: as settings say.")]
Where = Annotated[
    str, typer.Option("--to", metavar="git|URL", help="Git, a folder or a URL; default: as settings say.")
]
Source = Annotated[str, typer.Option("--from", metavar="URL", help="The folder or URL where it was published.")]


@app.command()
def comment(run: Run, stage: StageName, cell: Cell, text: Text, author: Author = "") -> None:
    """Keep a comment on a cell of a report, in a file beside the run."""
    from pipeline import lookback
    from pipeline.console import review
    from pipeline.review import authors

    with lookback.Lookback(project.root()).remarks(run, "comment") as remarks:
        review.recorded(remarks, remarks.comment(stage, cell, text, authors.author(project.root(), author)))


@app.command()
def approve(run: Judged, reason: Reason, author: Author = "", key: Key = None, days: Days = None) -> None:
    """Record that a run is approved as it is, and why; signed, its model may become champion where settings ask for it.

    The approval is void once anything changes that it is about: reports, gates, data, model, settings.
    """
    from pipeline.models.remark import Ruling

    _decide("approve", run, Ruling.APPROVED, reason, author, key, days)


@app.command()
def refuse(run: Judged, reason: Reason, author: Author = "", key: Key = None) -> None:
    """Record that a run is refused as it is, and why."""
    from pipeline.models.remark import Ruling

    _decide("refuse", run, Ruling.REFUSED, reason, author, key, None)


@app.command()
def waiting() -> None:
    """Print what waits for review, and what was decided last.

    A run waits whose model version passed the gates, and that nobody has approved or refused as it is now.
    """
    from pipeline import lookback
    from pipeline.console import review
    from pipeline.review import waiting as lists

    runs = lookback.Lookback(project.root()).runs()
    review.waiting(lists.waiting(runs), lists.decided(runs))


@app.command()
def publish(run: Run, to: Where = "") -> None:
    """Keep a run for good: its reports, record and remarks.

    In git, which you then commit, or at a URL. What is kept never changes: what is there already has to be the same.
    """
    from pipeline import lookback
    from pipeline.console import review

    review.published(lookback.Lookback(project.root()).publish(run, to))


@app.command()
def fetch(run: Run, source: Source) -> None:
    """Bring a published run back among the reports; nothing is overwritten."""
    from pipeline import lookback
    from pipeline.console import review

    review.fetched(lookback.Lookback(project.root()).fetch(run, source))


def publish_promoted(root: Path, run: str) -> None:
    """Publish a run where its model became champion; where that fails, say so, for the model is champion all the same.

    The run has done what it was asked for, and `gc` keeps it as long as its model is champion: nothing is lost that the
    printed command would not bring. A failure here must not make CI take a promotion for a failed run.
    """
    from pipeline import lookback
    from pipeline.console import review
    from pipeline.errors import PipelineError
    from pipeline.models import promotion
    from pipeline.secrecy import KNOWN

    try:
        if run in {past.run for past in promotion.history()}:
            review.published(lookback.Lookback(root).publish(run))
    except PipelineError as error:
        review.unpublished(run, KNOWN.scrub(str(error)))


def _decide(  # noqa: PLR0913, PLR0917 - each is an option of both commands
    command: str, run: str, ruling: "Ruling", reason: str, author: str, key: Path | None, days: float | None
) -> None:
    from pipeline import lookback
    from pipeline.console import review
    from pipeline.review import authors

    back = lookback.Lookback(project.root())
    by, lasts = authors.author(back.root, author), timedelta(days=days or back.settings.approval.days)
    with back.remarks(_run_of(back, run), command) as remarks:
        review.recorded(remarks, remarks.decide(ruling, reason, by, lasts=lasts, key=key))


def _run_of(back: "Lookback", given: str) -> str:
    """Return the run that registered a version; what is no version is a run already."""
    from pipeline.models import registry

    aliases = (registry.CHAMPION, registry.CHALLENGER, registry.PREVIOUS)
    is_version = given in aliases or (given.isdecimal() and len(given) < _YEAR)
    return registry.find(back.model, given).run if is_version else given
