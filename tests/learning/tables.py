"""Tables to learn from, of each task, for tests."""

import numpy as np
import pandas as pd

from pipeline.goal import Goal, Task

ROWS = 600
GOALS = {
    "binary": Goal(task=Task.BINARY, classes=("no", "yes")),
    "multiclass": Goal(task=Task.MULTICLASS, classes=("low", "middle", "high")),
    "regression": Goal(task=Task.REGRESSION),
}
_PLACES = ["harbour", "market", "station", "old town"]


def features() -> pd.DataFrame:
    """Make columns of every kind that can be learned from."""
    generator = np.random.default_rng(1)
    number = generator.normal(size=ROWS)
    texts = pd.Series(generator.choice(["a", "b", "c"], size=ROWS))
    tone = np.where(number > 0, "very good and friendly", "rather bad and noisy")
    places = generator.choice(_PLACES, size=ROWS)
    return pd.DataFrame(
        {
            "number": np.where(generator.random(ROWS) < 0.1, np.nan, number),
            "whole": pd.Series(generator.integers(0, 9, ROWS)).astype("Int64").where(number < 1),
            "flag": number > 0,
            "maybe": pd.Series(number > 0).astype("boolean").where(number < 1),
            "text": texts.where(generator.random(ROWS) > 0.1),
            "kind": texts.astype("category"),
            "code": pd.Series([f"c{place % 300}" for place in range(ROWS)]).astype("category"),
            "said": pd.Series(
                [f"{words} near the {place} {at}" for at, (words, place) in enumerate(zip(tone, places, strict=True))]
            ),
        }
    )


def target(task: str, frame: pd.DataFrame) -> pd.Series:
    """Make a target that the flag and the text tell, with noise."""
    generator = np.random.default_rng(2)
    score = frame["flag"] * 2.0 + (frame["text"] == "a") - 1.5 + generator.logistic(size=len(frame))
    if task == "binary":
        return (score > 0).astype("int8")
    return (
        pd.cut(score, [-np.inf, -1.5, 1.0, np.inf], labels=False).astype("int16")
        if task == "multiclass"
        else score * 10
    )
