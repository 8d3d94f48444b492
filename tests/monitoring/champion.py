"""A small project whose champion is watched by the notebook that ships, for tests."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from projects import Project
from serving.served import BINARY

from pipeline import project as around
from pipeline.data import features, schema
from pipeline.goal import Goal, Task
from pipeline.learning import learners
from pipeline.models import promotion
from pipeline.models.promotion import Promotion
from pipeline.serving import bundle, logbook, rows, terms
from pipeline.serving.bundle import Contents
from pipeline.serving.traffic import Prediction, Requests, Traffic, Truth
from pipeline.store import codecs
from pipeline.store.objects import project_store

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """[tool.pipeline]
secrets = []
[tool.pipeline.models]
name = "m"
[tool.pipeline.monitor]
window = 500
"""


def table(count: int, *, seed: int = 0) -> pd.DataFrame:
    """Rows an hour apart, none like the other; a `size` above 0 makes a positive one likely."""
    drawn = np.random.default_rng(seed)
    size = drawn.normal(size=count).round(3)
    return pd.DataFrame(
        {
            "when": pd.date_range("2024-01-01", periods=count, freq="h", tz="UTC"),
            "size": size,
            "weight": drawn.normal(size=count).round(3),
            "town": drawn.choice(["Oslo", "Bergen"], count),
            "target": (size + drawn.normal(size=count) > 0).astype("int8"),
        }
    )


@dataclass(frozen=True)
class Watched:
    """A project with a champion, and what is sent to it."""

    project: Project
    champion: Promotion
    manifest: bundle.Manifest

    @property
    def log(self) -> Traffic:
        return logbook.reading("m", terms.read(around.table().get("serve", {})))

    def sent(self, count: int, *, seed: int, **changed: object) -> tuple[list[dict[str, Any]], list[str]]:
        """Return rows as somebody sends them, and their labels."""
        fresh = table(count, seed=seed)
        for name, value in changed.items():
            fresh[name] = value(fresh[name]) if callable(value) else value
        labels = [str(BINARY.classes[code]) for code in fresh["target"]]
        return rows.plain(features.inputs(fresh, self.manifest.recipe), self.manifest.request), labels

    def answer(self, count: int, *, seed: int, at: float, latency_s: float = 0.01, **changed: object) -> list[str]:
        """Write to the log what the service answers to rows, a second apart; return the ids."""
        from pipeline.serving.predictor import Predictor

        predictor = Predictor(self.manifest, project_store())
        sent, _ = self.sent(count, seed=seed, **changed)
        values, faults = predictor.read(sent)
        assert not faults
        entries = [
            Prediction(
                id=f"{int(at):012d}{place:06d}",
                at=at + place,
                model="m",
                version=1,
                bundle=predictor.digest,
                key=None,
                inputs=row,
                output=answer,
                latency_s=latency_s,
            )
            for place, (row, answer) in enumerate(zip(sent, predictor.predict(values), strict=True))
        ]
        requests = Requests(
            minute=int(at) // 60 * 60, route="/predict", status=200, version=1, count=count, seconds=1, slowest_s=1
        )
        log = self.log
        log.write([[*entries, requests]])
        log.close()
        return [entry.id for entry in entries]

    def label(self, ids: Sequence[str], labels: Sequence[str]) -> None:
        log = self.log
        log.write([[Truth(prediction=each, label=label) for each, label in zip(ids, labels, strict=True)]])
        log.close()

    def fail(self, count: int, *, at: float, status: int) -> None:
        """Count requests that were not answered."""
        log = self.log
        told = {"route": "/predict", "version": 1, "seconds": 1.0, "slowest_s": 1.0}
        log.write([[Requests(minute=int(at) // 60 * 60, status=status, count=count, **told)]])
        log.close()

    def report(self) -> str:
        """Return all that the newest report of the watch shows."""
        document = json.loads((self.project.root / "reports/latest/monitor.ipynb").read_text())
        shown = [output.get("data", {}) for cell in document["cells"] for output in cell.get("outputs", [])]
        return "\n".join("".join(data.get("text/markdown", "")) for data in shown)

    def outcome(self) -> dict[str, Any]:
        """Return what the newest run says that it saw."""
        return json.loads((self.project.root / "reports/latest/run.json").read_text())["watch"]


def watched(folder: Path, monkeypatch: pytest.MonkeyPatch, goal: Goal = BINARY) -> Watched:
    """Make the project, and let a small model be champion."""
    project = Project(folder)
    project.write("pyproject.toml", SETTINGS)
    monkeypatch.chdir(folder)
    whole = _aimed(table(6000), goal)
    recipe = features.learn(whole, target="target", time="when")
    made = pd.concat([whole[["when"]], features.apply(whole, recipe), whole[["target"]]], axis=1)
    parts = {
        "train": made[:3600],
        "test": made[3600:5400].reset_index(drop=True),
        "later": made[5400:].reset_index(drop=True),
    }
    digests = {name: project_store().put(codecs.encode(part).payload) for name, part in parts.items()}
    inputs = parts["train"][recipe.features]
    model = learners.choose("linear", inputs, goal, params={}).make(inputs)
    learners.fit(model, inputs, parts["train"]["target"].to_numpy(), goal)
    manifest = _bundle(whole, recipe, project_store().put(codecs.encode(model).payload), goal)
    champion = promotion.promote(
        Promotion(
            name="m",
            version=1,
            model_digest=manifest.model_digest,
            data_digest=digests["train"],
            test_digest=digests["test"],
            threshold=manifest.threshold,
            run="20260101T000000Z-000000",
        ),
        against=None,
    )
    _stages(project, digests, goal, champion)
    return Watched(project, champion, manifest)


def _aimed(rows: pd.DataFrame, goal: Goal) -> pd.DataFrame:
    """Give rows the kind of target that a goal has."""
    if goal.task is Task.BINARY:
        return rows
    near = rows["size"] + np.random.default_rng(1).normal(scale=0.5, size=len(rows))
    if goal.task is Task.REGRESSION:
        return rows.assign(target=near)
    return rows.assign(target=((near > -0.5).astype("int64") + (near > 0.5)))


def _bundle(whole: pd.DataFrame, recipe: features.Recipe, model: str, goal: Goal) -> bundle.Manifest:
    raw = features.inputs(whole, recipe)
    contents = Contents(
        name="m",
        version=1,
        model_digest=model,
        goal=goal,
        threshold=0.5 if goal.task is Task.BINARY else None,
        recipe=recipe,
        request=_open(schema.infer(raw)),
        zones=bundle.zones(raw),
    )
    return bundle.write(contents, whole.tail(30))


def _open(rules: dict[str, Any]) -> dict[str, Any]:
    """Let numbers lie outside of the range seen."""
    ends = ("least", "most")
    return {
        "columns": {
            name: {key: value for key, value in column.items() if key not in ends}
            for name, column in rules["columns"].items()
        }
    }


def _stages(project: Project, digests: dict[str, str], goal: Goal, champion: Promotion) -> None:
    """Write the two stages that the watch takes from, and the notebook that ships."""
    load = "from pipeline.store import codecs, objects\nstore = objects.project_store()"
    tables = [f"glue({name!r}, codecs.load(store, {digest!r}, 'table'))" for name, digest in digests.items()]
    roles = {"target": "target", "goal": goal.model_dump(mode="json"), "time": "when", "id": None}
    roles |= {"groups": None, "weight": None}
    facts = [f"glue({name!r}, {value!r})" for name, value in roles.items()]
    project.notebook("prep", "", "\n".join([load, *tables, *facts]))
    project.notebook(
        "deploy",
        'prep: Upstream = "reports/latest/prep.ipynb"',
        f"read(prep)['target']\nglue('champion', {champion.as_scrap()!r})",
    )
    shutil.copy(ROOT / "notebooks/monitor.ipynb", project.root / "notebooks/monitor.ipynb")
