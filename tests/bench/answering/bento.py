"""The same model as BentoML's documentation serves one."""

from typing import Any

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1, traffic={"timeout": 60})
class Bento:
    """The service."""

    def __init__(self) -> None:
        self.model = joblib.load("model.joblib")

    @bentoml.api
    def predict(self, rows: list[dict[str, Any]]) -> list[float]:
        """Answer rows."""
        said: list[float] = self.model.predict_proba(pd.DataFrame(rows))[:, 1].tolist()
        return said
