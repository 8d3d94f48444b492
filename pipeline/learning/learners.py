"""Learners: what is trained, each ONE scikit-learn Pipeline that goes from raw columns to what the goal asks for."""

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits

from pipeline.errors import DataError, SettingsError, near
from pipeline.goal import Goal, Task
from pipeline.learning import foreign, naming
from pipeline.learning.columns import named
from pipeline.learning.spans import Span, Value

POSITIVE = 1  # the class whose probability is predicted; the other is 0
_PAIR = 2


class Learner(Protocol):
    """What can be trained: a file in `families`, or a class of another library."""

    def make(self, features: pd.DataFrame, goal: Goal, *, seed: int = 0, **params: Value) -> Pipeline:
        """Make one that is not fitted: `prepare` for columns like these, then `learn`, which takes the parameters.

        Raises
        ------
        DataError
            If a column is of a type that no learner reads, or none has a value.
        SettingsError
            If its library is not installed, or it is for another task.
        """

    def defaults(self, rows: int, goal: Goal) -> dict[str, Value]:
        """Return what a search over so many rows tries first."""

    def space(self, rows: int, goal: Goal) -> Mapping[str, Span]:
        """Return where a search over so many rows looks; empty where there is nothing to search."""


def find(name: str) -> Learner:
    """Return the learner of a name: of a file in `families`, or of a dotted path.

    Raises
    ------
    SettingsError
        If there is none.
    """
    if "." in naming.check(name):
        return foreign.find(name)
    module: Any = importlib.import_module(f"pipeline.learning.families.{name}")
    learner: Learner = module
    return learner


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A learner for one goal and table, with the parameters that somebody wrote.

    Attributes
    ----------
    make
        Makes it for a frame, with parameters of its last step.
    space, first
        Where a search looks for those that nobody wrote, and what it tries first.
    """

    make: Callable[..., Pipeline]
    space: Mapping[str, Span]
    first: dict[str, Value]


def choose(
    name: str, features: pd.DataFrame, goal: Goal, *, seed: int = 0, params: Mapping[str, Value] | None = None
) -> Chosen:
    """Choose a learner by its name, or the dotted path of its class.

    Raises
    ------
    DataError, SettingsError
        As in `find` and `Learner.make`; and if it takes no such parameter.
    """
    learner, given = find(name), dict(params or {})
    known = learner.make(features, goal, seed=seed).steps[-1][1].get_params()
    if unknown := sorted(given.keys() - known.keys()):
        raise SettingsError(
            f"`parameters` in [tool.pipeline.learning] has {unknown[0]!r}, which {name} does not take: "
            f"{near(unknown[0], known)}"
        )
    space = {each: span for each, span in learner.space(len(features), goal).items() if each not in given}
    first = {each: value for each, value in learner.defaults(len(features), goal).items() if each in space}
    make: Callable[..., Pipeline] = partial(learner.make, goal=goal, seed=seed)
    return Chosen(make=partial(make, **given), space=space, first=first)


def fit(
    learner: Any,  # noqa: ANN401 - any estimator
    features: Any,  # noqa: ANN401 - a frame, or what was made of one
    target: ArrayLike,
    goal: Goal,
    weight: ArrayLike | None = None,
) -> Any:  # noqa: ANN401 - the same estimator
    """Fit a learner in place, on one thread, and return it.

    One thread: two that wait for each other at every split of a tree take five times as long as one where another
    process wants the same core. Several fits at once use the cores better, as the search does.

    Parameters
    ----------
    features
        Shape (rows, columns).
    target
        Shape (rows,), encoded as `goal` says.
    weight
        Shape (rows,): how much each row counts, 0 and up. None: all the same.

    Raises
    ------
    DataError
        If the target is not as `checked` wants it, a weight is negative or missing, the learner does not take weights,
        or refuses the rows.
    """
    values = checked(target, goal)
    keywords = {} if weight is None else weights(learner, weight)
    with threadpool_limits(limits=1), silent(), translated(features):
        return learner.fit(features, values, **keywords)


def predict(model: Any, features: pd.DataFrame, goal: Goal) -> NDArray[np.float64]:  # noqa: ANN401 - any fitted estimator
    """Predict what `goal` asks for.

    Parameters
    ----------
    model
        Fitted on a target that is encoded as `goal` says.
    features
        Shape (rows, columns); columns the model does not know are ignored.

    Returns
    -------
    numpy.ndarray
        Shape (rows,): the probability of the positive class, 0 to 1, or a number. Of a multiclass goal shape (rows,
        classes): probabilities in the order of `goal.classes`, 0 for a class that the model has never seen.

    Raises
    ------
    DataError
        If the model refuses the rows: a column is missing, a number is infinite, a text stands for a number.
    """
    with silent(), translated(features):
        return outcome(model, _empty_as_objects(features), goal)


def outcome(model: Any, rows: Any, goal: Goal) -> NDArray[np.float64]:  # noqa: ANN401 - any estimator, and what it reads
    """Predict as `predict` does, from rows in whatever form the model reads, with the errors that it raises."""
    if goal.task is Task.REGRESSION:
        return np.asarray(model.predict(rows), dtype=np.float64)
    found = np.asarray(model.predict_proba(rows), dtype=np.float64)
    spread = np.zeros((len(found), len(goal.classes)))
    spread[:, np.asarray(model.classes_, dtype=np.intp)] = found
    return spread[:, POSITIVE] if goal.task is Task.BINARY else spread


def checked(target: ArrayLike, goal: Goal) -> NDArray[Any]:
    """Return a target as a learner takes it.

    Raises
    ------
    DataError
        If it has only one class or value, one that the goal does not know, or a number that is missing or infinite.
    """
    if goal.task is Task.BINARY:
        return both_classes(target)
    values = np.asarray(target)
    if goal.task is Task.REGRESSION:
        numbers = values.astype(np.float64)
        if not len(numbers) or not np.isfinite(numbers).all() or np.ptp(numbers) == 0:
            raise DataError("the target must be finite numbers that are not all the same. Check how it was made.")
        return numbers
    found = np.unique(values)
    if len(found) < _PAIR or found.min() < 0 or found.max() >= len(goal.classes):
        shown = ", ".join(map(str, found[:5])) or "no rows"
        raise DataError(
            f"the target holds {shown}: a learner needs rows of several classes, 0 to {len(goal.classes) - 1}. "
            "Check how it was made."
        )
    return values.astype(np.int64)


def both_classes(target: ArrayLike) -> NDArray[np.int8]:
    """Return the target as 0 and 1.

    Raises
    ------
    DataError
        If it has other values, or only one of the two.
    """
    values = np.asarray(target)
    found = set(pd.unique(values).tolist())
    if found != {0, 1}:
        shown = ", ".join(sorted(map(repr, found))[:5]) or "no rows"
        raise DataError(
            f"the target holds {shown}: a learner needs rows of both classes, 0 and 1. Check how it was made."
        )
    return values.astype(np.int8)


def weights(learner: Any, weight: ArrayLike) -> dict[str, NDArray[np.float64]]:  # noqa: ANN401 - any estimator
    """Return the keyword by which a learner, or the last step of one, takes the weights of rows.

    Raises
    ------
    DataError
        If a weight is negative or missing, or the learner takes none.
    """
    values = np.asarray(weight, dtype=np.float64)
    if not (np.isfinite(values).all() and (values >= 0).all() and values.sum() > 0):
        raise DataError("the weights of rows (`weight` in [tool.pipeline.data]) are numbers from 0 up. Mend these.")
    name, last = learner.steps[-1] if isinstance(learner, Pipeline) else ("", learner)
    if not has_fit_parameter(last, "sample_weight"):
        raise DataError(
            f"{type(last).__name__} takes no weights of rows. Name another `learner` in [tool.pipeline.learning], or "
            "no `weight` in [tool.pipeline.data]."
        )
    return {f"{name}__sample_weight" if name else "sample_weight": values}


@contextmanager
def silent() -> Iterator[None]:
    """Leave out what libraries say of every fit: rare classes in the folds of an encoder, names of columns, limits.

    For the thread that waits: warnings are one table for all threads of a process.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        warnings.filterwarnings("ignore", "The least populated class in y")
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy")  # keras's own arrays
        warnings.filterwarnings("ignore", "`sklearn.utils.parallel.delayed` should be used")
        yield


@contextmanager
def translated(features: Any) -> Iterator[None]:  # noqa: ANN401 - a frame, or what was made of one
    """Turn what a library raises on rows into an error that says so."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise DataError(_refusal(features, error)) from error


def _empty_as_objects(features: pd.DataFrame) -> pd.DataFrame:
    """Give columns without a value the dtype object: pandas makes them floats, which text encoders refuse."""
    empty = features.columns[features.isna().all()]
    found = features.copy(deep=False)  # `assign` takes no column that is called `self`
    for name in empty:
        found[name] = np.full(len(features), np.nan, dtype=object)
    return found


def _refusal(features: Any, error: Exception) -> str:  # noqa: ANN401 - a frame, or what was made of one
    if isinstance(features, pd.DataFrame):
        numbers = features.select_dtypes("number")
        infinite = [
            str(name) for name in numbers.columns if np.isinf(numbers[name].to_numpy(float, na_value=np.nan)).any()
        ]
        if infinite:
            return f"{named(features, infinite)} holds infinite numbers: no learner reads them. Make them missing."
    return f"a learner refused the rows: {error}. Give it the columns it was trained on, with the same types."
