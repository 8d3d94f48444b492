"""Served: rows that were answered and whose labels came, as rows to learn from."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pandas as pd

from pipeline.data.additions import LABEL, MOMENT, NAME
from pipeline.data.rules import Rules
from pipeline.serving import bundle, marks
from pipeline.serving.rows import Form
from pipeline.serving.traffic import Answered
from pipeline.store import codecs
from pipeline.store.objects import project_store


def labelled(name: str, now: datetime, mature_h: float = 0.0) -> list[Answered]:
    """List the rows of a model whose labels were known at a moment, oldest first.

    Parameters
    ----------
    mature_h
        Hours that an answer must be old: labels that come sooner may not be like all.
    """
    traffic = marks.opened(name)
    if traffic is None:
        return []
    try:
        until = (now - timedelta(hours=mature_h)).timestamp()
        found = traffic.answered(until=until, known_until=now.timestamp())
        return [each for each in found if each.label is not None and each.prediction.model == name]
    finally:
        traffic.close()


def table(answered: Sequence[Answered]) -> pd.DataFrame:
    """Put answered rows, at least one, into a table: what was sent, and the columns that `data.additions` names.

    What was sent under older rules, or is kept secret in the log, is missing.
    """
    keys = Counter(each.prediction.key for each in answered)  # a request of many rows has one for all of them
    named = [each.prediction.key if keys[each.prediction.key] == 1 else None for each in answered]
    by_version = sorted(zip(answered, named, strict=True), key=lambda pair: _version(pair[0]))
    frames = [_frame(*version, list(pairs)) for version, pairs in groupby(by_version, lambda pair: _version(pair[0]))]
    return pd.concat(frames, ignore_index=True).sort_values(MOMENT, kind="stable", ignore_index=True)


def keep(answered: Sequence[Answered]) -> str | None:
    """Keep them as a table in the project's store, and return its digest; None where there is nothing to keep."""
    return project_store().put(codecs.encode(table(answered)).payload) if answered else None


def _version(answered: Answered) -> tuple[str, int]:
    return answered.prediction.model, answered.prediction.version


def _frame(name: str, version: int, pairs: list[tuple[Answered, str | None]]) -> pd.DataFrame:
    manifest = bundle.read(name, version)
    form = Form(_open(manifest.request), manifest.zones)
    rows = [{column: each.prediction.inputs.get(column) for column in form.columns} for each, _ in pairs]
    values, _ = form.read(rows)
    beside: dict[str, Any] = {
        LABEL: [each.label for each, _ in pairs],
        NAME: [key or each.prediction.id for each, key in pairs],
        MOMENT: pd.to_datetime([each.prediction.at for each, _ in pairs], unit="s", utc=True),
    }
    return form.frame(values).assign(**beside)


def _open(rules: Rules) -> Rules:
    """Return rules under which any value may be missing: the log may keep less than what was sent."""
    return {"columns": {name: column | {"missing": True} for name, column in rules["columns"].items()}}
