"""Served: what a version has answered, from the log of its service, as a table like the one that it was tested on."""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.data import features, snapshots
from pipeline.goal import Goal, Label, Task
from pipeline.learning import predictions
from pipeline.models.promotion import Promotion
from pipeline.serving import bundle, marks
from pipeline.serving.bundle import Manifest
from pipeline.serving.hiding import HASHED
from pipeline.serving.rows import Form
from pipeline.serving.traffic import Answered, Traffic
from pipeline.store import tables

ID, AT, LABELLED, SECONDS = "prediction id", "answered at", "labelled at", "seconds to answer"
"""What stands beside features, predictions and label: columns that no table is likely to have."""

REQUESTS = ("minute", "status", "count")
_TARGET = "label"
_DAY_S = 86_400
_AT_ONCE = 20_000  # rows that are decoded together


@dataclass(frozen=True, kw_only=True)
class Served:
    """What a version has answered.

    Attributes
    ----------
    rows
        One an answer, in the order of time: the features, the predictions, the label encoded as the goal says (missing
        where none is in), and `ID`, `AT`, `LABELLED` and `SECONDS`.
    requests
        `minute` (UTC), `status` (as HTTP has it) and `count` of those that asked for answers.
    features
        Those that can be told from the log; others are made of what is not kept in it.
    """

    rows: pd.DataFrame
    requests: pd.DataFrame
    features: tuple[str, ...]


def read(champion: Promotion, target: str, *, days: float, besides: Collection[str | None] = ()) -> Served | None:
    """Read what the service has answered by a version; a stage that reads depends on what the log holds.

    What was read is kept by content, so that a report can be made again when the log has moved on.

    Parameters
    ----------
    target
        What to call the column of labels.
    days
        Up to the last answer that are read.
    besides
        Columns that stand beside the features as they were sent, where they were.

    Returns
    -------
        None where this version has answered nothing yet.

    Raises
    ------
    StoreError
        If the log cannot be read.
    ModelError
        If the version has no bundle.
    """
    rows, requests = _tables(champion, days)
    if not len(rows):
        return None
    manifest = bundle.read(champion.name, champion.version)
    raw = tables.of_arrow(rows).rename(columns={_TARGET: target})
    told = features.apply(raw, manifest.recipe)
    sent = [name for name in besides if name in manifest.recipe.inputs and name not in told]
    beside = raw[[ID, AT, LABELLED, SECONDS, *sent, *predictions.columns(manifest.goal), target]]
    return Served(
        rows=pd.concat([told, beside], axis=1),
        requests=tables.of_arrow(requests),
        features=tuple(_kept(manifest, raw)),
    )


def _tables(champion: Promotion, days: float) -> list[pa.Table]:
    """Read the log, or what was read of it in the run that is run again."""
    names = [snapshots.key("traffic", part, champion.name, champion.version, days) for part in ("rows", "requests")]
    known = [found[0] for name in names if (found := snapshots.recorded(name)) is not None]
    if len(known) == len(names):
        return known
    mark, frames = _logged(champion, days)
    sys.audit("pipeline.source", f"{marks.SCHEME}{champion.name}", mark)
    tables_ = [tables.to_arrow(frame) for frame in frames]
    for name, table in zip(names, tables_, strict=True):
        snapshots.keep(name, table, mark)
    return tables_


def _logged(champion: Promotion, days: float) -> tuple[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Read the log, and name what it held before: what comes meanwhile is new to the next watch."""
    traffic = marks.opened(champion.name)
    if traffic is None:
        return marks.NONE, (pd.DataFrame(), pd.DataFrame())
    with closing(traffic):
        mark, span = marks.mark(traffic), traffic.span()
        since = span[1] - days * _DAY_S if span else 0.0
        return mark, (_rows(traffic, champion, since), _requests(traffic, champion, since))


def _rows(traffic: Traffic, champion: Promotion, since: float) -> pd.DataFrame:
    own = (each for each in traffic.answered(since) if each.prediction.version == champion.version)
    if not (first := list(islice(own, _AT_ONCE))):
        return pd.DataFrame()
    manifest = bundle.read(champion.name, champion.version)
    form = Form(manifest.request, manifest.zones)
    parts = [_decoded(first, form, manifest.goal)]
    while some := list(islice(own, _AT_ONCE)):
        parts.append(_decoded(some, form, manifest.goal))
    return pd.concat(parts, ignore_index=True)


def _requests(traffic: Traffic, champion: Promotion, since: float) -> pd.DataFrame:
    found = traffic.requests(since)
    own = [each for each in found if each.route == marks.ANSWERING and each.version == champion.version]
    status, count = (
        np.array(numbers, np.int64) for numbers in ([each.status for each in own], [each.count for each in own])
    )
    return pd.DataFrame({"minute": _moments([each.minute for each in own]), "status": status, "count": count})


def _decoded(some: Sequence[Answered], form: Form, goal: Goal) -> pd.DataFrame:
    values = {
        name: [_value(each.prediction.inputs.get(name), column.type) for each in some]
        for name, column in form.columns.items()
    }
    said = np.array([_said(each.prediction.output, goal) for each in some], dtype=np.float64)
    beside = {
        ID: [each.prediction.id for each in some],
        AT: _moments([each.prediction.at for each in some]),
        LABELLED: _moments([each.labelled_at for each in some]),
        SECONDS: [each.prediction.latency_s for each in some],
        _TARGET: np.array([_encoded(each.label, goal) for each in some], dtype=np.float64),
    }
    return predictions.beside(pd.concat([form.frame(values), pd.DataFrame(beside)], axis=1), said, goal)


def _moments(seconds: Sequence[float | None]) -> "pd.Series[pd.Timestamp]":
    numbers = np.array(seconds, dtype=np.float64)
    return pd.Series(pd.to_datetime(numbers, unit="s", utc=True)).dt.as_unit("us")


def _value(found: object, kind: str) -> Any:  # noqa: ANN401 - as `Form.frame` takes it
    """Return a value as the service understood it; None where the log does not tell it, or only its hash."""
    if kind == "text":
        return found if isinstance(found, str) and not found.startswith(HASHED) else None
    if kind == "datetime":
        return _moment(found)
    return float(found) if isinstance(found, int | float) else None


def _moment(found: object) -> datetime | None:
    try:
        return datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None


def _said(output: Mapping[str, Any], goal: Goal) -> Any:  # noqa: ANN401 - a number, or one a class
    if goal.task is Task.MULTICLASS:
        return [output["probabilities"][str(label)] for label in goal.classes]
    return output["probability" if goal.task is Task.BINARY else "value"]


def _encoded(label: Label | None, goal: Goal) -> float:
    if label is None:
        return np.nan
    return float(goal.classes.index(label) if goal.classes else label)


def _kept(manifest: Manifest, raw: pd.DataFrame) -> Iterator[str]:
    """Yield the features that are told by columns of which the log has a value."""
    recipe = manifest.recipe
    silent = [name for name in recipe.inputs if raw[name].isna().all()]
    for name in recipe.features:
        if not any(name == column or name.startswith(f"{column}_") for column in silent):
            yield name
