"""Owns the answers that reports begin with: sentences in plain words, made from results, and where they are shown."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.figures.words import between, count, percents, quoted

if TYPE_CHECKING:
    import pandas as pd

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


def searched(best: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]], trials: "pd.DataFrame") -> str:
    """Say how well the best trial did, against the best baseline on the same folds.

    Parameters
    ----------
    best, baselines
        `mean`, `std` and `folds` (each fold's) of ROC AUC.
    trials
        `trial` and `mean`, a row a trial.
    """
    name = max(baselines, key=lambda each: float(baselines[each]["mean"]))
    base, folds = baselines[name], len(best["folds"])
    ahead = sum(own > other for own, other in zip(best["folds"], base["folds"], strict=True))
    won = trials.nlargest(1, "mean").iloc[0]
    number = f"{best['mean']:.3f} ± {best['std']:.3f} (mean and spread of {count(folds, 'fold')})"
    return (
        f"The best of {count(len(trials), 'trial')}, number {won['trial']:.0f}, ranks rows that it did not learn from "
        f"with ROC AUC {number}, where 0.5 is guessing and 1 perfect. "
        f"It beats the best baseline ({name}, {base['mean']:.3f}) in {ahead} of {count(folds, 'fold')}."
    )


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


def ranked(auc: Estimate, rows: int, *, by: Mapping[str, Estimate]) -> str:
    """Say how well a model ranks, and how much better than others.

    Parameters
    ----------
    auc
        ROC AUC with its interval.
    rows
        That it was measured on.
    by
        By name of another the difference to it, with its interval.
    """
    good = f"On {rows:,} rows that it had never seen its ROC AUC is {between(auc)}, where 0.5 is guessing and 1 perfect"
    others = [f"{_ahead(found)} {name}" for name, found in by.items()]
    return f"{good}: {', '.join(others)}." if others else f"{good}."


def decided(recall: Estimate, precision: Estimate) -> str:
    """Say what decisions at a threshold come to."""
    return f"It finds {percents(recall)} of the positives, and {percents(precision)} of its alarms are right."


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


def holding(windows: "pd.DataFrame", promised: Estimate) -> str:
    """Say whether a champion still ranks as well as it promised.

    Parameters
    ----------
    windows
        `window` and its ROC AUC (`value`, `low`, `high`; missing where no label is in), in order.
    promised
        The same of the rows it was tested on.
    """
    known = windows[windows["value"].notna()]
    if known.empty:
        return "Nobody can tell yet whether the champion holds: no label is in."
    last, lower = known.iloc[-1], known["value"] < promised["value"]
    below = known["high"] < promised["low"]
    doubt = bool(below.any()) or (bool(lower.all()) and len(known) >= _RARELY)
    start = "Perhaps not; the champion may rank worse than it promised" if doubt else "Yes, the champion still holds"
    if below.iloc[-1]:
        start = "No, the champion ranks worse than it promised"
    now = {name: float(last[name]) for name in ("value", "low", "high")}
    number = f"ROC AUC {between(now)} in {last['window']}, {between(promised)} on its test rows"
    series = f"It was lower in {lower.sum()} of {count(len(known), 'window')}, clearly so in {below.sum()}."
    return f"{start}: {number}. {series}"


def shifted(major: Sequence[str], columns: int) -> str:
    """Say how many columns moved, the one that moved most first."""
    most = f", most of all {quoted(major[0])}" if major else ""
    return f"{len(major)} of {count(columns, 'column')} made a major shift{most}."


def _ahead(found: Estimate) -> str:
    """Say by how much a model is ahead of another; a difference whose interval holds 0 is none."""
    span = f"{found['low']:+.3f} to {found['high']:+.3f}"
    if found["low"] > 0 or found["high"] < 0:
        return f"{abs(found['value']):.3f} ({span}) {'better' if found['low'] > 0 else 'worse'} than"
    return f"neither clearly better nor worse ({span}) than"
