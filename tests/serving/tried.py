"""Versions that are tried beside a champion, some of them with a fault."""

from dataclasses import replace
from typing import Any

from serving.served import BINARY, contents, table

from pipeline.data import features
from pipeline.learning import learners
from pipeline.models import trials
from pipeline.models.trials import Mode, Trial
from pipeline.serving import bundle
from pipeline.serving.bundle import Manifest
from pipeline.store import codecs
from pipeline.store.objects import project_store

ALWAYS = 1 - 2**-40  # a share that every key falls into


def begin(manifest: Manifest, mode: Mode = Mode.CANARY, share: float = 0.5, **changes: Any) -> Trial:  # noqa: ANN401 - of a trial
    """Try a version beside the champion."""
    told = {"name": manifest.name, "version": manifest.version, "model_digest": manifest.model_digest}
    wanted = Trial(**told, mode=mode, share=share, by="Ada", reason="to see", **trials.against(manifest.name))
    return trials.start(replace(wanted, **changes))


def learnt(version: int, learner: str = "linear", *, upside_down: bool = False, **params: object) -> Manifest:
    """Make a version by another learner, or of one that learnt the contrary."""
    told, examples = contents(version)
    rows = table()
    made = features.apply(rows, told.recipe)
    model = learners.choose(learner, made, BINARY, params=params).make(made)
    target = rows["target"].to_numpy()
    learners.fit(model, made, 1 - target if upside_down else target, BINARY)
    kept = project_store().put(codecs.encode(model).payload)
    return bundle.write(told.model_copy(update={"model_digest": kept}), examples)


def choosy(version: int) -> Manifest:
    """Make a version that finds fault with `count` above 4, which the champion takes."""
    told, examples = contents(version)
    rules = {name: dict(column) for name, column in told.request["columns"].items()}
    rules["count"] |= {"most": 4}
    few = examples[examples["count"] <= 4]
    return bundle.write(told.model_copy(update={"request": {"columns": rules}}), few)
