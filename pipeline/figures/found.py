"""Owns the sentences on what a search found: how good the best trial is, and what is made of its predictions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.figures.words import count, percent

if TYPE_CHECKING:
    import pandas as pd

_MEANING = {"ROC AUC": ", where 0.5 is guessing and 1 perfect"}


def searched(
    best: Mapping[str, Any],
    baselines: Mapping[str, Mapping[str, Any]],
    trials: "pd.DataFrame",
    *,
    score: str,
    better: int,
) -> str:
    """Say how well the best trial did, against the best baseline on the same folds.

    Parameters
    ----------
    best, baselines
        `mean`, `std` and `folds` (each fold's) of the score.
    trials
        `trial`, `mean` and `pruned`, a row a trial.
    score
        What it is called.
    better
        +1 where more is better, -1 where less is.
    """
    name = max(baselines, key=lambda each: better * float(baselines[each]["mean"]))
    base, folds = baselines[name], len(best["folds"])
    ahead = sum(better * (own - other) > 0 for own, other in zip(best["folds"], base["folds"], strict=True))
    whole = trials[~trials["pruned"]]
    won = whole.iloc[int((better * whole["mean"]).to_numpy().argmax())]
    number = f"{best['mean']:.4g} ± {best['std']:.2g} (mean and spread of {count(folds, 'fold')})"
    return (
        f"The best of {count(len(trials), 'trial')}, number {won['trial']:.0f}, reaches {score} {number} on rows that "
        f"it did not learn from{_MEANING.get(score, '')}{', less is better' if better < 0 else ''}. "
        f"It beats the best baseline ({name}, {base['mean']:.4g}) in {ahead} of {count(folds, 'fold')}."
    )


def taken(learner: str, asked: str) -> str:
    """Say which learner was taken where the folds decided; nothing where settings did.

    >>> taken("linear", "auto")
    'What is kept is linear: nothing tried beats it on the folds, and it is simpler.'
    >>> taken("linear", "linear")
    ''
    """
    if asked != "auto":
        return ""
    if learner == "linear":
        return "What is kept is linear: nothing tried beats it on the folds, and it is simpler."
    return f"What is kept is {learner}, which beats linear on the folds."


def stopped(made: int, wanted: int, seconds: float | None) -> str:
    """Say that the time was up before all trials were made; nothing where it was not.

    >>> stopped(3, 12, 60.0)
    'The time was up (60 s) after 3 of 12 trials: another run may stop elsewhere and find another model.'
    """
    if seconds is None:
        return ""
    ended = f"The time was up ({seconds:g} s) after {made} of {count(wanted, 'trial')}"
    return f"{ended}: another run may stop elsewhere and find another model."


def corrected(method: str, losses: Mapping[str, float]) -> str:
    """Say whether probabilities are corrected, and what that is worth; nothing where there are none.

    Parameters
    ----------
    method
        `none` or the name of a correction.
    losses
        By method the log loss on rows that it was not fitted to.
    """
    if not losses:
        return ""
    before = losses["none"]
    if method == "none":
        return f"Its probabilities are left as they are (log loss {before:.4f})."
    return f"Its probabilities are corrected ({method}): log loss {before:.4f} before, {losses[method]:.4f} after."


def settled(threshold: float | None, interval: Mapping[str, float] | None, *, costs: Mapping[str, float]) -> str:
    """Say from where on a row counts as positive, or how far a number is from the truth; nothing for several classes.

    >>> settled(0.25, None, costs={})
    'A row counts as positive from a predicted probability of 25.0% on.'
    >>> settled(None, {"level": 0.9, "half_width": 12.0}, costs={})
    'In 90.0% of rows the truth lies within ± 12 of what is predicted.'
    """
    if interval is not None:
        within = f"within ± {interval['half_width']:.3g} of what is predicted"
        return f"In {percent(interval['level'])} of rows the truth lies {within}."
    if threshold is None:
        return ""
    why = ""
    if costs:
        ratio = costs["false_negative"] / costs["false_positive"]
        why = f", which costs least where a miss costs {ratio:g} times a false alarm"
    return f"A row counts as positive from a predicted probability of {percent(threshold)} on{why}."
