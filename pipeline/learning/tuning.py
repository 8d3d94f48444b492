"""Tuning: the search for a learner's parameters on folds of the training rows. The one importer of optuna."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pipeline.errors import DataError
from pipeline.learning.learners import Span, both_classes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # optuna's progress bar misses widgets in a notebook; it is not shown anyway
    import optuna

MakeLearner = Callable[..., Pipeline]  # (features, **params) -> Pipeline
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Positions of the rows that a trial trains on and of those that it is scored on, each of shape (rows,)."""

    train: NDArray[np.intp]
    test: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search found.

    Attributes
    ----------
    params
        The best trial's.
    trials
        A row a trial, in the order they were made: `trial`, `mean`, `std`, `best` so far, each `fold_<k>`, and each
        parameter. Scores are ROC AUC.
    auc
        The best trial's ROC AUC: `mean`, `std` (between folds, n - 1) and the list `folds`.
    validation
        Its out-of-fold predictions: `position` of the row, `target`, `probability`, `fold`.
    """

    params: dict[str, float]
    trials: pd.DataFrame
    auc: dict[str, Any]
    validation: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A fold whose columns are encoded once for all trials: a trial changes the classifier alone."""

    train: Any
    target: NDArray[np.int8]
    test: Any
    truth: NDArray[np.int8]
    positions: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class _Try:
    """One trial: its parameters, and by fold its score and predictions."""

    params: dict[str, float]
    scores: list[float]
    predicted: list[NDArray[np.float64]]

    @property
    def mean(self) -> float:
        return float(np.mean(self.scores))

    @property
    def std(self) -> float:
        return float(np.std(self.scores, ddof=1)) if len(self.scores) > 1 else 0.0

    def row(self, number: int) -> dict[str, float]:
        folds = {f"fold_{k}": score for k, score in enumerate(self.scores, start=1)}
        return {"trial": number, "mean": self.mean, "std": self.std, **folds, **self.params}


_Scored = list[tuple[float, NDArray[np.float64]]]


def forward_folds(rows: int, count: int) -> list[Fold]:
    """Split rows that stand in time order: each fold is scored on the rows that follow those it trains on.

    Raises
    ------
    DataError
        If there are too few rows for so many folds.
    """
    return _folds(partial(TimeSeriesSplit(n_splits=count).split, np.empty(rows)), rows, count)


def block_folds(rows: int, count: int) -> list[Fold]:
    """Split rows that stand in time order into blocks: each is scored by what all the others, earlier and later, teach.

    No honest test, since the future is known; but what is trained so is most like what all rows will train.

    Raises
    ------
    DataError
        If there are too few rows for so many folds.
    """
    return _folds(partial(KFold(n_splits=count).split, np.empty(rows)), rows, count)


def stratified_folds(target: ArrayLike, count: int, seed: int) -> list[Fold]:
    """Split rows that have no time at random, each fold with the same share of positives.

    Raises
    ------
    DataError
        If there are too few rows for so many folds.
    """
    values = both_classes(target)
    splitter = StratifiedKFold(n_splits=count, shuffle=True, random_state=seed)
    return _folds(partial(splitter.split, np.empty(len(values)), values), len(values), count)


def search(  # noqa: PLR0913 - all by name, and each of them a choice of whoever searches
    make: MakeLearner,
    features: pd.DataFrame,
    target: ArrayLike,
    *,
    space: Mapping[str, Span],
    folds: Iterable[Fold],
    trials: int,
    seed: int = 0,
    first: Mapping[str, float] | None = None,
    cores: int = 1,
    tell: Tell = lambda _: None,
) -> Search:
    """Search a learner's parameters for the greatest mean ROC AUC over folds.

    A tree-structured Parzen estimator (Bergstra et al. 2011) with a fixed seed proposes, one trial after another, so
    the same call gives the same answer to the last digit, whatever `cores` is.

    Parameters
    ----------
    make
        Builds the learner from a feature frame and parameters of its last step; called with each fold's training rows.
    features, target
        Shapes (rows, columns) and (rows,).
    space
        Which values to try, by parameter; empty where `make` is only to be scored.
    folds
        From `forward_folds`, `block_folds` or `stratified_folds`.
    trials
        How many parameter sets to try, 1 and up.
    first
        The set to try first, so that the search is never worse than what is known.
    cores
        Folds fitted at the same time, one thread each.
    tell
        Is told a line for each trial that beats all before it.

    Raises
    ------
    DataError
        If a fold has rows of one class only, or the learner refuses the rows.
    """
    values = both_classes(target)
    parts = [_part(make, features, values, fold) for fold in _scorable(folds, values)]
    classifier = make(features).steps[-1][1]
    with _quiet(), ThreadPoolExecutor(cores) as pool:
        score = partial(_score, classifier, parts, pool)
        tried = list(_watched(_tries(_study(seed, first), trials, space, score), trials, tell))
    return _summary(tried, parts)


