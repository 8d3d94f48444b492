"""Collecting: what functions printed is taken into the log, from whatever their platform kept of it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.serving.entries import Prediction, Truth
from pipeline.serving.spoken import MARK
from pipeline.serving.traffic import Traffic

_AT_ONCE = 1000
_KINDS: dict[object, TypeAdapter[Prediction | Truth]] = {
    "prediction": TypeAdapter(Prediction),
    "truth": TypeAdapter(Truth),
}


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What was found among lines.

    Attributes
    ----------
    added, known
        Predictions and labels that were not in the log yet, and those that were.
    strangers
        Labels of predictions that nobody knows.
    broken
        Lines that are cut off, or of another release.
    """

    added: int
    known: int
    strangers: int
    broken: int


def collect(lines: Iterable[str], traffic: Traffic) -> Collected:
    """Take the predictions and labels among lines into the log; again it adds nothing.

    What else stands in a line before the JSON, and lines of other things, are passed over. A label counts from now on.

    Raises
    ------
    StoreError
        If the log cannot be written.
    """
    heard, added, known, broken, labels = _heard(lines), 0, 0, 0, list[Truth]()
    while some := list(islice(heard, _AT_ONCE)):
        broken += some.count(None)
        labels += [each for each in some if isinstance(each, Truth)]
        predictions = {each.id: each for each in some if isinstance(each, Prediction)}
        new = traffic.unknown(list(predictions))
        traffic.write([[predictions[each] for each in new]])
        added, known = added + len(new), known + len(predictions) - len(new)
    strangers = set(traffic.unknown([each.prediction for each in labels]))
    told = [each for each in labels if each.prediction not in strangers]
    fresh = sum(sum(traffic.write([told[start : start + _AT_ONCE]])) for start in range(0, len(told), _AT_ONCE))
    lost = len(labels) - len(told)
    return Collected(added=added + fresh, known=known + len(told) - fresh, strangers=lost, broken=broken)


def _heard(lines: Iterable[str]) -> Iterator[Prediction | Truth | None]:
    """Yield what lines say of predictions and labels; None where one cannot be read."""
    for line in lines:
        if f'"{MARK}":' in line and (start := line.find("{")) >= 0:
            yield from _entries(line[start:])


def _entries(text: str) -> Sequence[Prediction | Truth | None]:
    try:
        told: dict[str, Any] = json.loads(text)
        kind = _KINDS.get(told.pop(MARK))
        return [kind.validate_python(told)] if kind else []  # of requests there are only counts, which add up
    except (ValueError, KeyError, ValidationError):
        return [None]
