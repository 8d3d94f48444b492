"""Sight: the rows that are watched, predictions and labels beside them, wherever they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.learning import learners, predictions
from pipeline.learning.unseen import newer
from pipeline.models.comparison import Asked
from pipeline.models.promotion import Promotion
from pipeline.monitoring import performance, served
from pipeline.monitoring.performance import Watched
from pipeline.monitoring.watch import TABLE, TRAFFIC


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Rows in one form.

    Attributes
    ----------
    source
        `TRAFFIC` or `TABLE`.
    rows
        Features, predictions, and the label encoded as the goal says, missing where none is in.
    features
        Those that can be told.
    looked
        Which other columns they have.
    requests
        Of the service, as in `served.Served`; empty of a table.
    obstacle
        Why nothing can be watched; empty where it can.
    """

    source: str
    rows: pd.DataFrame
    features: tuple[str, ...]
    looked: Watched
    requests: pd.DataFrame
    obstacle: str = ""


def of_traffic(champion: Promotion, asked: Asked, *, days: float) -> Sight | None:
    """See what the champion's service has answered; None where that is nothing.

    Parameters
    ----------
    asked
        What the champion is asked.
    days
        Up to the last answer that are looked at.

    Raises
    ------
    StoreError, ModelError
        As in `served.read`.
    """
    found = served.read(champion, asked.target, days=days)
    if found is None:
        return None
    looked = Watched(goal=asked.goal, target=asked.target, time=served.AT, choice=champion.threshold)
    return Sight(source=TRAFFIC, rows=found.rows, features=found.features, looked=looked, requests=found.requests)


def of_table(
    champion: Promotion,
    asked: Asked,
    prepared: Mapping[str, Any],
    known: tuple[pd.DataFrame, pd.DataFrame],
    model: Any,  # noqa: ANN401 - any fitted estimator
) -> Sight:
    """See the rows of the present table that came after those which the champion knows.

    Parameters
    ----------
    prepared
        The present tables `train`, `test` and `later`.
    known
        The rows that it learnt from, and those that it was tested on.
    model
        Its estimator.
    """
    looked = Watched(
        goal=asked.goal,
        target=asked.target,
        time=asked.time,
        groups=asked.groups,
        weight=asked.weight,
        choice=champion.threshold,
    )
    table = pd.concat([prepared[part] for part in ("train", "test", "later")], ignore_index=True)
    rows = table[newer(table, pd.concat(known), name=asked.name, time=asked.time)]
    features = tuple(asked.features(known[0]))
    obstacle = performance.obstacle(rows, known[0], asked)
    if not obstacle:
        said = learners.predict(model, rows[list(features)], asked.goal)
        rows = predictions.beside(rows, said, asked.goal)
    requests = pd.DataFrame(columns=list(served.REQUESTS))
    return Sight(source=TABLE, rows=rows, features=features, looked=looked, requests=requests, obstacle=obstacle)
