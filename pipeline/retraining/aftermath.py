"""Aftermath: how a new champion does on the rows since its promotion, beside the one before it on the same rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import PipelineError
from pipeline.goal import Goal, Task
from pipeline.learning.metrics import METRICS, headline
from pipeline.learning.scoring.resampling import Resampling
from pipeline.learning.scoring.scores import bootstrap
from pipeline.models import promotion
from pipeline.serving import bundle
from pipeline.serving.predictor import Answer, Predictor
from pipeline.serving.traffic import Answered
from pipeline.store.objects import project_store

MOST_ROWS = 20_000
_RESAMPLES = 200


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """Two versions on the same rows, which neither has learnt from.

    Attributes
    ----------
    version, before
        The champion, and the version that answered before it.
    rows
        Labelled rows that the champion has answered since.
    metric
        What they are compared by.
    values
        Of the champion and of the version before.
    low, high
        Ends of the interval (95 %) of the difference, champion less the one before, in the unit of the metric.
    is_worse
        Whether all of it is on the worse side.
    """

    version: int
    before: int
    rows: int
    metric: str
    values: tuple[float, float]
    low: float
    high: float
    is_worse: bool

    @property
    def message(self) -> str:
        """In one sentence, for people."""
        title = METRICS[self.metric].title
        said = f"version {self.version} has {title} {self.values[0]:.4g} on its {self.rows:,} first labelled rows"
        said += f", version {self.before} would have had {self.values[1]:.4g}"
        return f"{said} (difference {self.low:.3g} to {self.high:.3g})"


def compare(name: str, answered: Sequence[Answered], fewest: int) -> Aftermath | str:
    """Compare a champion that was promoted with the one before it.

    Parameters
    ----------
    name
        The model.
    answered
        Its labelled rows, oldest first.
    fewest
        Rows on which they are compared.

    Returns
    -------
        Why there is nothing to compare, where that is so.
    """
    past, before = promotion.history(name), promotion.previous(name)
    if not past or before is None:
        return "no version answered before this one"
    version = past[-1].version
    if before.version in promotion.withdrawn(name):
        return f"version {version} answers again: version {before.version} was rolled back"
    own = [each for each in answered if each.prediction.version == version]
    if len(own) < fewest:
        return f"version {version} has {len(own):,} labelled rows, and it takes {fewest:,} to compare it"
    own = own[: _looked_at(len(own), fewest)]
    try:
        return _compared(name, version, before.version, own)
    except PipelineError as error:
        return f"version {version} cannot be compared with version {before.version}: {error}"


def _compared(name: str, version: int, before: int, own: Sequence[Answered]) -> Aftermath:
    goal = bundle.read(name, version).goal
    rival = Predictor(bundle.read(name, before), project_store())
    rows = [{column: each.prediction.inputs.get(column) for column in rival.form.columns} for each in own]
    values, faults = rival.read(rows)
    if faults:
        raise PipelineError(f"its column {faults[0].column!r} must be {faults[0].must}")
    said = {
        "own": np.array([_said(each.prediction.output, goal) for each in own]),
        "rival": np.array([_said(each, goal) for each in rival.predict(values)]),
    }
    metric = headline(goal.task)
    scored = bootstrap(goal, _truth(own, goal), said, resampling=Resampling(count=_RESAMPLES))
    found, better = scored.difference("own", "rival")[metric], METRICS[metric].better
    return Aftermath(
        version=version,
        before=before,
        rows=len(own),
        metric=metric,
        values=(scored.estimates("own")[metric]["value"], scored.estimates("rival")[metric]["value"]),
        low=found["low"],
        high=found["high"],
        is_worse=bool(found["high"] < 0 if better > 0 else found["low"] > 0),
    )


def _looked_at(rows: int, fewest: int) -> int:
    """Return how many rows are looked at: as many as are asked for, or twice, four times, eight times as many.

    Whoever looks at each new row sees by chance, sooner or later, what is not there.

    >>> [_looked_at(rows, 1000) for rows in (1000, 1999, 2000, 9000)]
    [1000, 1000, 2000, 8000]
    """
    return min(fewest << int(math.log2(rows / fewest)), max(MOST_ROWS, fewest))


def _truth(own: Sequence[Answered], goal: Goal) -> NDArray[np.float64]:
    if goal.task is Task.REGRESSION:
        return np.array([each.label for each in own], dtype=np.float64)
    places = {repr(label): place for place, label in enumerate(goal.classes)}
    return np.array([places[repr(each.label)] for each in own])


def _said(answer: Answer, goal: Goal) -> Any:  # noqa: ANN401 - a number, or one for each class
    if goal.task is Task.MULTICLASS:
        return [answer["probabilities"][str(label)] for label in goal.classes]
    return answer["value" if goal.task is Task.REGRESSION else "probability"]
