"""Cross-fitting: what a learner predicts for rows that it has not learnt from, and how good that is, fold by fold."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pipeline.learning import learners, objectives
from pipeline.learning.parting import Fold, Rows, scorable

Make = Callable[[pd.DataFrame], Pipeline]
Score = dict[str, Any]
"""`metric`, `mean`, `std` (between folds, n - 1) and the list `folds`."""

CURVE = (0.125, 0.25, 0.5, 1.0)  # shares of a fold's rows


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is learned: features, shape (rows, columns), what is known of the rows, and how much each counts.

    Attributes
    ----------
    weight
        Shape (rows,); None: all the same.
    cores
        Folds fitted at the same time, one thread each. No result depends on it.
    """

    features: pd.DataFrame
    rows: Rows
    weight: NDArray[np.float64] | None = None
    cores: int = 1

    def last(self, count: int, seed: int) -> "Task":
        """Return the last rows, or where they have no order as many drawn at random."""
        places = np.arange(len(self.features))
        if not self.rows.timed:
            places = np.random.default_rng(seed).permutation(places)
        kept = places[-count:]
        return replace(self, features=self.features.iloc[kept], rows=self.rows.only(kept), weight=self.weights(kept))

    def weights(self, places: NDArray[np.intp]) -> NDArray[np.float64] | None:
        """Return the weights of some rows."""
        return None if self.weight is None else self.weight[places]


@dataclass(frozen=True, kw_only=True)
class Held:
    """Predictions for rows that were not learnt from.

    Attributes
    ----------
    places
        Positions of the rows, shape (rows,).
    target
        Their target.
    predicted
        Shape (rows,), or (rows, classes).
    fold
        Number of the fold, 1 and up.
    score
        Of each fold, by the objective of the goal.
    weight
        How much each row counts; None: all the same.
    """

    places: NDArray[np.intp]
    target: NDArray[Any]
    predicted: NDArray[np.float64]
    fold: NDArray[np.intp]
    score: Score
    weight: NDArray[np.float64] | None = None

    def only(self, chosen: NDArray[np.bool_]) -> "Held":
        """Return some of the rows."""
        weight = None if self.weight is None else self.weight[chosen]
        return replace(
            self,
            places=self.places[chosen],
            target=self.target[chosen],
            predicted=self.predicted[chosen],
            fold=self.fold[chosen],
            weight=weight,
        )


def hold_out(make: Make, task: Task, folds: Sequence[Fold]) -> Held:
    """Predict each fold's rows by a learner fitted on its other rows.

    Raises
    ------
    DataError
        If a fold has rows of one class only, or the learner refuses rows.
    """
    found = scorable(folds, task.rows)
    predicted = list(_each(task, partial(_predict, make, task), found))
    scores = [_score(task, fold, each) for fold, each in zip(found, predicted, strict=True)]
    places = np.concatenate([fold.test for fold in found])
    return Held(
        places=places,
        target=task.rows.target[places],
        predicted=np.concatenate(predicted),
        fold=np.concatenate([np.full(len(fold.test), number) for number, fold in enumerate(found, start=1)]),
        score=summary(task, scores),
        weight=task.weights(places),
    )


def learning_curve(make: Make, task: Task, folds: Sequence[Fold]) -> pd.DataFrame:
    """Score a learner fitted on ever more of each fold's rows, of ordered ones the latest.

    Returns
    -------
    pandas.DataFrame
        A row a share: `rows` (mean over folds), `learnt` and `new` (mean score of rows learnt from and of others) and
        `spread` of the latter between folds (n - 1). A share in which a fold has one class only is left out.
    """
    lines = [(share, [_part(fold, share, task.rows) for fold in folds]) for share in CURVE]
    possible = [(share, parts) for share, parts in lines if all(_learnable(part, task.rows) for part in parts)]
    return pd.DataFrame([_point(make, task, parts) for _, parts in possible])


def summary(task: Task, scores: Sequence[float]) -> Score:
    """Put together the scores of folds."""
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    metric = objectives.of(task.rows.goal).metric
    return {"metric": metric, "mean": float(np.mean(scores)), "std": spread, "folds": list(scores)}


def is_ahead(one: Score, other: Score, better: int) -> bool:
    """Say whether a score beats another on the same folds, on average.

    Parameters
    ----------
    better
        +1 where more is better, -1 where less is.

    >>> is_ahead({"folds": [0.9, 0.8]}, {"folds": [0.8, 0.7]}, 1)
    True
    >>> is_ahead({"folds": [0.8, 0.8]}, {"folds": [0.9, 0.7]}, 1)
    False
    """
    gains = better * (np.array(one["folds"]) - np.array(other["folds"]))
    return bool(gains.mean() > 0)


def _point(make: Make, task: Task, parts: Sequence[Fold]) -> dict[str, float]:
    found = list(_each(task, partial(_both, make, task), parts))
    new = [each for _, each in found]
    return {
        "rows": float(np.mean([len(part.train) for part in parts])),
        "learnt": float(np.mean([each for each, _ in found])),
        "new": float(np.mean(new)),
        "spread": float(np.std(new, ddof=1)) if len(new) > 1 else 0.0,
    }


def _both(make: Make, task: Task, fold: Fold) -> tuple[float, float]:
    own = Fold(train=fold.train, test=fold.train)
    model = _fit(make, task, fold)
    return tuple(_score(task, each, _outcome(model, task, each)) for each in (own, fold))  # type: ignore[return-value] # two


def _part(fold: Fold, share: float, rows: Rows) -> Fold:
    kept = max(2, round(len(fold.train) * share))
    order = fold.train if rows.timed else np.random.default_rng(0).permutation(fold.train)
    return Fold(train=order[-kept:], test=fold.test)


def _learnable(fold: Fold, rows: Rows) -> bool:
    return len(np.unique(rows.target[fold.train])) > 1


def _each(task: Task, work: Callable[[Fold], Any], folds: Sequence[Fold]) -> Iterator[Any]:
    """Work on each fold, the greatest first, so that no core waits long for the last; yield in order."""
    order = sorted(range(len(folds)), key=lambda number: -len(folds[number].train))
    with learners.silent(), ThreadPoolExecutor(task.cores) as pool:
        done = dict(zip(order, pool.map(work, [folds[number] for number in order]), strict=True))
    yield from (done[number] for number in range(len(folds)))


def _predict(make: Make, task: Task, fold: Fold) -> NDArray[np.float64]:
    return _outcome(_fit(make, task, fold), task, fold)


def _fit(make: Make, task: Task, fold: Fold) -> Pipeline:
    train = task.features.iloc[fold.train]
    model, weight = make(train), task.weights(fold.train)
    keywords = {} if weight is None else learners.weights(model, weight)
    # As in learners.fit, but that the limit holds for this thread alone.
    with threadpool_limits(limits=1, user_api="openmp"), learners.translated(train):
        return model.fit(train, task.rows.target[fold.train], **keywords)


def _outcome(model: Pipeline, task: Task, fold: Fold) -> NDArray[np.float64]:
    rows = task.features.iloc[fold.test]
    with learners.translated(rows):
        return learners.outcome(model, rows, task.rows.goal)


def _score(task: Task, fold: Fold, predicted: NDArray[np.float64]) -> float:
    objective = objectives.of(task.rows.goal)
    return objective.score(task.rows.target[fold.test], predicted, task.weights(fold.test))
