"""Takeover: the history of promotions as an earlier release kept it, written into the log once."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import ModelError
from pipeline.models.log import Event, Log
from pipeline.turns import turn

if TYPE_CHECKING:
    from pathlib import Path

_OLD = "champion.json"


def take_over(log: Log) -> None:
    """Write what the file of an earlier release says into the log, where there is no log yet; the file stays.

    Raises
    ------
    ModelError
        If that file is damaged.
    """
    old = log.path.with_name(_OLD)
    if not log.path.exists() and old.exists():
        with turn(log.path.with_suffix(".takeover.lock"), 30.0):
            if not log.path.exists():
                _write(log, old)


def _write(log: Log, old: "Path") -> None:
    taken = Log(log.path.with_name("taken.jsonl"))
    taken.path.unlink(missing_ok=True)
    taken.anchor.unlink(missing_ok=True)
    try:
        for line in json.loads(old.read_bytes())["history"]:
            facts = {name: value for name, value in line.items() if name != "when"}
            taken.add(Event.PROMOTED, {**facts, "by": "", "reason": ""}, when=datetime.fromisoformat(line["when"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{old} does not read as a history of promotions: {error}. Move it away to start a new history."
        ) from error
    if taken.path.exists():
        taken.path.replace(log.path)
        taken.anchor.replace(log.anchor)
