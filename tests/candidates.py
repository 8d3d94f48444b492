"""Models to register, for tests."""

from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pipeline.models.versions import Candidate
from pipeline.store import codecs
from pipeline.store.objects import project_store

ROWS = pd.DataFrame(
    {
        "size": [1.0, 2.0, 3.0, 4.0],
        "count": [3, 1, 2, 0],
        "kind": ["a", None, "b", "a"],
        "known": [True, False, True, True],
    }
)
LABELS = [0, 0, 1, 1]


@cache
def fitted(strength: float = 1.0) -> Pipeline:
    columns = [
        ("numbers", StandardScaler(), ["size", "count"]),
        ("kinds", OneHotEncoder(handle_unknown="ignore"), ["kind"]),
    ]
    return Pipeline([("columns", ColumnTransformer(columns)), ("model", LogisticRegression(C=strength))]).fit(
        ROWS, LABELS
    )


@cache
def archive(strength: float) -> bytes:
    return codecs.encode(fitted(strength)).payload


def candidate(strength: float = 1.0, **changes: Any) -> Candidate:  # noqa: ANN401 - any field
    model = fitted(strength)
    made = Candidate(
        model_digest=project_store().put(archive(strength)),
        data_digest="sha256:" + 64 * "d",
        test_digest="sha256:" + 64 * "e",
        threshold=0.4,
        inputs=ROWS,
        golden=ROWS.assign(prediction=model.predict_proba(ROWS)[:, 1]),
        schema={"columns": {"size": {"type": "float64"}}},
        card="# A model\n",
        parameters={"C": strength, "solver": "lbfgs"},
        metrics={"roc_auc": {"value": 0.75, "low": 0.7}},
        run="20261123T024711Z-3f9a1c",
    )
    return replace(made, **changes)
