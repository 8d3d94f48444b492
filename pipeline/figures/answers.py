"""Owns the answers that reports begin with: sentences in plain words, made from results, and where they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.figures.words import count, quoted

PLACE = "answer"
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
    against = [gate for gate in gates if not gate["passed"]]
    told = ". ".join(str(gate["message"]).rstrip(".") for gate in against)
    if all(gate.get("outcome") == "inconclusive" for gate in against):
        told = f"Not yet: {len(against)} of {count(len(gates), 'gate')} cannot tell, and the others pass. {told}."
        return f"{told} Until more rows tell, the model may not answer."
    return f"No, the model may not answer, refused by {len(against)} of {count(len(gates), 'gate')}. {told}."


def kept(version: str, golden: int, reproduced: int) -> str:
    """Say whether a model came back from where it is kept."""
    whole = "all" if reproduced == golden else f"only {reproduced} of"
    return f"{quoted(version)} is registered, and what comes back predicts {whole} {golden} golden rows the same."


def crowned(champion: str | None, *, own: bool, withdrawn: bool = False) -> str:
    """Say who is champion after a verdict.

    Parameters
    ----------
    champion
        Name and version, None where there is none.
    own
        Whether it is the model of this run.
    withdrawn
        Whether a rollback took the model of this run back.
    """
    if own:
        return "It is the champion, the version that answers."
    still = f"{quoted(champion)} goes on answering" if champion else "there is no champion"
    if withdrawn:
        return f"It was rolled back, so it does not return by itself: {still}."
    return f"The verdict refused it, so it does not become champion: {still}."


def shifted(major: Sequence[str], columns: int) -> str:
    """Say how many columns moved, the one that moved most first."""
    most = f", most of all {quoted(major[0])}" if major else ""
    return f"{len(major)} of {count(columns, 'column')} made a major shift{most}."
