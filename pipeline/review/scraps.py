"""Scraps: which values that a stage left behind are others now; where they stand in the reports, what within them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.review import changes
from pipeline.review.changes import Change, ValueChange
from pipeline.runs.record import ScrapRecord
from pipeline.runs.reports import METRICS
from pipeline.runs.runner import VERDICT

MOST = 100  # values within a scrap that are listed
_ELSEWHERE = {METRICS, VERDICT}  # compared by what they mean


@dataclass(frozen=True, kw_only=True)
class ScrapChange:
    """A scrap that is another now.

    Attributes
    ----------
    before, after
        Kind, digest, rows and bytes; None where the run has none.
    values
        What differs within it where the value stands in both reports, at most `MOST`.
    left_out
        How many values more differ.
    """

    name: str
    change: Change
    before: ScrapRecord | None
    after: ScrapRecord | None
    values: tuple[ValueChange, ...] = ()
    left_out: int = 0


def scraps(before: Mapping[str, ScrapRecord], after: Mapping[str, ScrapRecord]) -> Iterator[ScrapChange]:
    """Yield the scraps of a stage that differ, in the order of the later run."""
    for name in {**after, **before}:
        old, new = before.get(name), after.get(name)
        if name not in _ELSEWHERE and (old is None or new is None or old.identity != new.identity):
            yield _change(name, old, new)


def _change(name: str, old: ScrapRecord | None, new: ScrapRecord | None) -> ScrapChange:
    if old is None or new is None:
        return ScrapChange(name=name, change=Change.ADDED if old is None else Change.REMOVED, before=old, after=new)
    within: tuple[ValueChange, ...] = ()
    if old.inline and new.inline:
        tables = isinstance(old.value, Mapping) and isinstance(new.value, Mapping)
        within = changes.values(
            *(changes.leaves(each.value, name) if tables else {name: each.value} for each in (old, new))
        )
    left_out = max(len(within) - MOST, 0)
    return ScrapChange(name=name, change=Change.CHANGED, before=old, after=new, values=within[:MOST], left_out=left_out)
