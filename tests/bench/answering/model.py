"""Makes what is served: `python model.py FOLDER`. A project with a champion, the same model for peers, and requests."""

import json
import os
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from pipeline.data import features, schema
from pipeline.goal import Goal, Task
from pipeline.learning import learners
from pipeline.models import promotion
from pipeline.models.promotion import Promotion
from pipeline.serving import bundle
from pipeline.serving.bundle import Contents, Manifest
from pipeline.store import codecs
from pipeline.store.objects import project_store

ROWS, EXAMPLES = 20_000, 1_000
GOAL = Goal(task=Task.BINARY, classes=("no", "yes"))
_NOTHING = "sha256:" + 64 * "0"


def table() -> pd.DataFrame:
    """Make rows of 20 mixed columns: 9 fractions, 4 whole numbers, 2 truth values, 5 columns of words."""
    chance = np.random.default_rng(0)
    columns = {f"fraction{place}": chance.normal(size=ROWS) for place in range(9)}
    columns["fraction8"] = np.where(chance.random(ROWS) < 0.1, np.nan, columns["fraction8"])
    columns |= {f"count{place}": chance.integers(0, 50, ROWS) for place in range(4)}
    columns |= {f"is{place}": chance.random(ROWS) < 0.5 for place in range(2)}
    words = [np.array([f"word {each}" for each in range(5 * place)], dtype=object) for place in range(1, 6)]
    columns |= {f"words{place}": chance.choice(each, ROWS) for place, each in enumerate(words)}
    columns["words4"] = np.where(chance.random(ROWS) < 0.1, None, columns["words4"])
    rows = pd.DataFrame(columns)
    score = rows["fraction0"] + rows["fraction1"] * rows["fraction2"] + (rows["words0"] == "word 1")
    return rows.assign(target=(score + chance.normal(size=ROWS) > 0.5).astype("int8"))


def champion(rows: pd.DataFrame) -> tuple[Manifest, object]:
    """Train the default learner, and let it answer."""
    recipe = features.learn(rows, target="target")
    made, raw = features.apply(rows, recipe), features.inputs(rows, recipe)
    model = learners.choose("boosting", made, GOAL).make(made, **learners.find("boosting").defaults(ROWS, GOAL))
    learners.fit(model, made, rows["target"], GOAL)
    contents = Contents(
        name="model",
        version=1,
        model_digest=project_store().put(codecs.encode(model).payload),
        goal=GOAL,
        recipe=recipe,
        request=schema.infer(raw),
        zones={},
    )
    manifest = bundle.write(contents, rows.tail(EXAMPLES))
    promotion.promote(
        Promotion(
            name="model",
            version=1,
            model_digest=manifest.model_digest,
            data_digest=_NOTHING,
            test_digest=_NOTHING,
            threshold=None,
            run="20261123T024711Z-3f9a1c",
        ),
        against=None,
    )
    return manifest, model


def main() -> None:
    """Write all of it."""
    folder = Path(sys.argv[1])
    os.chdir(folder)
    Path("pyproject.toml").write_text("[tool.pipeline]\n", encoding="utf-8")
    manifest, model = champion(table())
    joblib.dump(model, "model.joblib")
    for count in (1, EXAMPLES):
        some = manifest.golden[:count]
        bodies = {"ours": {"rows": some}, "bentoml": {"rows": some}, "mlflow": {"dataframe_records": some}}
        for name, body in bodies.items():
            Path(f"{name}-{count}.json").write_text(json.dumps(body), encoding="utf-8")
    Path("said.json").write_text(json.dumps(manifest.predictions), encoding="utf-8")
    sys.stdout.write(manifest.compilation.told)


if __name__ == "__main__":
    main()
