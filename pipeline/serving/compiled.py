"""Compiled: a model written as ONNX where that answers as the model does; how much of it, and why no more."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from pipeline.errors import PipelineError
from pipeline.serving import drawing, engines, probing
from pipeline.serving.probing import Unclear
from pipeline.serving.rows import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from pipeline.data.recipe import Recipe
    from pipeline.goal import Goal
    from pipeline.serving.bundle import Contents
    from pipeline.serving.rows import Row

NEAR = 1e-6  # processors add in different orders; another model differs by more
_MOST_FIRST: tuple[Literal["all", "features"], ...] = ("all", "features")
_ABSENT = "onnx and onnxruntime were not installed where the bundle was made: they are in the extra `serve`"


class Compilation(BaseModel):
    """What is compiled of a model.

    Attributes
    ----------
    covers
        The whole model, its features alone, or nothing: then rows become frames of pandas.
    digest
        Of the graph in the project's store; empty where there is none.
    about
        How it was proved, or why it covers no more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    covers: Literal["all", "features", "nothing"]
    digest: str = ""
    about: str

    @property
    def told(self) -> str:
        """What a card says of it."""
        by = {
            "all": "Answers come from ONNX Runtime",
            "features": "Features are made by ONNX Runtime, answers by the model itself",
            "nothing": "Answers come from the model itself, on frames of pandas, which is slower",
        }
        return f"{by[self.covers]}: {self.about}."


def write(model: Any, contents: "Contents", golden: "Sequence[Row]") -> tuple[bytes, Compilation]:  # noqa: ANN401 - any fitted estimator
    """Compile as much of a model as answers 10,000 rows at random, and the golden ones, as the model does.

    Returns
    -------
        The graph, empty where there is none, and what it is.
    """
    try:
        from pipeline.serving import graphs
    except ImportError:
        return b"", Compilation(covers="nothing", about=_ABSENT)
    form = Form(contents.request, contents.zones)
    rows = [*golden, *drawing.rows(form, contents.recipe, golden)]
    original = engines.Frames(form, contents.recipe, model, contents.goal)
    why: list[str] = []
    for covers in _MOST_FIRST:
        try:
            parts = _fitting(engines.parts(model), contents.goal, contents.recipe)
            prepared = probing.probe(parts.prepare, _features(form, contents.recipe, golden), contents.recipe)
            data = graphs.write(parts, prepared, len(contents.recipe.features), whole=covers == "all")
            behind = None if covers == "all" else model
            engine = engines.Graph(form, contents.recipe, data, contents.goal, behind)
            about = _proof(_said(engine, rows), _said(original, rows))
        except (ImportError, KeyError, Unclear, PipelineError) as error:
            why.append(_ABSENT if isinstance(error, ImportError) else str(error))
        else:
            return data, Compilation(covers=covers, about="; ".join([*why, about]))
    return b"", Compilation(covers="nothing", about=why[-1])


def _features(form: Form, recipe: "Recipe", golden: "Sequence[Row]") -> "pd.DataFrame":
    from pipeline.data import features

    return features.apply(form.frame(form.read(golden)[0]), recipe)


def _said(engine: engines.Engine, rows: "Sequence[Row]") -> "NDArray[np.float64]":
    """Let an engine read rows as they are sent: half of them one by one, the others together."""
    half = len(rows) // 2
    values = []
    for some in (*([row] for row in rows[:half]), rows[half:]):
        read, faults = engine.read(some)
        if faults:
            raise Unclear(f"column {faults[0].column!r} of a row that was drawn is refused")
        values += read
    return engine.said(values)


def _proof(found: "NDArray[np.float64]", wanted: "NDArray[np.float64]") -> str:
    """Say how near two ways of answering are.

    Raises
    ------
    Unclear
        If they differ.
    """
    apart = np.abs(found - wanted)
    if not np.allclose(found, wanted, rtol=NEAR, atol=NEAR):
        wrong = int((apart.reshape(len(wanted), -1) > NEAR).any(axis=1).sum())
        raise Unclear(f"compiled, {wrong} of {len(wanted):,} rows were answered otherwise")
    return f"of {len(wanted):,} rows none was answered otherwise"


def _fitting(parts: engines.Parts, goal: "Goal", recipe: "Recipe") -> engines.Parts:
    """Return the parts of a model that may be compiled.

    Raises
    ------
    Unclear
        If it reads sentences, or does not know all classes.
    """
    if recipe.texts:
        raise Unclear(f"column {recipe.texts[0]!r} holds sentences, whose words have no table")
    if [*getattr(parts.learn, "classes_", [])] != [*range(len(goal.classes))]:
        raise Unclear("the model has not seen every class")
    return parts
