"""Owns how raw columns become numbers for a learner: as codes for trees, or scaled and one-hot for all others."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from pipeline.goal import Goal, Task
from pipeline.learning.columns import Columns, columns

_HASHES = 4_096  # columns that the words of a free text are hashed into
_TOPICS = 16  # columns that these become for trees, which would look at each of thousands in turn
_TARGETS = {Task.BINARY: "binary", Task.MULTICLASS: "multiclass", Task.REGRESSION: "continuous"}


def codes(features: pd.DataFrame, goal: Goal, seed: int) -> ColumnTransformer:
    """Prepare for trees that read missing values: numbers as they are, words as ordered codes.

    Words of more than 255 values become the mean target of their rows, learnt on other rows than it is given to
    (Micci-Barreca 2001, cross-fitted); a free text becomes 16 numbers by latent semantic analysis of its hashed words.
    Words never seen in training are missing values, or the mean of all rows.

    Raises
    ------
    DataError
        As in `columns`.
    """
    found = columns(features)
    # This scaler scales nothing: it is scikit-learn's own way from mixed dtypes, nullable ones too, to floats with NaN.
    numbers = StandardScaler(with_mean=False, with_std=False)
    words = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, dtype=np.float64
    )
    topics = TruncatedSVD(_TOPICS, random_state=seed)
    parts = [("numbers", numbers, found.numbers), ("words", words, found.words), *_many(found, goal, seed)]
    return ColumnTransformer([*parts, *_texts(found, topics)], sparse_threshold=0)


def scaled(features: pd.DataFrame, goal: Goal, seed: int, *, dense: bool = False) -> ColumnTransformer:
    """Prepare for all other learners: numbers scaled, words one-hot, nothing missing.

    Missing numbers become the median with a column that says so. Words seen fewer than 20 times (in a small table: in
    fewer than 2 % of its rows), or beyond the 100 most frequent of a column, share one column, and so do those never
    seen in training. Words of more than 255 values become the mean target as in `codes`. Free text becomes TF-IDF
    weights of 4,096 hashed words, or 16 numbers where the learner reads dense rows alone.

    Raises
    ------
    DataError
        As in `columns`.
    """
    found = columns(features)
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    least = max(1, min(20, len(features) // 50))
    words = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=least, max_categories=100, sparse_output=not dense
    )
    parts = [("numbers", numbers, found.numbers), ("words", words, found.words), *_many(found, goal, seed)]
    topics = (TruncatedSVD(_TOPICS, random_state=seed), StandardScaler()) if dense else ()
    return ColumnTransformer([*parts, *_texts(found, *topics)], sparse_threshold=0 if dense else 0.3)


def filled(column: Any) -> NDArray[np.object_]:  # noqa: ANN401 - a frame of one column, or what scikit-learn makes of it
    """Return the texts of one column, shape (rows,): a missing one is empty."""
    values = pd.Series(np.asarray(column, dtype=object).ravel())
    return np.asarray(values.where(values.notna(), "").astype(str), dtype=object)


def _many(found: Columns, goal: Goal, seed: int) -> list[tuple[str, Any, list[str]]]:
    parts = KFold if goal.task is Task.REGRESSION else StratifiedKFold
    encoder = TargetEncoder(target_type=_TARGETS[goal.task], cv=parts(5, shuffle=True, random_state=seed))
    return [("many", encoder, found.many)] if found.many else []


def _texts(found: Columns, *reduce: Any) -> list[tuple[str, Pipeline, list[str]]]:  # noqa: ANN401 - transformers
    hashed = HashingVectorizer(n_features=_HASHES, alternate_sign=False, norm=None)
    steps = (FunctionTransformer(filled), hashed, TfidfTransformer(sublinear_tf=True), *reduce)
    return [(f"text {name}", make_pipeline(*steps), [name]) for name in found.texts]
