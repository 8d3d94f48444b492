"""Sight: the rows that are watched, predictions and labels beside them, wherever they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.learning import learners, predictions
from pipeline.learning.unseen import newer
from pipeline.models.comparison import Asked
from pipeline.models.promotion import Promotion
from pipeline.monitoring import drift, labels, performance, served
from pipeline.monitoring.performance import Watched
from pipeline.monitoring.reference import Reference
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


def compared(
    reference: pd.DataFrame, windows: Mapping[str, pd.DataFrame], columns: Sequence[str], asked: Asked, *, name: str
) -> pd.DataFrame:
    """Compare columns of windows with those of a reference: `drift.judge`, by the days (or groups) that windows have.

    Parameters
    ----------
    reference
        Rows that say what is usual.
    asked
        Which of its columns order rows and put them together.
    name
        What to call the reference in an error.

    Raises
    ------
    DataError
        If the reference has no rows, or not all columns.
    """
    usual = Reference.of(reference, columns, time=asked.time, groups=asked.groups, name=name)
    sketches = {window: usual.sketch(part) for window, part in windows.items()}
    units = {window: found for window, part in windows.items() if (found := _units(part, usual.unit, asked))}
    return drift.judge(usual, sketches, units=units)


def ripeness(
    windows: Mapping[str, pd.DataFrame], target: str, *, delay_h: float | None, coverage: float, least: int
) -> pd.DataFrame:
    """Say of each window whether its labels are in, by the clock of what was read, so that the same says the same.

    Parameters
    ----------
    target
        Column of labels.
    delay_h
        Hours that labels take; None: as long as nearly all of those took that are in.
    coverage
        Share of the rows of a window that must have one, 0 to 1.
    least
        Labels that a window must have.

    Returns
    -------
    DataFrame
        Indexed by window: `rows`, `labelled`, `mature` and `reason`, empty where it is.
    """
    parts = {window: _settled(part, target) for window, part in windows.items()}
    rows = pd.concat(parts.values(), ignore_index=True)
    if rows["at"].isna().all():  # of a table all labels are known
        sizes = {"rows": [len(part) for part in parts.values()]}
        found = pd.DataFrame(sizes, index=list(parts)).assign(mature=True, reason="")
    else:
        now = rows[["at", "first_told"]].max().max()
        delay = labels.usual_delay(rows, now=now) if delay_h is None else pd.Timedelta(hours=delay_h)
        found = labels.maturity(parts, now=now, delay=delay, coverage=coverage)
    known = pd.Series({window: int(part["label"].notna().sum()) for window, part in parts.items()})
    few = found["mature"].astype(bool) & (known < least)
    found = found.assign(labelled=known, mature=found["mature"].astype(bool) & ~few)
    return found.assign(reason=found["reason"].mask(few, f"fewer than {least:,} labels"))


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
    found = served.read(champion, asked.target, days=days, besides={asked.time, asked.groups} - {None})
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


def _units(part: pd.DataFrame, unit: str, asked: Asked) -> int:
    """Count the days, hours or groups of a window; 0 where it does not say."""
    if unit in {"day", "hour"} and asked.time in part:
        return int(part[asked.time].dt.floor("D" if unit == "day" else "h").nunique())
    return int(part[asked.groups].nunique()) if asked.groups in part else 0


def _settled(part: pd.DataFrame, target: str) -> pd.DataFrame:
    """Name columns as `labels` does."""
    moments = {"at": part.get(served.AT, pd.NaT), "first_told": part.get(served.LABELLED, pd.NaT)}
    return pd.DataFrame({"label": part[target], **moments}, index=part.index).assign(corrections=0)
