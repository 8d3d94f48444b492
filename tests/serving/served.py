"""Versions that answer, for tests of what serves them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.data import features, schema
from pipeline.goal import Goal, Task
from pipeline.learning import learners
from pipeline.models import promotion
from pipeline.models.promotion import Promotion
from pipeline.serving import bundle
from pipeline.serving.bundle import Contents, Manifest
from pipeline.store import codecs
from pipeline.store.objects import project_store

BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))
LETTERS = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
AMOUNT = Goal(task=Task.REGRESSION)


def table(rows: int = 400) -> pd.DataFrame:
    drawn = np.random.default_rng(0)
    size = drawn.normal(size=rows).round(3)
    return pd.DataFrame(
        {
            "when": pd.date_range("2024-01-01", periods=rows, freq="7h", tz="America/New_York"),
            "sent": pd.date_range("2023-12-01", periods=rows, freq="7h"),
            "size": np.where(drawn.random(rows) < 0.1, np.nan, size),
            "count": drawn.integers(0, 9, rows),
            "open": drawn.random(rows) < 0.5,
            "kind": drawn.choice(np.array(["u", "v", None], dtype=object), rows),
            "town": drawn.choice(["Oslo", "Århus", "Bern"], rows),
            "target": (size + drawn.normal(size=rows) > 0).astype("int8"),
        }
    )


def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project and stand in it."""
    (folder / "pyproject.toml").write_text("[tool.pipeline]\n")
    monkeypatch.chdir(folder)
    return folder


def contents(
    version: int = 1, goal: Goal = BINARY, learner: str = "linear", **changes: object
) -> tuple[Contents, pd.DataFrame]:
    """Train a small model, each version another one, and keep it in the store of the project around."""
    rows = table()
    if goal.task is Task.MULTICLASS:
        rows["target"] = rows["target"] + (rows["count"] > 4)
    recipe = features.learn(rows, target="target", time="when")
    made = features.apply(rows, recipe)
    model = learners.choose(learner, made, goal, params={}).make(made)
    learners.fit(model, made, np.roll(rows["target"].to_numpy(), version - 1), goal)
    raw = features.inputs(rows, recipe)
    given = {
        "name": "m",
        "version": version,
        "model_digest": project_store().put(codecs.encode(model).payload),
        "goal": goal,
        "threshold": 0.5 if goal is BINARY else None,
        "interval": {"level": 0.9, "half_width": 1.5} if goal is AMOUNT else None,
        "recipe": recipe,
        "request": schema.infer(raw),
        "zones": bundle.zones(raw),
        "card": "# m",
    }
    return Contents(**(given | changes)), rows.tail(30)


def bundled(version: int = 1, goal: Goal = BINARY, **changes: object) -> Manifest:
    return bundle.write(*contents(version, goal, **changes))


def promote(manifest: Manifest) -> Promotion:
    """Let a version answer whatever answers now."""
    nothing = "sha256:" + 64 * "d"
    past = promotion.history(manifest.name)
    wanted = Promotion(
        name=manifest.name,
        version=manifest.version,
        model_digest=manifest.model_digest,
        data_digest=nothing,
        test_digest=nothing,
        threshold=manifest.threshold,
        run="20261123T024711Z-3f9a1c",
    )
    return promotion.promote(wanted, against=past[-1].model_digest if past else None)
