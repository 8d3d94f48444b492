"""Tuning: the search for a learner's parameters on folds of the training rows. The one importer of optuna."""

import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pipeline.learning import crossfit, learners, memory, objectives
from pipeline.learning.memory import Memory
from pipeline.learning.parting import Fold, scorable
from pipeline.learning.spans import Span, Value

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # optuna's progress bar misses widgets in a notebook; it is not shown anyway
    import optuna

MakeLearner = Callable[..., Pipeline]  # (features, **params) -> Pipeline
Tell = Callable[[str], None]
_UNPRUNED = 5  # trials that see all folds before any is given up


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search found.

    Attributes
    ----------
    params
        The best trial's.
    trials
        A row a trial, in the order they were made: `trial`, `mean`, `std`, `best` so far, `pruned`, each `fold_<k>`,
        and each parameter. A trial that was pruned has scores of the first half of the folds alone.
    score
        The best trial's: `metric`, `mean`, `std` (between folds, n - 1) and the list `folds`.
    timed_out
        Whether the search ended because its time was up: another run may then end elsewhere.
    """

    params: dict[str, Value]
    trials: pd.DataFrame
    score: crossfit.Score
    timed_out: bool = False


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a search may take: sets of parameters, 1 and up, and seconds, None for any time; the first counts."""

    trials: int
    seconds: float | None = None
    begun: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        """Say whether the time is up."""
        return self.seconds is not None and time.monotonic() - self.begun > self.seconds


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A fold whose columns are prepared once for all trials: a trial changes the last step alone."""

    number: int
    train: Any
    target: NDArray[Any]
    weight: dict[str, Any]
    test: Any
    fold: Fold


@dataclass(frozen=True, kw_only=True)
class _Try:
    """One trial: its parameters, and the scores of its folds, the first half of them where it was pruned."""

    params: dict[str, Value]
    scores: dict[int, float]
    pruned: bool

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.scores.values())))

    @property
    def std(self) -> float:
        return float(np.std(list(self.scores.values()), ddof=1)) if len(self.scores) > 1 else 0.0

    def row(self, number: int) -> dict[str, Any]:
        folds = {f"fold_{k}": score for k, score in sorted(self.scores.items())}
        return {"trial": number, "mean": self.mean, "std": self.std, "pruned": self.pruned, **folds, **self.params}


_Scoring = Callable[[dict[str, Value], Sequence[_Part]], dict[int, float]]


def search(  # noqa: PLR0913 - all by name, and each of them a choice of whoever searches
    make: MakeLearner,
    task: crossfit.Task,
    *,
    space: Mapping[str, Span],
    folds: Iterable[Fold],
    budget: Budget,
    seed: int = 0,
    first: Mapping[str, Value] | None = None,
    remember: Path | None = None,
    tell: Tell = lambda _: None,
) -> Search:
    """Search a learner's parameters for the best mean score over folds, by the objective of the goal.

    A tree-structured Parzen estimator (Bergstra et al. 2011) with a fixed seed proposes, one trial after another. A
    trial that on the first half of its folds does worse than the median of those before is given up there (the median
    rule; Golovin et al. 2017). The same call gives the same answer to the last digit, whatever the cores are, but where
    its time runs out.

    Parameters
    ----------
    make
        Builds the learner from a feature frame and parameters of its last step; called with each fold's training rows.
    task
        What is learned.
    space, folds, budget
        Which values to try, by parameter (one trial is all there is where there are none), on which rows, how often.
    first
        The set to try first, so that the search is never worse than what is known.
    remember
        Folder in which scores are kept, so that a search that was stopped goes on where it was. None: nowhere.
    tell
        Is told a line for each trial that beats all before it.

    Raises
    ------
    DataError
        If a fold has rows of one class only, or the learner refuses the rows.
    """
    found = scorable(folds, task.rows)
    count = budget.trials if space else 1
    with _quiet(), learners.silent(), ThreadPoolExecutor(task.cores) as pool:
        parts = list(pool.map(partial(_part, make, task), range(len(found)), found))
        last = make(task.features).steps[-1][1]
        score = partial(_scores, last, task, _memory(remember, make, task, found), pool)
        tries = _tries(_study(task, seed, first), replace(budget, trials=count), space, parts, score)
        tried = list(_watched(tries, task, count, tell))
    return _summary(tried, task, timed_out=len(tried) < count)


def _summary(tried: list[_Try], task: crossfit.Task, *, timed_out: bool) -> Search:
    whole = [each for each in tried if not each.pruned]
    better = objectives.of(task.rows.goal).better
    best = max(whole, key=lambda each: better * each.mean)  # of equals the first
    trials = pd.DataFrame([each.row(number) for number, each in enumerate(tried, start=1)])
    ranked = (better * trials["mean"]).where(~trials["pruned"])
    trials.insert(3, "best", better * ranked.cummax().ffill())
    score = crossfit.summary(task, [best.scores[number] for number in sorted(best.scores)])
    return Search(params=best.params, trials=trials, score=score, timed_out=timed_out)


def _study(task: crossfit.Task, seed: int, first: Mapping[str, Value] | None) -> optuna.Study:
    study = optuna.create_study(
        direction="maximize" if objectives.of(task.rows.goal).better > 0 else "minimize",
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_UNPRUNED),
    )
    if first:
        study.enqueue_trial(dict(first))
    return study


def _tries(
    study: optuna.Study, budget: Budget, space: Mapping[str, Span], parts: Sequence[_Part], score: _Scoring
) -> Iterator[_Try]:
    for number in range(budget.trials):
        if number and budget.over:
            return
        trial = study.ask()
        params = {name: _suggest(trial, name, span) for name, span in space.items()}
        found = _judged(trial, params, parts, score)
        study.tell(trial, None if found.pruned else found.mean, _PRUNED if found.pruned else None)
        yield found


_PRUNED = optuna.trial.TrialState.PRUNED


def _judged(trial: optuna.Trial, params: dict[str, Value], parts: Sequence[_Part], score: _Scoring) -> _Try:
    """Score a trial on the first half of the folds, and where that is worth it on the others."""
    half = -(-len(parts) // 2)
    begun = score(params, parts[:half])
    trial.report(float(np.mean(list(begun.values()))), step=1)
    if half < len(parts) and trial.should_prune():
        return _Try(params=params, scores=begun, pruned=True)
    return _Try(params=params, scores=begun | score(params, parts[half:]), pruned=False)


def _watched(tries: Iterable[_Try], task: crossfit.Task, count: int, tell: Tell) -> Iterator[_Try]:
    objective, best = objectives.of(task.rows.goal), -np.inf
    for number, found in enumerate(tries, start=1):
        if not found.pruned and objective.better * found.mean > best:
            best = objective.better * found.mean
            said = f"{objective.title} {found.mean:.4f} ± {found.std:.4f} over folds"
            tell(f"trial {number} of {count}: {said}, the best so far")
        yield found


def _suggest(trial: optuna.Trial, name: str, span: Span) -> Value:
    log = span.scale == "log"
    if isinstance(span.low, int) and isinstance(span.high, int):
        return int(trial.suggest_int(name, span.low, span.high, log=log))
    return float(trial.suggest_float(name, span.low, span.high, log=log))


def _scores(  # noqa: PLR0913, PLR0917 - bound once, called with the last two
    last: Any,  # noqa: ANN401 - any estimator
    task: crossfit.Task,
    known: Memory,
    pool: ThreadPoolExecutor,
    params: dict[str, Value],
    parts: Sequence[_Part],
) -> dict[int, float]:
    """Score parts, the greatest first, so that no core waits long for the last; what is known is not fitted again."""
    new = sorted((part for part in parts if known.find(params, part.number) is None), key=_rows, reverse=True)
    for part, score in zip(new, pool.map(partial(_score, last, task, params), new), strict=True):
        known.keep(params, part.number, score)
    return {part.number: found for part in parts if (found := known.find(params, part.number)) is not None}


def _rows(part: _Part) -> int:
    return len(part.target)


def _score(last: Any, task: crossfit.Task, params: dict[str, Value], part: _Part) -> float:  # noqa: ANN401 - any estimator
    limited = threadpool_limits(limits=1, user_api="openmp")  # as in learners.fit; for this thread alone
    with limited, learners.translated(part.train):
        fitted = clone(last).set_params(**params).fit(part.train, part.target, **part.weight)
        predicted = learners.outcome(fitted, part.test, task.rows.goal)
    places = part.fold.test
    return objectives.of(task.rows.goal).score(task.rows.target[places], predicted, task.weights(places))


def _part(make: MakeLearner, task: crossfit.Task, place: int, fold: Fold) -> _Part:
    train, target, weight = task.features.iloc[fold.train], task.rows.target[fold.train], task.weights(fold.train)
    model = make(train)  # made for these rows: a column may have no value yet
    with threadpool_limits(limits=1, user_api="openmp"), learners.translated(train):
        return _Part(
            number=place + 1,
            train=model[:-1].fit_transform(train, target),
            target=target,
            weight={} if weight is None else learners.weights(model.steps[-1][1], weight),
            test=model[:-1].transform(task.features.iloc[fold.test]),
            fold=fold,
        )


def _memory(folder: Path | None, make: MakeLearner, task: crossfit.Task, folds: Sequence[Fold]) -> Memory:
    model = make(task.features)
    library = type(model.steps[-1][1]).__module__.partition(".")[0]
    version = getattr(sys.modules[library], "__version__", "")
    weight = np.empty(0) if task.weight is None else task.weight
    places = [part for fold in folds for part in (fold.train, fold.test)]
    what = (
        sorted(model.get_params().items(), key=str),
        f"{library} {version}",
        task.rows.goal,
        task.rows.target,
        weight,
        *places,
    )
    return memory.of(folder, task.features, *what)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep optuna's log out of the report: the table of trials says it all."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
