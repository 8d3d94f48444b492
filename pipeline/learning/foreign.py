"""Learners of other libraries: any scikit-learn-compatible class, by its dotted path."""

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from pipeline.errors import SettingsError, near
from pipeline.goal import Goal, Task
from pipeline.learning.preparing import codes, scaled
from pipeline.learning.spans import Span, Value

# What libraries print while they learn, which would fill a report.
_QUIET: dict[str, dict[str, Value]] = {"xgboost": {"verbosity": 0}, "lightgbm": {"verbosity": -1}}
# One thread, as every fit here; and what makes a second fit the same.
_FIXED: dict[str, Value] = {"n_jobs": 1, "deterministic": True}
# Parameters that libraries of boosted trees call the same, and where a search looks for better ones.
_SPACE = {
    "learning_rate": Span(low=0.03, high=0.3, scale="log"),
    "n_estimators": Span(low=50, high=300),
    "num_leaves": Span(low=8, high=64, scale="log"),
    "max_depth": Span(low=3, high=8),
    "reg_lambda": Span(low=0.01, high=30.0, scale="log"),
    "colsample_bytree": Span(low=0.4, high=1.0),
}
_FIRST: dict[str, Value] = {
    "learning_rate": 0.1,
    "n_estimators": 100,
    "num_leaves": 31,
    "max_depth": 6,
    "reg_lambda": 1.0,
    "colsample_bytree": 0.8,
}


@dataclass(frozen=True)
class Foreign:
    """A learner made of a class of another library.

    Its columns are codes, as for trees, where the class says that it reads missing values; else scaled and one-hot.
    """

    path: str
    kind: type

    def make(self, features: pd.DataFrame, goal: Goal, *, seed: int = 0, **params: Value) -> Pipeline:
        """Make a learner.

        Raises
        ------
        SettingsError
            If the class does not learn what the goal asks for.
        """
        last = self._checked(goal)
        tags = get_tags(last).input_tags
        known = last.get_params()
        fixed = {name: value for name, value in _FIXED.items() if name in known}
        chance: dict[str, Value] = {"random_state": seed} if "random_state" in known else {}
        last.set_params(**{**fixed, **chance, **_QUIET.get(self.path.partition(".")[0], {}), **params})
        prepare = codes if tags.allow_nan else scaled
        dense = {} if tags.allow_nan else {"dense": not tags.sparse}
        return Pipeline([("prepare", prepare(features, goal, seed, **dense)), ("learn", last)])

    def defaults(self, rows: int, goal: Goal) -> dict[str, Value]:
        """Return what a search tries first."""
        return {name: _FIRST[name] for name in self.space(rows, goal)}

    def space(self, rows: int, goal: Goal) -> Mapping[str, Span]:  # noqa: ARG002 - the same for all
        """Return where a search looks, for a class of boosted trees; nowhere for all others, which nobody knows."""
        known = self._instance().get_params()
        if not {"learning_rate", "n_estimators", "reg_lambda"} <= known.keys():
            return {}
        leaves = "num_leaves" in known  # which are for trees without a depth
        return {name: span for name, span in _SPACE.items() if name in known and not (leaves and name == "max_depth")}

    def _checked(self, goal: Goal) -> Any:  # noqa: ANN401 - an estimator
        last = self._instance()
        wanted, learns = ("numbers", is_regressor) if goal.task is Task.REGRESSION else ("classes", is_classifier)
        if not learns(last) or not (goal.task is Task.REGRESSION or hasattr(last, "predict_proba")):
            what = "numbers" if wanted == "numbers" else "classes, with a probability of each"
            raise SettingsError(
                f"{_where(self.path)} does not predict {what}, and the goal is {goal.task}. "
                "Name a class that does, or say another `task` in [tool.pipeline.data]."
            )
        return last

    def _instance(self) -> Any:  # noqa: ANN401 - an estimator
        try:
            return self.kind()
        except TypeError as error:
            raise SettingsError(
                f"{_where(self.path)} cannot be made without arguments: {error}. Name a class that can."
            ) from error


def find(path: str) -> Foreign:
    """Import a class by its dotted path.

    Raises
    ------
    SettingsError
        If there is no such module or class, or it is no estimator.
    """
    module_name, _, name = path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise SettingsError(
            f"{_where(path)}: {module_name!r} cannot be imported ({error}). Install its library, or mend the path."
        ) from error
    classes = [each for each, found in inspect.getmembers(module, inspect.isclass) if hasattr(found, "fit")]
    kind = getattr(module, name, None)
    if kind is None:
        raise SettingsError(f"{_where(path)}: {module_name} has no {name!r}; {near(name, classes)}")
    if not inspect.isclass(kind) or not all(hasattr(kind, each) for each in ("fit", "predict", "get_params")):
        raise SettingsError(
            f"{_where(path)}, which is no scikit-learn-compatible class: one has `fit`, `predict` and `get_params`. "
            f"{near(name, classes)}"
        )
    return Foreign(path, kind)


def _where(path: str) -> str:
    return f"`learner` in [tool.pipeline.learning] is {path!r}"
