"""Owns the answers that reports begin with: sentences in plain words, made from results, and where they are shown."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.figures.words import count, percent, quoted

if TYPE_CHECKING:
    import pandas as pd

PLACE = "answer"
_BY_CHANCE = 0.05  # share of intervals of 95 % that miss what they should hold
_RARELY = 5  # windows that all lie on one side by chance in 1 of 32 cases
_NAMED = 3  # columns that a sentence names

Estimate = Mapping[str, float]
"""`value`, `low` and `high`."""


def reserve() -> None:
    """Keep a place on the first screen of a report for its answer, which comes when all its cells have run."""
    _display("*The answer comes here when all cells have run.*")


def show(answer: str) -> None:
    """Show an answer here, and in the place that was kept for it."""
    from IPython.display import Markdown, display

    _display(answer, update=True)
    display(Markdown(answer))  # type: ignore[no-untyped-call]


def _display(text: str, *, update: bool = False) -> None:
    from IPython.display import Markdown, display, update_display

    # Whoever shows the answer in a place of its own knows by the metadata that it stands here too.
    place = {"display_id": PLACE, "metadata": {"pipeline": {"role": PLACE}}}
    (update_display if update else display)(Markdown(text), **place)  # type: ignore[no-untyped-call]


def say(*sentences: str) -> str:
    """Put sentences into one paragraph; empty ones are left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def size(rows: int, columns: int, *, called: str, rate: float) -> str:
    """Say how large a table is, and how often the target is what is predicted.

    >>> size(1200, 5, called="paid = yes", rate=0.25)
    'The table has 1,200 rows and 5 columns; `paid = yes` in 25.0% of the rows that have a label.'
    """
    there = f"{count(rows, 'row')} and {count(columns, 'column')}"
    return f"The table has {there}; {quoted(called)} in {percent(rate)} of the rows that have a label."


def strongest(associations: "pd.DataFrame", leaks: "pd.DataFrame") -> str:
    """Say which column tells the target best, and whether one tells too much.

    Parameters
    ----------
    associations
        `column` and `auc`, best first.
    leaks
        Those of them that are suspected.
    """
    if associations.empty:
        return "There is no column to tell it from."
    best = f"{quoted(associations['column'].iloc[0])} (AUC {associations['auc'].iloc[0]:.2f})"
    if len(leaks):
        return f"{count(len(leaks), 'column')} may give the answer away, first {best}: explain that before any score."
    return f"No column gives the answer away; alone {best} tells most, where 0.5 tells nothing and 1 all."


def moved(periods: "pd.DataFrame | None", rate: float) -> str:
    """Say whether a rate moved over time.

    Parameters
    ----------
    periods
        `rate`, `low` and `high`, a row a period; None where rows have no time.
    rate
        Over all rows.
    """
    if periods is None:
        return "No time column is named, so nobody can tell whether that changes."
    away = int(((periods["low"] > rate) | (periods["high"] < rate)).sum())
    verb = "moves over time" if away > _BY_CHANCE * len(periods) else "hardly moves over time"
    spread = f"between {percent(periods['rate'].min())} and {percent(periods['rate'].max())}"
    return f"The rate {verb}: {away} of {count(len(periods), 'period')} clearly differ from it, {spread}."


def judged(gates: Sequence[Mapping[str, Any]], *, passed: bool) -> str:
    """Say whether a model may become champion, and what stands against it.

    Parameters
    ----------
    gates
        `passed` and `message` of each.
    passed
        The verdict on all of them.
    """
    if passed:
        return f"Yes, the model may answer: it passes {'its gate' if len(gates) == 1 else f'all {len(gates)} gates'}."
    against = [str(gate["message"]).rstrip(".") for gate in gates if not gate["passed"]]
    refused = f"refused by {len(against)} of {count(len(gates), 'gate')}"
    return f"No, the model may not answer, {refused}. {'. '.join(against)}."


def kept(version: str, golden: int, reproduced: int) -> str:
    """Say whether a model came back from where it is kept."""
    whole = "all" if reproduced == golden else f"only {reproduced} of"
    return f"{quoted(version)} is registered, and what comes back predicts {whole} {golden} golden rows the same."


def crowned(champion: str | None, *, own: bool) -> str:
    """Say who is champion after a verdict.

    Parameters
    ----------
    champion
        Name and version, None where there is none.
    own
        Whether it is the model of this run.
    """
    if own:
        return "It is the champion, the version that answers."
    still = f"{quoted(champion)} goes on answering" if champion else "there is no champion"
    return f"The verdict refused it, so it does not become champion: {still}."


def shifted(major: Sequence[str], columns: int) -> str:
    """Say how many columns moved, the one that moved most first."""
    most = f", most of all {quoted(major[0])}" if major else ""
    return f"{len(major)} of {count(columns, 'column')} made a major shift{most}."
