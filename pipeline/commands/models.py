"""The commands about models: which one answers, which one shall, and where it came from."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import project

if TYPE_CHECKING:
    from pipeline.lookback import Lookback

app = typer.Typer()
Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version's number, or `champion`, `challenger`, `previous`.")
]
Earlier = Annotated[
    int | None, typer.Argument(metavar="VERSION", help="One that was champion; default: the one before.")
]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose version; default: as settings say.")]
HtmlFile = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as one HTML file.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the log.")]
Author = Annotated[str, typer.Option("--author", metavar="NAME", help="In whose name; default: whom git knows here.")]
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ"]
At = Annotated[
    datetime | None, typer.Option("--at", metavar="TIME", formats=_TIMES, help="What answered then: 2026-11-01T12:00Z.")
]


@app.command()
def promote(version: Version, reason: Reason, model: Model = "", author: Author = "") -> None:
    """Make a version the champion: its gates passed, and it is approved where settings ask for that."""
    from pipeline.console import models
    from pipeline.models import crowning, registry
    from pipeline.review import authors

    back = _lookback()
    found = registry.find(model or back.model, version)
    by = authors.author(back.root, author)
    models.answers(crowning.crown(back.root, back.reports, found, policy=back.policy, by=by, reason=reason))


@app.command()
def rollback(reason: Reason, version: Earlier = None, model: Model = "", author: Author = "") -> None:
    """Let a version answer again that was champion before."""
    from pipeline.console import models
    from pipeline.models import promotion
    from pipeline.review import authors

    back = _lookback()
    by = authors.author(back.root, author)
    models.answers(promotion.rollback(model or back.model, version, by=by, reason=reason))
    from pipeline.models import registry  # seconds, and what answers follows the log

    registry.follow(model or back.model)


@app.command()
def history(model: Model = "") -> None:
    """Print every promotion and rollback, oldest first; the last one of a name answers."""
    from pipeline.console import models
    from pipeline.models import promotion

    _lookback()
    models.history(promotion.history(model or None))


@app.command()
def audit() -> None:
    """Prove that nobody changed the log of promotions, and that registry and store agree with it.

    Exit code 1: they do not.
    """
    from pipeline.console import models
    from pipeline.models import audit as auditing
    from pipeline.models import promotion

    _lookback()
    found = list(auditing.problems())
    models.audited(len(promotion.history()), found)
    sys.exit(bool(found))


@app.command()
def trace(
    version: Version = "champion",
    at: At = None,
    model: Model = "",
) -> None:
    """Print what a version was made from, who decided about it, and when it answered."""
    from pipeline.console import models
    from pipeline.models import lineage, registry

    back = _lookback()
    if at is not None:
        models.then(at.replace(tzinfo=UTC), lineage.at(at.replace(tzinfo=UTC)))
        return
    found = registry.find(model or back.model, version)
    models.chain(found.title, lineage.chain(found, back.reports))


@app.command()
def card(version: Version = "champion", model: Model = "", html: HtmlFile = None) -> None:
    """Print the card of a version, in Markdown: what a person has to know before trusting it."""
    from pipeline.console import models
    from pipeline.models import registry

    back = _lookback()
    found = registry.find(model or back.model, version)
    text = registry.card(found.name, found.version)
    if html is None:
        models.card(text)
        return
    from pipeline.review import sheet

    sheet.write(found.title, text, html)
    models.written(html)


def _lookback() -> "Lookback":
    from pipeline.lookback import Lookback

    return Lookback(project.root())
