"""Predictor: a version in memory that answers rows. It has shown that it answers its golden rows as it must."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.goal import Goal, Task
from pipeline.serving import bundle, engines
from pipeline.serving.bundle import Manifest
from pipeline.serving.compiled import NEAR
from pipeline.serving.engines import Engine
from pipeline.serving.rows import Fault, Form, Row
from pipeline.store import codecs
from pipeline.store.objects import Store

Answer = dict[str, Any]
"""Of classes `label` (where one is decided on) and `probability` (of the positive one) or `probabilities` (of each);
of a number `value`, and `low` and `high` where intervals are known."""


class Predictor:
    """A version that answers.

    Parameters
    ----------
    manifest
        Its bundle.
    store
        Where its model is.

    Raises
    ------
    ModelError
        If a library has another version here than where the bundle was made, or a golden row is answered otherwise.
    StoreError, ScrapError
        If the model is not in the store, was changed, or cannot be loaded.
    """

    def __init__(self, manifest: Manifest, store: Store) -> None:
        self.manifest = manifest
        self.form = Form(manifest.request, manifest.zones)
        self._require_libraries()
        self._engine = _engine(manifest, self.form, store)
        self._require_libraries()
        self._require_golden()
        self.digest = manifest.digest

    @property
    def is_quick(self) -> bool:
        """Whether it answers some rows in less time than a thread takes to begin."""
        return self._engine.is_quick

    def read(self, rows: Sequence[Row]) -> tuple[list[Any], list[Fault]]:
        """Check rows, and return what `predict` takes for each, of use only where there is no fault."""
        return self._engine.read(rows)

    def predict(self, values: Sequence[Any]) -> list[Answer]:
        """Answer rows that `read` found no fault with, of one request or of many put together."""
        goal, manifest = self.manifest.goal, self.manifest
        if goal.task is Task.REGRESSION:
            return _numbers(self._engine.said(values), manifest.interval)
        if goal.task is Task.BINARY:
            return _either(self._engine.said(values), goal, manifest.threshold)
        return _classes(self._engine.said(values), goal)

    def _require_libraries(self) -> None:
        here = bundle.loaded(set(self.manifest.libraries))
        for name, version in here.items():
            if version != (wanted := self.manifest.libraries[name]):
                raise ModelError(
                    f"{self.manifest.title} was made with {name} {wanted}, and here is {version}: it might answer "
                    "otherwise. Install what requirements.lock says, or train anew."
                )

    def _require_golden(self) -> None:
        values, faults = self.read(self.manifest.golden)
        if not faults and np.allclose(self._engine.said(values), self.manifest.predictions, rtol=NEAR, atol=NEAR):
            return
        why = f"{faults[0].column!r} must be {faults[0].must}" if faults else "it answers them otherwise"
        raise ModelError(f"{self.manifest.title} does not reproduce its golden rows: {why}. Do not let it answer.")


def _engine(manifest: Manifest, form: Form, store: Store) -> Engine:
    """Load as little as answers: of a compiled model neither scikit-learn nor pandas."""
    compilation, recipe, goal = manifest.compilation, manifest.recipe, manifest.goal
    if compilation.covers == "all" and engines.is_installed():
        return engines.Graph(form, recipe, store.get(compilation.digest), goal)
    model = codecs.load(store, manifest.model_digest, "model")
    if compilation.covers == "features" and engines.is_installed():
        return engines.Graph(form, recipe, store.get(compilation.digest), goal, model)
    return engines.Frames(form, recipe, model, goal)


def _either(said: NDArray[np.float64], goal: Goal, threshold: float | None) -> list[Answer]:
    if threshold is None:
        return [{"probability": each} for each in said.tolist()]
    return [{"label": goal.classes[int(each >= threshold)], "probability": each} for each in said.tolist()]


def _classes(said: NDArray[np.float64], goal: Goal) -> list[Answer]:
    names, best = [str(label) for label in goal.classes], said.argmax(axis=1).tolist()
    return [
        {"label": goal.classes[place], "probabilities": dict(zip(names, each, strict=True))}
        for place, each in zip(best, said.tolist(), strict=True)
    ]


def _numbers(said: NDArray[np.float64], interval: Mapping[str, float] | None) -> list[Answer]:
    if interval is None:
        return [{"value": each} for each in said.tolist()]
    half = interval["half_width"]
    return [{"value": each, "low": each - half, "high": each + half} for each in said.tolist()]