def _summary(tried: list[_Try], parts: list[_Part]) -> Search:
    best = max(tried, key=lambda each: each.mean)  # of equals the first
    trials = pd.DataFrame([each.row(number) for number, each in enumerate(tried, start=1)])
    trials.insert(3, "best", trials["mean"].cummax())
    predicted = [
        pd.DataFrame({"position": part.positions, "target": part.truth, "probability": found, "fold": number})
        for number, (part, found) in enumerate(zip(parts, best.predicted, strict=True), start=1)
    ]
    auc = {"mean": best.mean, "std": best.std, "folds": best.scores}
    return Search(params=best.params, trials=trials, auc=auc, validation=pd.concat(predicted, ignore_index=True))


def _study(seed: int, first: Mapping[str, float] | None) -> optuna.Study:
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    if first:
        study.enqueue_trial(dict(first))
    return study


def _tries(
    study: optuna.Study, count: int, space: Mapping[str, Span], score: Callable[[dict[str, float]], _Scored]
) -> Iterator[_Try]:
    for _ in range(count):
        trial = study.ask()
        params = {name: _suggest(trial, name, span) for name, span in space.items()}
        scored = score(params)
        found = _Try(params=params, scores=[auc for auc, _ in scored], predicted=[rows for _, rows in scored])
        study.tell(trial, found.mean)
        yield found


def _watched(tries: Iterable[_Try], count: int, tell: Tell) -> Iterator[_Try]:
    best = -np.inf
    for number, found in enumerate(tries, start=1):
        if found.mean > best:
            tell(f"trial {number} of {count}: ROC AUC {found.mean:.4f} ± {found.std:.4f} over folds, the best so far")
        best = max(best, found.mean)
        yield found


def _suggest(trial: optuna.Trial, name: str, span: Span) -> float:
    log = span.scale == "log"
    if isinstance(span.low, int) and isinstance(span.high, int):
        return int(trial.suggest_int(name, span.low, span.high, log=log))
    return float(trial.suggest_float(name, span.low, span.high, log=log))


def _score(classifier: Any, parts: list[_Part], pool: ThreadPoolExecutor, params: dict[str, float]) -> _Scored:  # noqa: ANN401 - any classifier
    """Fit and score each part, the greatest first, so that no core waits long for the last."""
    fit = partial(_score_part, classifier, params)
    order = sorted(range(len(parts)), key=lambda number: -len(parts[number].target))
    scored = dict(zip(order, pool.map(fit, [parts[number] for number in order]), strict=True))
    return [scored[number] for number in range(len(parts))]


def _score_part(classifier: Any, params: dict[str, float], part: _Part) -> tuple[float, NDArray[np.float64]]:  # noqa: ANN401 - any classifier
    with threadpool_limits(limits=1, user_api="openmp"):  # as in learners.fit; the limit holds for this thread alone
        fitted = clone(classifier).set_params(**params).fit(part.train, part.target)
        predicted = fitted.predict_proba(part.test)[:, 1]
    return float(roc_auc_score(part.truth, predicted)), predicted


def _part(make: MakeLearner, features: pd.DataFrame, target: NDArray[np.int8], fold: Fold) -> _Part:
    train = features.iloc[fold.train]
    prepare = make(train)[:-1]  # made for these rows: a column may have no value yet
    return _Part(
        train=prepare.fit_transform(train),
        target=target[fold.train],
        test=prepare.transform(features.iloc[fold.test]),
        truth=target[fold.test],
        positions=fold.test,
    )


def _folds(split: Callable[[], Iterable[tuple[Any, Any]]], rows: int, count: int) -> list[Fold]:
    try:
        return [Fold(train=train, test=test) for train, test in split()]
    except ValueError as error:
        raise DataError(f"{rows} rows make no {count} folds: {error}. Take fewer folds, or more rows.") from error


def _scorable(folds: Iterable[Fold], target: NDArray[np.int8]) -> list[Fold]:
    found = list(folds)
    for number, fold in enumerate(found, start=1):
        for part, rows in (("trains", fold.train), ("is scored", fold.test)):
            if len(np.unique(target[rows])) < 2:  # noqa: PLR2004 - two classes
                raise DataError(f"fold {number} {part} on rows of one class only. Take fewer folds, or more rows.")
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep optuna's log out of the report: the table of trials says it all."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
