"""Learners: what is trained, each ONE scikit-learn Pipeline that goes from raw columns to probabilities."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pandas.api import types
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from pipeline.errors import DataError
from pipeline.goal import Goal, Task

POSITIVE = 1  # the class whose probability is predicted; the other is 0


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a feature frame, by what can be learned from them.

    Attributes
    ----------
    numbers
        Numbers and booleans (nullable ones too), and categories that are numbers.
    texts
        Strings and categories that are strings.
    """

    numbers: list[str]
    texts: list[str]


@dataclass(frozen=True, kw_only=True)
class Span:
    """The values a search may try for one parameter, both ends included.

    Attributes
    ----------
    low, high
        Ends. Whole numbers are tried where both are `int`.
    scale
        `linear`, or `log` where a factor matters more than a difference.
    """

    low: float
    high: float
    scale: str = "linear"


def boosting_defaults(rows: int) -> dict[str, float]:
    """Return what `boosting` takes for so many rows where nothing else is said, and what a search tries first."""
    return {
        "learning_rate": 0.1,
        "max_iter": 80,
        "max_leaf_nodes": 24,
        "min_samples_leaf": _between(5, rows // 100, 60),
        "l2_regularization": 1.0,
        "max_features": 0.4,
    }


def boosting_space(rows: int) -> dict[str, Span]:
    """Return where a search over so many rows looks for better ones."""
    return {
        "learning_rate": Span(low=0.05, high=0.25, scale="log"),
        "max_iter": Span(low=40, high=120),
        "max_leaf_nodes": Span(low=8, high=64, scale="log"),
        "min_samples_leaf": Span(low=_between(3, rows // 1000, 20), high=_between(10, rows // 20, 400), scale="log"),
        "l2_regularization": Span(low=0.01, high=30.0, scale="log"),
        "max_features": Span(low=0.2, high=0.8),
    }


def columns(features: pd.DataFrame) -> Columns:
    """Sort columns by what can be learned from them; one without a single value is left out.

    Raises
    ------
    DataError
        If a column is neither number nor text (dates, lists, mixtures), or no column has a value.
    """
    kinds = {str(name): _kind(features[name]) for name in features.columns if features[name].notna().any()}
    if strange := [name for name, kind in kinds.items() if kind == "other"]:
        raise DataError(
            f"no learner here reads {_named(features, strange)}: a feature is a number, a boolean or a text. "
            "Turn it into one (a date into its month, weekday or age) or leave it out of the features."
        )
    if not kinds:
        raise DataError("there is nothing to learn from: no feature column has a value. Check what was loaded.")
    return Columns(
        numbers=[name for name, kind in kinds.items() if kind == "number"],
        texts=[name for name, kind in kinds.items() if kind == "text"],
    )


def dummy(features: pd.DataFrame) -> Pipeline:
    """Predict the base rate for every row: what any model must beat.

    Raises
    ------
    DataError
        As in `columns`.
    """
    return Pipeline([("prepare", _ordinal(columns(features))), ("classify", DummyClassifier(strategy="prior"))])


def logistic(features: pd.DataFrame) -> Pipeline:
    """Fit a logistic regression on scaled numbers and one-hot texts: what a first honest attempt reaches.

    Missing numbers become the median with a column that says so. Texts seen fewer than 20 times, or beyond the 100
    most frequent of a column, share one column, and so do those never seen in training.

    Raises
    ------
    DataError
        As in `columns`.
    """
    found = columns(features)
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    texts = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20, max_categories=100)
    prepare = ColumnTransformer([("numbers", numbers, found.numbers), ("texts", texts, found.texts)])
    return Pipeline([("prepare", prepare), ("classify", LogisticRegression(max_iter=1000))])


def boosting(features: pd.DataFrame, *, seed: int = 0, **params: float) -> Pipeline:
    """Fit histogram gradient boosting on numbers as they are and texts as ordered codes.

    Missing values, and texts never seen in training, go where the trees send what is missing. Codes rather than the
    trees' own categorical splits: on drifting data they ranked better, and ONNX has no such splits.

    Parameters
    ----------
    features
        Training frame; only its columns and its length are looked at.
    seed
        For the columns that each split may use.
    params
        Of `HistGradientBoostingClassifier`, over `boosting_defaults`.

    Raises
    ------
    DataError
        As in `columns`.
    """
    # Early stopping would hold out rows at random, whatever their time: the number of trees is searched instead.
    trees = HistGradientBoostingClassifier(
        random_state=seed,
        early_stopping=False,
        categorical_features=None,
        **{**boosting_defaults(len(features)), **params},
    )
    return Pipeline([("prepare", _ordinal(columns(features))), ("classify", trees)])


def fit(learner: Pipeline, features: pd.DataFrame, target: ArrayLike) -> Pipeline:
    """Fit a learner in place, on one thread, and return it.

    One thread: two that wait for each other at every split of a tree take five times as long as one where another
    process wants the same core. Several fits at once use the cores better, as the search does.

    Parameters
    ----------
    features
        Shape (rows, columns).
    target
        Shape (rows,), values 0 and 1.

    Raises
    ------
    DataError
        If the target has not both classes, or the learner refuses the rows.
    """
    with threadpool_limits(limits=1):
        return _fit(learner, features, both_classes(target))


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
    rows = _empty_as_objects(features)
    try:
        if goal.task is Task.REGRESSION:
            return np.asarray(model.predict(rows), dtype=np.float64)
        found = np.asarray(model.predict_proba(rows), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(_refusal(features, error)) from error
    spread = np.zeros((len(rows), len(goal.classes)))
    spread[:, np.asarray(model.classes_, dtype=np.intp)] = found
    return spread[:, POSITIVE] if goal.task is Task.BINARY else spread


def probability(model: Any, features: pd.DataFrame) -> NDArray[np.float64]:  # noqa: ANN401 - any fitted classifier
    """Predict the probability of the positive class, as `predict` does for a binary goal."""
    return predict(model, features, Goal(task=Task.BINARY, classes=(0, 1)))


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


def _kind(column: "pd.Series[Any]") -> str:
    dtype: Any = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "number"
    if not types.is_object_dtype(dtype):
        return "text" if types.is_string_dtype(dtype) else "other"
    inferred = types.infer_dtype(column, skipna=True)
    return {"string": "text", "boolean": "number", "floating": "number", "integer": "number"}.get(inferred, "other")


def _ordinal(found: Columns) -> ColumnTransformer:
    # This scaler scales nothing: it is scikit-learn's own way from mixed dtypes, nullable ones too, to floats with NaN.
    numbers = StandardScaler(with_mean=False, with_std=False)
    texts = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, dtype=np.float64
    )
    return ColumnTransformer([("numbers", numbers, found.numbers), ("texts", texts, found.texts)])


def _fit(learner: Pipeline, features: pd.DataFrame, target: NDArray[np.int8]) -> Pipeline:
    try:
        return learner.fit(features, target)
    except (TypeError, ValueError) as error:
        raise DataError(_refusal(features, error)) from error


def _empty_as_objects(features: pd.DataFrame) -> pd.DataFrame:
    """Give columns without a value the dtype object: pandas makes them floats, which text encoders refuse."""
    empty = features.columns[features.isna().all()]
    return features.assign(**{name: np.full(len(features), np.nan, dtype=object) for name in empty})


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


def _refusal(features: pd.DataFrame, error: Exception) -> str:
    numbers = features.select_dtypes("number")
    infinite = [str(name) for name in numbers.columns if np.isinf(numbers[name].to_numpy(float, na_value=np.nan)).any()]
    if infinite:
        return f"{_named(features, infinite)} holds infinite numbers: no learner reads them. Make them missing."
    return f"a learner refused the rows: {error}. Give it the columns it was trained on, with the same types."


def _named(features: pd.DataFrame, names: list[str]) -> str:
    shown = [f"{name!r} ({features[name].dtype})" for name in names[:5]]
    more = ["..."] if len(names) > len(shown) else []
    return f"{'column' if len(names) == 1 else 'columns'} {', '.join(shown + more)}"
